"""Every message of an error of ours in the modules that the console's pages stand on, by reading
their source: what a page may have to say in its own language."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import gateway.domain.errors as errors

ROOT = Path(__file__).parents[3]
SAMPLE = "7"
"""Stands where a message has a value."""

STARTS = (
    "gateway/web/console",
    "gateway/main/console",
    "gateway/reading",  # what reads files runs in a child, which nothing imports
    "keys/period_keys.py",  # given to the store by the composition root
)
PACKAGES = (
    *("gateway.services", "gateway.domain", "gateway.ports", "gateway.store"),
    *("gateway.reading", "gateway.web.console", "gateway.main", "keys", "config"),
)
_OURS = {name for name, one in vars(errors).items() if isinstance(one, type)}

Names = Mapping[str, list[ast.expr]]


class Raised(NamedTuple):
    """One message: where it stands, the class of its error, its text with samples for values; ""
    for a text that only a run can tell."""

    module: str
    line: int
    kind: str
    text: str


class _Module(NamedTuple):
    """What is looked for in a source, without what is imported for its types only."""

    imports: list[ast.Import | ast.ImportFrom]
    classes: list[ast.ClassDef]
    calls: list[ast.Call]
    named: dict[str, list[ast.expr]]
    """What each name is given; of a table of messages, its values."""


@cache
def raised() -> tuple[Raised, ...]:
    """All of them, in the order of their modules."""
    modules = {path: _read(path) for path in sorted(_closure(_files(STARTS)))}
    kinds = _kinds(one for module in modules.values() for one in module.classes)
    return tuple(
        Raised(path.relative_to(ROOT).as_posix(), line, kind, text)
        for path, module in modules.items()
        for line, kind, text in _of_module(module, kinds)
    )


@cache
def _read(path: Path) -> _Module:
    read = _Module([], [], [], {})
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not _for_types(node)]
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                read.imports.append(node)
            case ast.ClassDef():
                read.classes.append(node)
            case ast.Call():
                read.calls.append(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=table)):
                read.named.setdefault(name, []).extend(table)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                read.named.setdefault(name, []).append(value)
    return read


def _for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _files(names: Iterable[str]) -> list[Path]:
    found = [ROOT / name for name in names]
    return [one for path in found for one in (path.rglob("*.py") if path.is_dir() else [path])]


def _closure(starts: list[Path]) -> set[Path]:
    seen: set[Path] = set()
    while starts:
        path = starts.pop()
        if path not in seen:
            seen.add(path)
            starts += [at for node in _read(path).imports for at in _imported(node)]
    return seen


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[Path]:
    names = [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
    for name in names:
        if name.startswith(PACKAGES):
            yield from _files_of(name)


@cache
def _files_of(name: str) -> tuple[Path, ...]:
    at = ROOT / name.replace(".", "/")
    return tuple(one for one in (at.with_suffix(".py"), at / "__init__.py") if one.is_file())


def _kinds(classes: Iterable[ast.ClassDef]) -> dict[str, str]:
    """Each class of an error of ours, also those that a module draws from ours -> the one of ours
    that it is."""
    kinds = {name: name for name in _OURS}
    drawn = {one.name: _base(one) for one in classes}
    for name, base in drawn.items():
        while base in drawn and base not in kinds:
            base = drawn[base]
        if base in kinds:
            kinds.setdefault(name, kinds[base])
    return kinds


def _base(node: ast.ClassDef) -> str:
    return ast.unparse(node.bases[0]) if node.bases else ""


def _of_module(module: _Module, kinds: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    for kind, call in _made(module, kinds):
        given = [word.value for word in call.keywords if word.arg == "message"]
        at = 1 if kind == "NotVerified" and len(call.args) > 1 else 0
        message = given[0] if given else call.args[at] if call.args else None
        if message is None:
            continue  # drawn from another error that has its message
        for text in dict.fromkeys(_texts(message, module.named)):
            yield call.lineno, kind, text


def _made(module: _Module, kinds: dict[str, str]) -> Iterator[tuple[str, ast.Call]]:
    """Where an error of ours is made: by its class, or by its own `super().__init__`."""
    own = [one for one in module.classes if one.name in kinds]
    other = {one.name for one in own if one.name not in _OURS and _base(one) not in kinds}
    for call in module.calls:
        if isinstance(call.func, ast.Name) and call.func.id in kinds.keys() - other:
            yield kinds[call.func.id], call
    for one in own:
        for node in ast.walk(one):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
                yield kinds[one.name], node


def _texts(node: ast.expr, named: Names) -> list[str]:
    """What an expression may say, with samples for values; [""] where only a run can tell."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(one) for one in product(*(_part(part, named) for part in parts))]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in product(_texts(left, named), _texts(right, named))]
        case ast.IfExp(body=body, orelse=orelse):
            return _texts(body, named) + _texts(orelse, named)
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if name in named:
            return [text for one in named[name] for text in _texts(one, {})]
    return [""]


def _part(node: ast.expr, named: Names) -> list[str]:
    """A piece of an f-string. A name stands for its text where it has no other one."""
    if not isinstance(node, ast.FormattedValue):
        return _texts(node, named)
    value = node.value
    if isinstance(value, ast.Name) and len(named.get(value.id, [])) != 1:
        return [SAMPLE]
    texts = _texts(value, named)
    return texts if all(texts) else [SAMPLE]
