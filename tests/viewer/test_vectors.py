"""In a browser, too, spec/kmf.js gets all vectors right; and PNG files made of images hold them."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import kmformat
from tests.samples import indexed, wide_gamut
from tools.conformance.make_vectors import VECTORS

if TYPE_CHECKING:
    from playwright.sync_api import Page

DECODE_ALL = """async (vectors) => {
    const { decode } = await import('/kmf.js');
    const hash = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const sha256 = async (bytes) => [...await hash(bytes)]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return Promise.all(vectors.map(async ({ file, max_pixels: maxPixels }) => {
        const bytes = await (await fetch(`/vectors/${file}`)).arrayBuffer();
        try {
            const { width, height, palette, alpha, indices, rgba } = decode(bytes, { maxPixels });
            const pixels = alpha ? rgba : rgba.filter((_, i) => i % 4 < 3);
            return { width, height, palette, indices_sha256: await sha256(indices),
                pixels_sha256: await sha256(pixels) };
        } catch (error) {
            return { error: error.code ?? String(error) };
        }
    }));
}"""
FIELDS = ("width", "height", "palette", "indices_sha256", "pixels_sha256")


def test_all_vectors_give_their_images_or_errors(page: Page, site: str) -> None:
    entries: list[dict[str, Any]] = json.loads((VECTORS / "manifest.json").read_text())["vectors"]
    page.goto(f"{site}/web-example.html")
    came = page.evaluate(DECODE_ALL, entries)
    for entry, found in zip(entries, came, strict=True):
        names = ("error",) if entry["verdict"] == "invalid" else FIELDS
        assert found == {name: entry[name] for name in names}, entry["file"]


TO_PNG = """async (base64) => {
    const [{ decode }, { toPng }] = await Promise.all([import('/kmf.js'), import('/kmf-png.js')]);
    const file = await (await fetch(`data:;base64,${base64}`)).arrayBuffer();
    const png = new Uint8Array(await (await toPng(decode(file))).arrayBuffer());
    return btoa(png.reduce((text, byte) => text + String.fromCharCode(byte), ''));
}"""


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colors", [2, 3, 16, 200])
def test_a_png_holds_the_same_palette_and_indices(
    page: Page, site: str, colors: int, alpha: bool
) -> None:
    image = indexed(37, 29, colors, alpha=alpha)
    page.goto(f"{site}/web-example.html")
    data = kmformat.encode_indexed(image)
    made = b64decode(page.evaluate(TO_PNG, b64encode(data).decode()))
    with Image.open(io.BytesIO(made)) as png:
        assert png.mode == "P"
        assert np.array_equal(np.asarray(png), image.indices)
        rgba = np.asarray(png.convert("RGBA"))
    assert np.array_equal(rgba[..., : 3 + alpha], image.to_pixels())


def test_a_png_keeps_the_profile(page: Page, site: str) -> None:
    picture = Image.fromarray(indexed(8, 8, 4).to_pixels())
    picture.info["icc_profile"] = wide_gamut()
    page.goto(f"{site}/web-example.html")
    data = kmformat.encode(picture)
    made = b64decode(page.evaluate(TO_PNG, b64encode(data).decode()))
    with Image.open(io.BytesIO(made)) as png:
        assert png.info["icc_profile"] == wide_gamut()


def test_a_page_goes_on_while_a_png_is_made(page: Page, site: str) -> None:
    page.goto(f"{site}/web-example.html")
    data = kmformat.encode_indexed(indexed(1000, 1000, 16))
    turns = page.evaluate(
        """async (base64) => {
            const [{ decode }, { toPng }] = await Promise.all(
                [import('/kmf.js'), import('/kmf-png.js')]);
            const image = decode(await (await fetch(`data:;base64,${base64}`)).arrayBuffer());
            let turns = 0;
            const timer = setInterval(() => turns++, 0);
            await toPng(image);
            clearInterval(timer);
            return turns;
        }""",
        b64encode(data).decode(),
    )
    assert turns > 2
