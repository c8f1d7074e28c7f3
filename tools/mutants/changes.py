"""The small changes that make mutants of a module."""

from __future__ import annotations

import ast
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

_COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_NEGATED = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip
_SKIPPED = {"annotation", "returns", "decorator_list", "type_params"}
_CONDITIONS = {(ast.If, "test"), (ast.While, "test"), (ast.IfExp, "test")}


@dataclass(frozen=True)
class Mutant:
    """A module with one change, made by putting `new` where a node of its tree is."""

    path: str
    line: int
    text: str
    change: str
    tree: ast.Module = field(repr=False, compare=False)
    parent: ast.AST = field(repr=False, compare=False)
    place: tuple[str, int | None] = field(repr=False, compare=False)
    new: ast.AST = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """The module, the line's text and the change: what stays when lines move."""
        return self.path, self.text, self.change

    @property
    def percentile(self) -> int:
        """Return where the mutant stands in a sample, 0 to 99: whatever others there are."""
        return zlib.crc32("\n".join(self.key).encode()) % 100

    def compile(self) -> CodeType:
        """Return the code of the module with the change."""
        name, at = self.place
        old = getattr(self.parent, name)
        changed = self.new if at is None else [*old[:at], self.new, *old[at + 1 :]]
        setattr(self.parent, name, changed)
        try:
            code: CodeType = compile(ast.fix_missing_locations(self.tree), self.path, "exec")
            return code
        finally:
            setattr(self.parent, name, old)


def mutants(path: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of its lines."""
    source = Path(path).read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    found: list[Mutant] = []
    times: Counter[tuple[str, str]] = Counter()
    for parent, place, node in _nodes(tree):
        for new in (*alternatives(node), *_negations(parent, place[0], node)):
            line: int = node.lineno  # type: ignore[attr-defined]
            text, change = lines[line - 1].strip(), f"{ast.unparse(node)} -> {ast.unparse(new)}"
            times[text, change] += 1
            if times[text, change] > 1:
                change += f" (#{times[text, change]})"
            ast.copy_location(new, node)
            found.append(Mutant(path, line, text, change, tree, parent, place, new))
    return sorted(found, key=lambda mutant: mutant.line)


def _nodes(parent: ast.AST) -> Iterator[tuple[ast.AST, tuple[str, int | None], ast.AST]]:
    """Yield what is below a node, with its parent and place there, where tests can tell changes."""
    for name, value in ast.iter_fields(parent):
        for at, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or name in _SKIPPED or _is_silent(node):
                continue
            if not (name == "args" and _is_idle(parent, at, node)):
                yield parent, (name, at), node
                if not isinstance(node, ast.Raise):  # which error it is; not how it is told
                    yield from _nodes(node)


def _is_idle(parent: ast.AST, at: int | None, node: ast.AST) -> bool:
    """Whether a call does the same whatever this argument is: a type, or any negative length."""
    match parent:
        case ast.Call(ast.Name("cast")):
            return at == 0
        case ast.Call(ast.Attribute(attr="reshape")):
            return ast.unparse(node) == "-1"
    return False


def _is_silent(node: ast.AST) -> bool:
    """Whether nothing comes of a node but documentation, a message, or what checkers see."""
    match node:
        case ast.Expr(ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(ast.Name("TYPE_CHECKING")):
            return True
        case ast.Assign([ast.Name("__all__" | "__slots__")]):
            return True
        case ast.Assign(value=ast.Call(ast.Name("TypeVar"))):
            return True
        case ast.Constant(str(text)):
            return " " in text
    return False


def _negations(parent: ast.AST, name: str, node: ast.AST) -> list[ast.AST]:
    """Return a condition's opposite, where no other change is that already."""
    is_condition = (type(parent), name) in _CONDITIONS or name == "ifs"
    match node:
        case ast.Compare(ops=[op]) if isinstance(op, _NEGATED):
            return []
        case ast.UnaryOp(ast.Not()):
            return []
    return [ast.UnaryOp(ast.Not(), node)] if is_condition else []  # type: ignore[arg-type]


def alternatives(node: ast.AST) -> list[ast.AST]:
    """Return what may stand in place of a node."""
    match node:
        case ast.Compare(left, ops, comparators):
            return [
                ast.Compare(
                    left, [*ops[:at], _COMPARISONS[type(op)](), *ops[at + 1 :]], comparators
                )
                for at, op in enumerate(ops)
            ]
        case ast.BoolOp(op, values):
            return [ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)]
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            return [ast.BinOp(left, _OPERATORS[type(op)](), right)]
        case ast.AugAssign(target, op, value):
            return [ast.AugAssign(target, _OPERATORS[type(op)](), value), ast.Pass()]
        case ast.UnaryOp(_, operand):
            return [operand]
        case ast.Constant(value):
            return _other_values(value)
        case (
            ast.Assign([ast.Attribute() | ast.Subscript()])
            | ast.Expr()
            | ast.Raise()
            | ast.Delete()
        ):
            return [ast.Pass()]
        case ast.Break():
            return [ast.Continue()]
        case ast.Continue():
            return [ast.Break()]
    return []


def _other_values(value: object) -> list[ast.AST]:
    match value:
        case bool():
            return [ast.Constant(not value)]
        case int() | float():
            return [ast.Constant(value + 1)]
        case str():
            return [ast.Constant(value + "X")]
        case bytes():
            return [ast.Constant(value + b"X")]
    return []
