"""Every commit, rename and outside send passes a fail-point before and after (threats.md F2).

A crash test can only kill where there is a point; so a step without one is a hole in the proof.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("gateway", "adapters", "keys", "partner")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

# functions whose steps leave nothing behind, so that there is nothing to interrupt
EPHEMERAL = {"_try_inbox": "a probe's own file, removed again in the same call"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Step:
    """A call that lasts: what it is, where, and the functions around it, outermost first."""

    what: str
    line: int
    around: tuple[Function, ...]


def steps(tree: ast.AST) -> Iterator[Step]:
    """Every durable step of a file."""
    for call, around in _calls(tree, ()):
        what = _what(call)
        if what:
            yield Step(what, call.lineno, around)


def _calls(
    node: ast.AST, around: tuple[Function, ...]
) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
    for child in ast.iter_child_nodes(node):
        inside = (*around, child) if isinstance(child, Function) else around
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, inside)


def _what(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr="commit"):
            return "commit" if not call.args else "named commit"
        case ast.Attribute(attr="posix_rename" | "rename"):
            return "rename"
        case ast.Attribute(value=ast.Name(id="os"), attr="replace"):
            return "rename"
        case ast.Attribute(attr="replace") if len(call.args) == 1 and not call.keywords:
            return "rename"  # of a Path; text is replaced with two arguments
        case ast.Attribute(value=ast.Name(id="adapter"), attr="send" | "say"):
            return "send"
    return ""


def reached(function: Function) -> list[tuple[int, str]]:
    """Line and text of each fail-point in a function; an f-string counts by its fixed part."""
    found = []
    for call, _ in _calls(function, ()):
        name = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        if name == "reach":
            found.append((call.lineno, ast.unparse(call.args[0]).strip("f'\"")))
    return found


def covered(step_line: int, function: Function, tree: ast.AST) -> bool:
    """Whether a line of a function lies between `before:` and `after:`, or all its callers do."""
    points = reached(function)
    before = any(text.startswith("before:") and line <= step_line for line, text in points)
    after = any(text.startswith("after:") and line >= step_line for line, text in points)
    if before and after:
        return True
    callers = [
        (call.lineno, around[-1])
        for call, around in _calls(tree, ())
        if around
        and around[-1] is not function
        and around[-1].name not in EPHEMERAL
        and _called(call) == function.name
    ]
    return bool(callers) and all(covered(line, caller, tree) for line, caller in callers)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def uncovered(tree: ast.AST) -> list[str]:
    """What a file does that no crash test can interrupt."""
    lacking = []
    for step in steps(tree):
        if step.what == "named commit":
            continue  # the unit of work passes the points of that name
        if not step.around or not covered(step.line, step.around[-1], tree):
            lacking.append(f"line {step.line}: {step.what}")
    return lacking


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_commit_rename_or_send_is_without_a_point(path: Path) -> None:
    assert uncovered(ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_named_commit_says_its_step_as_a_plain_text(path: Path) -> None:
    for call, _ in _calls(ast.parse(path.read_text()), ()):
        if _what(call) == "named commit":
            name = call.args[0]
            assert isinstance(name, ast.Constant) or ast.unparse(name) == "step", call.lineno


_SOUND = """
def move(path, target):
    reach("before:x.rename")
    path.replace(target)
    reach("after:x.rename")
"""


@pytest.mark.parametrize("cut", ['    reach("before:x.rename")\n', '    reach("after:x.rename")\n'])
@pytest.mark.parametrize(
    "act",
    ["path.replace(target)", "os.replace(path, target)", "path.rename(target)", "adapter.send(p)",
     "connection.commit()"],
)  # fmt: skip
def test_the_walk_finds_each_kind_of_step_that_lacks_a_point(act: str, cut: str) -> None:
    sound = _SOUND.replace("path.replace(target)", act)
    assert uncovered(ast.parse(sound)) == []
    assert len(uncovered(ast.parse(sound.replace(cut, "")))) == 1
