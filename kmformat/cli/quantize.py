"""``kmformat quantize``: write pictures in few colours in other formats, such as PNG."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from kmformat.cli.encode import encode_each
from kmformat.cli.targets import picture_format
from kmformat.errors import ParameterError
from kmformat.pictures.formats import to_picture

if TYPE_CHECKING:
    from kmformat.batches.encoding import Coder


def run(arguments: Namespace) -> int:
    """Quantise each input; return the exit code."""
    return encode_each(arguments, ".quantized.png", _picture_coder)


def _picture_coder(target: str) -> Coder:
    kind = picture_format(target)
    if kind == "KMF":
        raise ParameterError(f"{target}: kmformat encode writes KMF files")
    return lambda indexed, _: to_picture(indexed, kind)  # made where the work is done
