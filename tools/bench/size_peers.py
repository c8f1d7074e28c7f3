"""The formats and programs that `tools.bench.size` measures beside KMF's files.

Each program stores a palette and its indices as the bytes of a file, and decodes these bytes to RGB
or RGBA pixels. It raises if it cannot store an image. Libraries are imported in the function that
uses them, as any of them may be missing.
"""

from __future__ import annotations

import importlib
import io
import lzma
import platform
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata

import numpy as np
from PIL import Image, features

import kmformat
from kmformat import IndexedImage
from tools.bench import palette_peers
from tools.bench.palette_peers import U8

RAW_HEAD = struct.Struct(">HHBB")
"""Before packed indices: width and height in pixels, palette entries less one, and channels."""


def flat(indexed: IndexedImage) -> tuple[Image.Image, bytes]:
    """Return a Pillow image of mode P, and the alphas of its entries up to the last below 255."""
    image = Image.fromarray(indexed.indices)
    image.putpalette(indexed.palette[:, :3].tobytes())
    return image, indexed.palette[:, 3:].tobytes().rstrip(b"\xff")


def png(indexed: IndexedImage, *, level: int | None = None) -> bytes:
    """Write PNG by Pillow: with `optimize`, or at a level of zlib, 0 to 9."""
    image, alpha = flat(indexed)
    transparency = {"transparency": alpha} if alpha else {}
    settings = {"optimize": True} if level is None else {"compress_level": level}
    file = io.BytesIO()
    image.save(file, "PNG", **settings, **transparency)
    return file.getvalue()


def oxipng(indexed: IndexedImage) -> bytes:
    """Write PNG by oxipng at level 6, the Python package or, without it, the command."""
    plain = png(indexed, level=1)
    try:
        package = importlib.import_module("oxipng")
    except ImportError:
        command = ["oxipng", "--quiet", "--opt", "6", "--stdout", "-"]
        return subprocess.run(command, input=plain, capture_output=True, check=True).stdout
    return bytes(package.optimize_from_memory(plain, level=6))


def gif(indexed: IndexedImage) -> bytes:
    """Write GIF by Pillow; ValueError if there is alpha."""
    image, alpha = flat(indexed)
    if alpha:
        raise ValueError("it has alpha")
    file = io.BytesIO()
    image.save(file, "GIF")
    return file.getvalue()


def webp(indexed: IndexedImage, *, method: int, quality: int) -> bytes:
    """Write lossless WebP by Pillow, from pixels: libwebp finds the palette by itself."""
    file, image = io.BytesIO(), Image.fromarray(indexed.to_pixels())
    image.save(file, "WEBP", lossless=True, method=method, quality=quality, exact=True)
    return file.getvalue()


def pillow_pixels(data: bytes) -> U8:
    """Decode a file of a format that Pillow reads, to RGB or RGBA."""
    with Image.open(io.BytesIO(data)) as image:
        mode = "RGBA" if image.has_transparency_data else "RGB"
        return np.asarray(image.convert(mode))


def jpeg_xl(indexed: IndexedImage, *, effort: int) -> bytes:
    """Write lossless JPEG XL, from pixels: libjxl finds the palette by itself."""
    codecs = importlib.import_module("imagecodecs")
    return bytes(codecs.jpegxl_encode(indexed.to_pixels(), lossless=True, effort=effort))


def qoi(indexed: IndexedImage) -> bytes:
    """Write QOI, from pixels: it has no palettes."""
    codecs = importlib.import_module("imagecodecs")
    return bytes(codecs.qoi_encode(indexed.to_pixels()))


def imagecodecs_pixels(data: bytes, *, kind: str) -> U8:
    """Decode with the decoder of imagecodecs for a format, such as "qoi"."""
    decode = getattr(importlib.import_module("imagecodecs"), f"{kind}_decode")
    return np.asarray(decode(data), np.uint8)


def raw(indexed: IndexedImage) -> bytes:
    """Return `RAW_HEAD`, the palette, and packed indices: 4 bits each, or 8 above 16 colours.

    The left of two pixels is in the high bits of a byte; each row starts on a byte.
    """
    palette, indices = indexed.palette, indexed.indices
    head = RAW_HEAD.pack(indexed.width, indexed.height, len(palette) - 1, palette.shape[1])
    if len(palette) <= 16:
        even = np.pad(indices, ((0, 0), (0, indexed.width % 2)))
        indices = (even[:, ::2] << 4 | even[:, 1::2]).astype(np.uint8)
    return head + palette.tobytes() + indices.tobytes()


def raw_pixels(data: bytes) -> U8:
    """Return the pixels of what `raw` wrote; indices of 4 bits by a table of all 256 pairs."""
    width, height, last, channels = RAW_HEAD.unpack_from(data)
    colors, start = last + 1, RAW_HEAD.size
    entries = np.frombuffer(data, np.uint8, colors * channels, start).reshape(colors, channels)
    rows = np.frombuffer(data, np.uint8, offset=start + entries.size).reshape(height, -1)
    if colors <= 16:
        sixteen = np.pad(entries, ((0, 16 - colors), (0, 0)))
        left, right = np.divmod(np.arange(256), 16)
        pairs: U8 = np.concatenate([sixteen[left], sixteen[right]], axis=1)
        entries = pairs
    return entries.take(rows, axis=0).reshape(height, -1, channels)[:, :width]


def zstd(data: bytes) -> bytes:
    """Return data compressed with zstd at level 19."""
    return bytes(importlib.import_module("zstandard").ZstdCompressor(level=19).compress(data))


