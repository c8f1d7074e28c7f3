"""Files of the package itself, such as the script of a page."""

from __future__ import annotations

from importlib.resources import files


def resource_text(wing: str, name: str) -> str:
    """Return the text of a file that lies beside the modules of a wing, such as "explain"."""
    return files("kmformat").joinpath(wing, name).read_text("utf-8")
