"""The option of overviews, declared once (`kmformat.options`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from kmformat.arguments import one_of
from kmformat.codec.options import CodingOptions
from kmformat.options import option

Kind: TypeAlias = Literal["picture", "labels"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, kw_only=True, eq=False)
class OverviewOptions(CodingOptions):
    """The option of overviews, which are coded as the image is.

    Attributes
    ----------
    overviews
        Add smaller copies of the image, from 1/8 of its size by halves while one side has 256
        pixels, so that thumbnails and viewers of a large image need not read all of it. Of a
        "picture" they are averages in linear light, in up to 64 colours of their own; of "labels",
        such as a mask of classes, each index is the one that most pixels have. Small images get
        none.
    """

    overviews: Kind | None = option(
        None, "add smaller copies of a large image, from 1/8 of its size by halves, for thumbnails "
        "and viewers: averages for a picture, the most frequent index for labels (masks)",
        parse=str, choices=KINDS,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.overviews is not None:
            one_of("overviews", self.overviews, KINDS)
