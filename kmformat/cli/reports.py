"""The reports of `kmformat info` and `compare`, as text for people and JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from kmformat.cli.console import printable, swatch
from kmformat.codec.format.info import Info
from kmformat.report.comparison import Comparison
from kmformat.report.contents import contents_of


def as_text(name: str, held: Info) -> str:
    """Return what a file holds, for people: several lines."""
    colors = [swatch(color) for color in held.palette]
    rows = [" ".join(colors[start : start + 8]) for start in range(0, len(colors), 8)]
    if held.names:
        named = zip(colors, held.names, strict=True)
        rows = [f"{color} {printable(name)}".rstrip() for color, name in named]
    lines = list(contents_of(held).items())
    lines.insert(2, ("", "\n          ".join(rows)))  # below the palette's
    return "\n".join([name, *(f"  {label:8}{text}" for label, text in lines)])


def as_facts(held: Info) -> dict[str, object]:
    """Return what a file holds, for programs."""
    derived = ("colors", "readers", "file_size", "bits_per_pixel", "raw_values", "indexed_values")
    return asdict(held) | {key: getattr(held, key) for key in derived}


def comparison_text(
    original: str,
    file: str,
    found: Comparison,
    original_changes: Sequence[str],
    file_changes: Sequence[str],
) -> str:
    """Return how far a file is from its original, for people: several lines.

    What became of their samples before they were compared, such as "16 bits cut to 8", is told.
    """
    stated = _sized(original, found.original_bytes, found.original_bits_per_pixel)
    lines = {"original": ", ".join([stated, *original_changes])}
    stated = _sized(file, found.file_bytes, found.bits_per_pixel)
    lines["file"] = ", ".join([stated, *file_changes])
    lines["image"] = f"{found.width} x {found.height} pixels"
    if found.palette is not None and found.shares is not None:
        lines["colours"] = f"{len(found.palette)}, {sum(share > 0 for share in found.shares)} used"
    lines |= found.figures()
    if not found.mse and (original_changes or file_changes):
        lines["PSNR"] = "equal after that"
    return "\n".join(f"{label:16}{text}" for label, text in lines.items())


def comparison_line(file: str, found: Comparison) -> str:
    """Return the same in a line, where there are many files."""
    return f"{file}: {', '.join(f'{label} {text}' for label, text in found.figures().items())}"


def comparison_facts(
    found: Comparison, original_changes: Sequence[str], file_changes: Sequence[str]
) -> dict[str, object]:
    """Return the same for programs."""
    changes = {"original_changes": original_changes, "file_changes": file_changes}
    return changes | found.to_dict()


def _sized(name: str, size: int | None, bits: float | None) -> str:
    return f"{name}: {size:,} bytes, {bits:.2f} bits a pixel"
