"""Sphinx's configuration of the documentation site: which documents, in which order, and how."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import kmformat
from tools.site.reference import command_line, python

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
MENU = {
    "How to": {
        "kmformat/docs/COMMANDS": "On the command line",
        "kmformat/docs/PYTHON": "In Python",
        "kmformat/docs/SPRITES": "Sprites with one palette",
        "kmformat/docs/LABELS": "Label masks",
        "kmformat/docs/DISPLAYS": "E-paper and small displays",
        "kmformat/docs/LECTURES": "Lectures",
        "kmformat/docs/SCALE": "Gigapixels",
        "kmformat/docs/BATCHES": "Many pictures, clusters",
        "kmformat/docs/WEB": "Web pages",
        "kmformat/docs/READERS": "Other languages",
    },
    "Look": {"kmformat/docs/GALLERY": "Gallery"},
    "Reference": {
        "tools/site/command-line": "Command line",
        "tools/site/python": "Python",
        "kmformat/docs/LIMITS": "Limits",
    },
    "The format": {
        "spec/KMF": "Definition",
        "spec/EXAMPLES": "Two files, byte by byte",
        "spec/DESIGN": "Reasons",
    },
    "How it works": {
        "kmformat/docs/PALETTES": "Palettes",
        "kmformat/docs/SIZES": "Sizes",
        "kmformat/docs/BENCHMARKS": "Benchmarks",
    },
    "The project": {
        "CHANGELOG": "Changelog",
        "CONTRIBUTING": "Contributing",
        "SECURITY": "Security",
    },
}
"""Titles of the menu; below each, pages that are shown where they are there, and their names.

Other pages of kmformat/docs follow those of the first title, under their own heading.
"""

project = "KMF"
author = "The KMF authors"
project_copyright = author
version = release = kmformat.__version__
root_doc = "README"
include_patterns = [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "kmformat/docs/*.md",
    "spec/*.md", "tools/site/*.md",
]  # fmt: skip
exclude_patterns = ["spec/README.md"]  # that of the package for npm

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
default_role = "py:obj"
smartquotes_action = "D"  # dashes; quotation marks stay as they are written
autodoc_typehints = "none"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 72
napoleon_google_docstring = False
napoleon_custom_sections = [("Options", "params_style")]
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"KMF {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a3352b", "color-brand-content": "#a3352b"},
    "dark_css_variables": {"color-brand-primary": "#f0a48b", "color-brand-content": "#f0a48b"},
}


def menu() -> str:
    """Return the menu, as what lists pages below the first one's text."""
    listed = {page for pages in MENU.values() for page in pages}
    found = sorted(f"kmformat/docs/{path.stem}" for path in ROOT.glob("kmformat/docs/*.md"))
    others = [page for page in found if page not in listed]
    parts = []
    for title, pages in MENU.items():
        there = [f"{name} <{page}>" for page, name in pages.items() if is_there(page)]
        lines = [f":caption: {title}", ":hidden:", "", *there, *others]
        parts.append("\n".join(["```{toctree}", *lines, "```"]))
        others = []
    return "\n\n".join(parts)


def is_there(page: str) -> bool:
    """Say whether a page is in the tree."""
    return (ROOT / f"{page}.md").exists()


def complete(_: Sphinx, page: str, source: list[str]) -> None:
    """Add to a page what it has on the site only."""
    more = {"README": menu, "tools/site/command-line": command_line, "tools/site/python": python}
    if page in more:
        source[0] = f"{source[0]}\n\n{more[page]()}\n"


def add_index(site: Sphinx, error: Exception | None) -> None:
    """Let the first page be what a web server shows of the folder."""
    if error is None:
        shutil.copyfile(site.outdir / "README.html", site.outdir / "index.html")


def setup(site: Sphinx) -> None:
    """Connect what this module does to Sphinx's steps."""
    site.connect("source-read", complete)
    site.connect("build-finished", add_index)
