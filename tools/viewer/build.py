"""Make one page of the viewer's sources: see `tools.viewer`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

SOURCE = Path(__file__).parent
TARGET = SOURCE.parents[1] / "kmformat" / "viewer" / "viewer.html"
_IMPORT = re.compile(r"^import \{ (?P<names>[^}]*) \} from '(?P<path>\.[^']*)';\n", re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?P<rest>(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE
)


def bundle(entry: Path) -> str:
    """Return a module, and those that it imports, as one script.

    Each becomes a function of its own that returns what it exports, so that their names don't meet.
    """
    order: list[Path] = []
    _visit(entry.resolve(), order)
    return "\n".join(_wrapped(path, order) for path in order)


def _visit(path: Path, order: list[Path]) -> None:
    """Append a module behind those that it imports."""
    for found in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        _visit((path.parent / found["path"]).resolve(), order)
    if path not in order:
        order.append(path)


def _wrapped(path: Path, order: list[Path]) -> str:
    def imported(found: re.Match[str]) -> str:
        number = order.index((path.parent / found["path"]).resolve())
        return f"const {{ {found['names']} }} = module{number};\n"

    text = _IMPORT.sub(imported, path.read_text(encoding="utf-8"))
    names = [found["name"] for found in _EXPORT.finditer(text)]
    body = _EXPORT.sub(lambda found: found["rest"], text)
    number = order.index(path)
    returned = f"return {{ {', '.join(names)} }};\n" if names else ""
    return f"// {path.name}\nconst module{number} = (() => {{\n{body}{returned}}})();\n"


def page() -> str:
    """Return the page."""
    text = (SOURCE / "page.html").read_text(encoding="utf-8")
    script = bundle(SOURCE / "app.js").replace("</script", r"<\/script")
    style = (SOURCE / "style.css").read_text(encoding="utf-8")
    return text.replace("/* style.css */", "\n" + style).replace("/* app.js */", "\n" + script)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the page; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.viewer")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args(arguments)
    made = page()
    if not options.check:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == made
    if not same:
        print(f"{TARGET.name} is not what its source makes: run python -m tools.viewer")
    return int(not same)