def zstd_back(data: bytes) -> bytes:
    """Return what `zstd` compressed."""
    return bytes(importlib.import_module("zstandard").ZstdDecompressor().decompress(data))


def compressed(indexed: IndexedImage, *, compress: Callable[[bytes], bytes]) -> bytes:
    """Return what `raw` writes, compressed by a general compressor."""
    return compress(raw(indexed))


def compressed_pixels(data: bytes, *, decompress: Callable[[bytes], bytes]) -> U8:
    """Return the pixels of what `compressed` wrote."""
    return raw_pixels(decompress(data))


def version_of(library: str) -> str:
    """Return a library's version; ImportError or OSError if it is not installed."""
    match library:
        case "WebP":
            if version := features.version("webp"):
                return version
            raise ImportError("Pillow without WebP")
        case "libjxl" | "QOI":
            codecs = importlib.import_module("imagecodecs")
            say = getattr(codecs, {"libjxl": "jpegxl_version", "QOI": "qoi_version"}[library])
            return str(say()).split()[-1]  # the first word is the library's name
        case "oxipng":
            return oxipng_version()
        case "zstd":
            return ".".join(map(str, importlib.import_module("zstandard").ZSTD_VERSION))
        case "zlib":
            return zlib.ZLIB_RUNTIME_VERSION
        case "xz":  # the module does not tell the version of liblzma
            return f"Python {platform.python_version()}"
    return palette_peers.version_of(library)


def oxipng_version() -> str:
    """Return the version of the package that `oxipng` is imported from, or of the command."""
    for name in metadata.packages_distributions().get("oxipng", []):
        return f"{name} {metadata.version(name)}"
    if not shutil.which("oxipng"):
        raise FileNotFoundError("oxipng")
    return palette_peers.says("oxipng", "--version")


@dataclass(frozen=True)
class Program:
    """A way to store an indexed image as a file.

    Attributes
    ----------
    name
        What tables call it, with its settings.
    library
        What it comes with, whose version is printed.
    encode, decode
        The image to the bytes of a file, and these to RGB or RGBA pixels.
    """

    name: str
    library: str
    encode: Callable[[IndexedImage], bytes]
    decode: Callable[[bytes], U8]


def kmf(effort: int, kind: str = "", **settings: bool) -> Program:
    """Return KMF at an effort from 1 to 9: as by default, or a kind that some options make."""
    encode: Callable[..., bytes] = kmformat.encode_indexed
    encode = partial(encode, effort=effort, **settings)
    return Program(f"KMF {kind}effort {effort}", "KMF", encode, kmformat.decode)


def packed(
    name: str, compress: Callable[[bytes], bytes], decompress: Callable[[bytes], bytes]
) -> Program:
    """Return a program that writes packed indices, compressed by a general compressor."""
    encode = partial(compressed, compress=compress)
    decode = partial(compressed_pixels, decompress=decompress)
    return Program(f"packed, {name}", name.split()[0], encode, decode)


JPEG_XL = partial(imagecodecs_pixels, kind="jpegxl")
SLOWEST = partial(lzma.compress, preset=9 | lzma.PRESET_EXTREME)
"""What ``xz -9e`` does."""

PEERS = (
    Program("PNG, Pillow", "Pillow", png, pillow_pixels),
    Program("PNG, oxipng -o 6", "oxipng", oxipng, pillow_pixels),
    Program("GIF", "Pillow", gif, pillow_pixels),
    Program("WebP -m 6 -q 100", "WebP", partial(webp, method=6, quality=100), pillow_pixels),
    Program("WebP -m 4 -q 75", "WebP", partial(webp, method=4, quality=75), pillow_pixels),
    Program("QOI", "QOI", qoi, partial(imagecodecs_pixels, kind="qoi")),
    Program("JPEG XL effort 7", "libjxl", partial(jpeg_xl, effort=7), JPEG_XL),
    Program("JPEG XL effort 9", "libjxl", partial(jpeg_xl, effort=9), JPEG_XL),
    packed("zlib 9", partial(zlib.compress, level=9), zlib.decompress),
    packed("zstd 19", zstd, zstd_back),
    packed("xz -9e", SLOWEST, lzma.decompress),
)


KINDS: dict[str, dict[str, bool]] = {
    "default": {},
    "plain": {"fast_decode": True},
    "smallest": {"smallest": True},
}
"""Of KMF's files, and the options that make them."""


def installed(
    efforts: Sequence[int], kinds: Sequence[str], names: Sequence[str] | None
) -> tuple[list[Program], dict[str, str], list[str]]:
    """Return the programs to run, the versions of their libraries, and what is missing.

    Parameters
    ----------
    efforts
        Of KMF, 1 to 9.
    kinds
        Of KMF, among `KINDS`; each at every effort.
    names
        Of `PEERS`, those are run whose name contains one of these, whatever the case; None for all.
    """
    chosen = [
        kmf(effort, "" if kind == "default" else f"{kind} ", **KINDS[kind])
        for kind in kinds
        for effort in efforts
    ]
    wanted = [""] if names is None else [name.lower() for name in names]
    chosen += [peer for peer in PEERS if any(name in peer.name.lower() for name in wanted)]
    missing = [
        f"{name} (no such peer)"
        for name in wanted
        if not any(name in peer.name.lower() for peer in PEERS)
    ]
    versions = {}
    for library in dict.fromkeys(program.library for program in chosen):
        try:
            versions[library] = version_of(library)
        except (ImportError, OSError):
            missing.append(f"{library} (not installed)")
    return [program for program in chosen if program.library in versions], versions, missing
