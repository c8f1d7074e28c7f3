"""Build the documentation site into a folder; a warning is an error."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Build the site; return the exit code."""
    from sphinx.cmd.build import build_main

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where pages go; index.html is the first")
    folder = parser.parse_args().folder
    here = Path(__file__).parent
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    with tempfile.TemporaryDirectory() as parsed:
        places = ["--conf-dir", str(here), "--doctree-dir", parsed, str(here.parents[1]), folder]
        status: int = build_main(options + places)
    return status


if __name__ == "__main__":
    sys.exit(main())
