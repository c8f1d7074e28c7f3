"""``kmformat view``: show files in a browser, inside a page of their own."""

from __future__ import annotations

import io
import os
import webbrowser
from argparse import Namespace
from importlib.resources import files
from pathlib import Path
from tempfile import mkstemp

from kmformat.cli.console import named, say, show, shown
from kmformat.cli.names import check_standard, expanded
from kmformat.cli.sources import picture, source
from kmformat.cli.targets import check_target, write
from kmformat.codec.format.container import MAGIC
from kmformat.errors import naming
from kmformat.pictures.formats import saved
from kmformat.reading import read_info
from kmformat.viewer.page import with_files

_SHOWN_BY_BROWSERS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
"""How PNG, JPEG, GIF and WebP begin; pictures in other formats go into the page as PNG."""


def run(arguments: Namespace) -> int:
    """Write the page, and open it unless ``-o`` says where it goes; return the exit code."""
    names = expanded(arguments.files)
    check_standard(names)
    if arguments.output is not None:
        check_target(arguments.output, names, force=arguments.force)
    viewer = (files("kmformat.viewer") / "viewer.html").read_text(encoding="utf-8")
    page = with_files(viewer, _read_all(names, arguments.max_pixels)).encode()
    if arguments.output is not None:
        write(arguments.output, page, force=arguments.force)
        return 0
    handle, path = mkstemp(prefix="kmformat-", suffix=".html")
    with os.fdopen(handle, "wb") as stream:
        stream.write(page)
    show(path)
    if not webbrowser.open(Path(path).as_uri()):
        say("no browser was found: open that file in one")
    return 0


def _read_all(names: list[str], max_pixels: int) -> list[tuple[str, bytes]]:
    """Return what goes into the page, by the files' names; with folders where these are alike."""
    bare = [Path(named(name)).name for name in names]
    titles = [
        base if bare.count(base) == 1 else named(name)
        for name, base in zip(names, bare, strict=True)
    ]
    return [(title, _read(name, max_pixels)) for name, title in zip(names, titles, strict=True)]


def _read(name: str, max_pixels: int) -> bytes:
    """Return a KMF file whose head is sound, or a picture that browsers show."""
    with naming(shown(name)):
        with source(name) as stream:
            data = stream.read()
        if data.startswith(MAGIC):
            read_info(data, max_pixels=max_pixels)
            return data
        if data.startswith(_SHOWN_BY_BROWSERS):
            return data
        return saved(picture(io.BytesIO(data), max_pixels).image, "PNG")
