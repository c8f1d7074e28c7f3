"""The package as it is imported and installed, and the rules that all its modules keep."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.resources
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import pytest

import kmformat
from kmformat.cli.grammar import COMMANDS
from kmformat.cli.parser import build_parser
from tests.samples import icon, photo

PACKAGE = Path(kmformat.__file__).parent
MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}
WINGS = [name for name in TREES if name.endswith("/__init__.py")]
"""Each folder, but for that of the package itself."""


def test_every_public_name_is_there_and_documented() -> None:
    for name in kmformat.__all__:
        value = getattr(kmformat, name)
        assert name in dir(kmformat)
        assert isinstance(value, int) or value.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kmformat.nothing  # noqa: B018


def test_the_version_is_that_of_the_installed_package() -> None:
    assert importlib.metadata.version("kmformat") == kmformat.__version__


def test_types_are_shipped() -> None:
    assert (importlib.resources.files("kmformat") / "py.typed").is_file()


# What is said of the package

NAMED = re.compile(r"(?<![\w/.-])kmformat((?:\.[A-Za-z_]\w*)+)")
ROOT = PACKAGE.parent
DOCUMENTS = [
    ROOT / "README.md", ROOT / "CHANGELOG.md", *PACKAGE.glob("docs/*.md"), *ROOT.glob("spec/*.md"),
]  # fmt: skip


def told_to_users(capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, str]]:
    """Each text that users read, and where: documents, what `help` shows, and ``--help-all``."""
    for path in DOCUMENTS:
        if path.exists():  # an installed package has no README
            yield path.name, path.read_text("utf-8")
    yield "help(kmformat)", kmformat.__doc__ or ""
    for name in kmformat.__all__:
        value = getattr(kmformat, name)
        yield name, inspect.getdoc(value) or ""
        if inspect.isclass(value):
            for method, function in inspect.getmembers(value, inspect.isroutine):
                yield f"{name}.{method}", inspect.getdoc(function) or ""
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            build_parser([command]).parse_args([command, "--help-all"])
        yield f"kmformat {command} --help-all", capsys.readouterr().out


def test_what_users_are_told_names_only_what_they_can_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = list(told_to_users(capsys))
    assert len(told) > 40
    assert any("kmformat.quantize" in text for _, text in told)
    for where, text in told:
        for found in NAMED.finditer(text):
            name, *rest = found[1].strip(".").split(".")
            assert name in kmformat.__all__, f"{where}: {found[0]}"
            value = getattr(kmformat, name)
            for attribute in rest:
                value = getattr(value, attribute)


def test_what_modules_say_of_each_other_is_there() -> None:
    texts = {name: path.read_text("utf-8") for name, path in MODULES.items()}
    named = {
        (name, found[1])
        for name, text in texts.items()
        for said in re.findall(r"`([^`\n]*)`", text)
        if (found := re.fullmatch(r"(kmformat(?:\.\w+)+)", said))
        if not found[1].startswith(("kmformat._native", "kmformat.kernels.native"))
    }  # those two are there where they were compiled
    assert len(named) > 20
    for name, dotted in named:
        try:
            resolve_name(dotted)
        except (ImportError, AttributeError):
            pytest.fail(f"{name} speaks of {dotted}")


def test_public_names_need_no_other_import() -> None:
    code = "import kmformat; [getattr(kmformat, name) for name in kmformat.__all__]"
    subprocess.run([sys.executable, "-c", code], check=True)


# What is imported when


def imported_by(statement: str, path: Path) -> set[str]:
    """The package's modules that a fresh interpreter has imported after a statement on a file."""
    code = (
        "import sys, kmformat; from pathlib import Path; from PIL import Image; "
        f"path = {str(path)!r}; {statement}; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if f"{name}.".startswith("kmformat.")}


@pytest.mark.parametrize(
    "reading",
    [
        "Image.open(path).load()",
        "Image.open(path).verify()",
        "kmformat.open(path)",
        "kmformat.read(path)",
        "kmformat.read_indexed(path)",
        "kmformat.decode(Path(path).read_bytes())",
        "kmformat.decode_indexed(Path(path).read_bytes(), box=(0, 0, 9, 9))",
        "kmformat.read_one(open(path, 'rb'))",
        "kmformat.decode(path)",
        "kmformat.decode_indexed(open(path, 'rb')).to_image()",
        "kmformat.verify(path)",
        "kmformat.read_info(path)",
    ],
)
def test_reading_imports_nothing_that_writing_needs(tmp_path: Path, reading: str) -> None:
    kmformat.save(icon(40), tmp_path / "a.kmf", tile=(30, 30))
    found = imported_by(reading, tmp_path / "a.kmf")
    assert "kmformat.codec.decoder" in found
    only_for_writing = (
        "kmformat.writing.", "kmformat.palettes.", "kmformat.quantization.",
        "kmformat.codec.encoder.", "kmformat.codec.plan.", "kmformat.codec.sink.",
        "kmformat.codec.effort.", "kmformat.codec.compact.fit.",
    )  # fmt: skip
    assert [name for name in found if f"{name}.".startswith(only_for_writing)] == []


@pytest.mark.parametrize(
    "writing", ["kmformat.encode(Image.open(path), palette=['red'])", "Image.open(path).save(path)"]
)
def test_no_palette_file_no_palette_format(tmp_path: Path, writing: str) -> None:
    kmformat.save(photo(), tmp_path / "a.kmf")
    found = imported_by(writing, tmp_path / "a.kmf")
    assert "kmformat.writing" in found
    assert not any(name.startswith("kmformat.palettes") for name in found)


@pytest.mark.parametrize(("height", "method"), [(60, "dense"), (129, "compact")])
def test_a_picture_opens_with_few_modules(tmp_path: Path, height: int, method: str) -> None:
    kmformat.save(photo(height, 128), tmp_path / "a.kmf")
    assert kmformat.read_info(tmp_path / "a.kmf").methods == {method: 1}
    modules = 26 + kmformat.kernels.NATIVE  # one of them is the extension
    assert len(imported_by("Image.open(path).load()", tmp_path / "a.kmf")) <= modules


# What every wing and module says of itself


def docstring(name: str) -> str:
    return ast.get_docstring(TREES[name]) or ""


def test_every_module_says_in_a_sentence_what_it_is() -> None:
    first = {name: docstring(name).partition("\n\n")[0].removesuffix(")") for name in MODULES}
    assert [name for name, said in first.items() if not said.endswith((".", ":"))] == []


@pytest.mark.parametrize("name", WINGS)
def test_every_wing_says_what_it_is_and_its_front_door_and_imports(name: str) -> None:
    doc = docstring(name)
    assert doc.splitlines()[0].endswith(".")
    assert "May import: " in doc
    assert "Front door" in doc or name == "kernels/__init__.py"  # that is the door itself


def test_every_folder_of_modules_is_a_wing() -> None:
    folders = {path.parent for path in MODULES.values()} - {PACKAGE}
    assert {PACKAGE / Path(name).parent for name in WINGS} == folders
    assert len(WINGS) >= 12


# Who does I/O

DOES_IO = ("storage/", "cli/")
METHODS_OF_FILES = {
    "open", "read_bytes", "write_bytes", "read_text", "write_text", "fromfile", "tofile", "memmap",
}  # fmt: skip
FUNCTIONS_OF_FILES = {
    "open", "io.open", "os.open", "os.fdopen", "os.read", "os.write", "np.load", "np.save",
}  # fmt: skip
MODULES_OF_FILES = {"glob", "http", "mmap", "shutil", "socket", "subprocess", "tempfile", "urllib"}


def io_in(tree: ast.Module) -> list[str]:
    """What in a module opens, reads or writes anything itself, other than through Pillow."""
    imported, called = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            imported += [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Call):
            called.append(ast.unparse(node.func))
    methods = [name for name in called if "." in name and name != "Image.open"]
    return [
        *(name for name in imported if name.partition(".")[0] in MODULES_OF_FILES),
        *(name for name in imported + called if name in FUNCTIONS_OF_FILES),
        *(name for name in methods if name.rpartition(".")[2] in METHODS_OF_FILES),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "open('a')", "with open('a') as file: pass", "io.open('a')", "os.open('a', 0)",
        "os.write(1, b'')", "Path('a').open()", "path.read_bytes()", "path.write_bytes(b'')",
        "from os import open", "from io import open as door", "import socket",
        "from urllib.request import urlopen", "np.fromfile('a')", "def f(): return open('a')",
    ],
)  # fmt: skip
def test_io_is_seen(code: str) -> None:
    assert io_in(ast.parse(code)) != []


def test_only_storage_and_the_command_line_do_io() -> None:
    doing = [name for name, tree in TREES.items() if io_in(tree)]
    assert [name for name in doing if not name.startswith(DOES_IO)] == []
    assert {place for place in DOES_IO for name in doing if name.startswith(place)} == set(DOES_IO)


def test_pillow_opens_pictures_in_other_formats_for_one_module_only() -> None:
    calls = {
        name: {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for name, tree in TREES.items()
    }
    assert [name for name in TREES if "Image.open" in calls[name]] == ["pictures/formats.py"]
