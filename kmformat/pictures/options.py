"""The options of metadata and profiles, each declared once (`kmformat.options`)."""

from __future__ import annotations

from dataclasses import dataclass

from kmformat.options import option


@dataclass(frozen=True, kw_only=True, eq=False)
class MetadataOptions:
    """The options of metadata and profiles.

    Attributes
    ----------
    srgb
        Convert colours to sRGB by the image's ICC profile, instead of carrying it.
    strip
        Carry no metadata. Colours are converted to sRGB then, too, if their profile can be used.
    """

    srgb: bool = option(
        False, "convert colours to sRGB, instead of carrying the picture's ICC profile"
    )
    strip: bool = option(
        False, "carry no EXIF, XMP, ICC profile or resolution; colours are converted to sRGB"
    )
