"""The viewer with files inside."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape

_NO_FILES = '<script id="given" type="application/json">[]</script>'
_TITLE = "<title>KMF viewer</title>"


def with_files(viewer: str, pictures: Sequence[tuple[str, bytes]]) -> str:
    """Return the viewer as a page that shows pictures, in any browser, from a file and offline.

    Parameters
    ----------
    viewer
        The text of `viewer.html`.
    pictures
        Names and contents of KMF files, of which the first is shown first; and of pictures that
        browsers show, each compared with the KMF file of its name or size. At least one.
    """
    given = [{"name": name, "base64": b64encode(data).decode("ascii")} for name, data in pictures]
    inside = json.dumps(given).replace("<", r"\u003c")  # else a name could end the script
    title = ", ".join(name for name, _ in pictures)
    page = viewer.replace(_TITLE, f"<title>{escape(title)}</title>", 1)
    return page.replace(_NO_FILES, _NO_FILES.replace("[]", inside), 1)
