"""Which functions of the library a piece of code names: what the cells of a section compute with, and what a test tests.

Code is read, never run. A name counts under the module that makes it, wherever it was imported from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = "course_lib"


def imported(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Each name under which some code knows the library, a module of it or a part of one → its full name."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == LIBRARY:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias for alias in node.names if alias.name.split(".")[0] == LIBRARY]
            found |= {alias.asname or LIBRARY: alias.name if alias.asname else LIBRARY for alias in names}
    return found


def named(nodes: Iterable[ast.AST], names: dict[str, str]) -> set[str]:
    """Full names of what some code names, if it knows the library under `names`."""
    return {full for node in nodes if (full := _full_name(node, names))}


def _full_name(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (owner := _full_name(node.value, names)):
        return f"{owner}.{node.attr}"
    return ""


def public(root: Path = ROOT) -> dict[str, str]:
    """Each public function or class of the library → its full name; and each name under which a module passes it on."""
    files = sorted((root / LIBRARY).rglob("*.py"))
    modules = {_module(file, root): _module_of(file.read_text(encoding="utf8")) for file in files}
    found = {f"{module}.{name}": f"{module}.{name}" for module, (made, _) in modules.items() for name in made}
    passed_on = {f"{module}.{name}": full for module, (_, names) in modules.items() for name, full in names.items()}
    for name in passed_on:
        full, seen = name, set()
        while full not in found and full not in seen:
            seen.add(full)
            full = passed_on.get(full, full)
        if full in found:
            found[name] = found[full]
    return found


def by_test(root: Path = ROOT) -> dict[str, set[str]]:
    """Each test → the public functions and classes that it, or what it takes from its file, names."""
    known = public(root)
    return {
        f"{file.relative_to(root)}::{test}": {known[name] for name in found if name in known}
        for file in sorted((root / "tests").rglob("test_*.py"))
        for test, found in _tests_of(file.read_text(encoding="utf8")).items()
    }


@cache
def _tests_of(text: str) -> dict[str, set[str]]:
    """Each test of a file → all that it names, through the file's own helpers, fixtures and constants too."""
    tree = ast.parse(text)
    names, parts = imported(ast.walk(tree)), _parts(tree)
    words = {part: _words(nodes) & parts.keys() for part, nodes in parts.items()}
    full = {part: named(nodes, names) for part, nodes in parts.items()}
    found = {}
    for test in parts:
        if test.startswith("test_"):
            reached, ahead = set(), {test}
            while ahead:
                reached |= ahead
                ahead = set().union(*(words[part] for part in ahead)) - reached
            found[test] = set().union(*(full[part] for part in reached))
    return found


def _parts(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Each name that a file makes at its top level → all nodes of the statements that make it."""
    found: dict[str, list[ast.AST]] = {}
    for statement in tree.body:
        nodes = list(ast.walk(statement))
        made = [statement.name] if isinstance(statement, ast.FunctionDef | ast.ClassDef) else []
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            made = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        for name in made:
            found.setdefault(name, []).extend(nodes)
    return found


def _words(nodes: list[ast.AST]) -> set[str]:
    """Names that occur in some code; a test asks for a fixture by the name of an argument."""
    found = (node for node in nodes if isinstance(node, ast.Name | ast.arg))
    return {node.id if isinstance(node, ast.Name) else node.arg for node in found}


def _module(file: Path, root: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


@cache
def _module_of(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The public functions and classes that a module makes, and what it imports of the library."""
    tree = ast.parse(text)
    made = (node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return tuple(name for name in made if not name.startswith("_")), imported(tree.body)
