"""C7: the gateway and the kit are never an SSH server; OpenSSH serves the directory channel."""

from __future__ import annotations

import ast
from pathlib import Path

import asyncssh
import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("gateway", "adapters", "keys", "partner", "config")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SERVING = {
    name
    for name in dir(asyncssh)
    if name in ("listen", "listen_reverse", "run_server", "create_server") or "Server" in name
}
FLOOR = (2, 24, 1)  # path traversals and a wrong-user race below it (threats.md C7, C8)


def served(tree: ast.AST) -> set[str]:
    """What a file takes from asyncssh that only a server needs."""
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "asyncssh"
    }
    named = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("asyncssh")
        for alias in node.names
    }
    return (used | named) & SERVING


def test_no_file_serves_ssh() -> None:
    assert len(FILES) > 100
    assert [path for path in FILES if served(ast.parse(path.read_text()))] == []


@pytest.mark.parametrize(
    "text", ["asyncssh.listen()", "from asyncssh import SFTPServer", "asyncssh.create_server"]
)
def test_a_file_that_would_is_found(text: str) -> None:
    assert served(ast.parse(text))


def test_the_library_is_one_without_the_known_holes() -> None:
    found = tuple(int(part) for part in asyncssh.__version__.split("."))
    assert found >= FLOOR
