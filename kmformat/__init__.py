"""KMF: images of few colours in small files.

    data = kmformat.encode(image, colors=16)      # a Pillow image or uint8 array to bytes
    pixels = kmformat.decode(data)                # and back: uint8 (height, width, 3 or 4)

    kmformat.save(image, "picture.kmf")           # the same with files; decode and all that reads
    image = kmformat.open("picture.kmf")          # take paths, streams and bytes alike

    indexed = kmformat.quantize(image)            # the step between: palette and indices
    indexed.save("picture.kmf")                   # without loss from here on
    indexed = kmformat.decode_indexed("picture.kmf")

    info = kmformat.read_info("picture.kmf")      # what a file holds, without its pixels

    for result in kmformat.encode_files(jobs, executor=pool): ...      # many, in parallel

    Image.open("picture.kmf"), image.save("picture.kmf", colors=16)    # the same as Pillow has it

All errors of this package are `KmfError`s. Importing it registers the format with Pillow, and is
cheap: NumPy and the rest are loaded when something is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kmformat import pillow_plugin
from kmformat.errors import (
    ChecksumError,
    Code,
    FormatError,
    KmfError,
    LimitError,
    ParameterError,
    PictureError,
    TruncatedError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from kmformat import explain, kmeans
    from kmformat.arguments import DEFAULT_MAX_PIXELS
    from kmformat.batches.files import FileResult, encode_files
    from kmformat.batches.palette import build_palette
    from kmformat.codec.encoder import encode_indexed
    from kmformat.codec.format.info import Info
    from kmformat.codec.methods import Method
    from kmformat.indexed import Chunk, IndexedImage
    from kmformat.palettes.files import read_palette, write_palette
    from kmformat.plots import palette_colormap, plot_palette
    from kmformat.reading import (
        decode,
        decode_indexed,
        open,  # noqa: A004
        read,
        read_indexed,
        read_info,
        read_one,
        verify,
    )
    from kmformat.streaming.encode import encode_to
    from kmformat.streaming.reader import Reader, decode_to
    from kmformat.writing import encode, quantize, save, suggest_keep

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "ChecksumError",
    "Chunk",
    "Code",
    "FileResult",
    "FormatError",
    "IndexedImage",
    "Info",
    "KmfError",
    "LimitError",
    "Method",
    "ParameterError",
    "PictureError",
    "Reader",
    "TruncatedError",
    "UnsupportedError",
    "build_palette",
    "decode",
    "decode_indexed",
    "decode_to",
    "encode",
    "encode_files",
    "encode_indexed",
    "encode_to",
    "explain",
    "kmeans",
    "open",
    "palette_colormap",
    "plot_palette",
    "quantize",
    "read",
    "read_indexed",
    "read_info",
    "read_one",
    "read_palette",
    "save",
    "suggest_keep",
    "verify",
    "write_palette",
]

_HOMES = {
    "codec.encoder": ("encode_indexed",),
    "arguments": ("DEFAULT_MAX_PIXELS",),
    "batches.files": ("FileResult", "encode_files"),
    "batches.palette": ("build_palette",),
    "codec.format.info": ("Info",),
    "codec.methods": ("Method",),
    "indexed": ("Chunk", "IndexedImage"),
    "palettes.files": ("read_palette", "write_palette"),
    "plots": ("palette_colormap", "plot_palette"),
    "reading": (
        "decode", "decode_indexed", "open", "read", "read_indexed", "read_info", "read_one",
        "verify",
    ),
    "streaming.encode": ("encode_to",),
    "streaming.reader": ("Reader", "decode_to"),
    "writing": ("encode", "quantize", "save", "suggest_keep"),
}  # fmt: skip
_MODULES = ("explain", "kmeans")
_HOME = {name: module for module, names in _HOMES.items() for name in names}

pillow_plugin.register()


def __getattr__(name: str) -> Any:
    """Import the module that a public name lives in when the name is first used (PEP 562)."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
