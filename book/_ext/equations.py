"""The page of equations: each labelled equation of a chapter, the function that implements it, the tests of that function.

A chapter labels an equation that code implements ``eq-…``; the docstring of the function ends with a line
``Equation: eq-…``; its tests are those that name it. Nothing is listed by hand.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import uses

ROOT = Path(__file__).parents[2]
PAGE = "book/equations"

_LABEL = re.compile(r"^\$\$ *\((eq-[\w-]+)\) *$|^:label: *(eq-[\w-]+) *$", re.M)
IMPLEMENTS = re.compile(r"^\s*Equations?: *(.+)$", re.M)


@dataclass(frozen=True)
class Function:
    """A public function or class of the library and the equations that its docstring names."""

    name: str
    equations: tuple[str, ...]
    tests: tuple[str, ...]


def labels(root: Path = ROOT) -> dict[str, str]:
    """Label of each equation that code implements → title of its chapter, in the order of the book."""
    found: dict[str, str] = {}
    for chapter in chapters(root):
        text = chapter.read_text(encoding="utf8")
        title = re.search(r"^# (.+)$", text, re.M)
        for match in _LABEL.finditer(text):
            found[match[1] or match[2]] = title[1] if title else chapter.stem
    return found


def chapters(root: Path = ROOT) -> list[Path]:
    """The pages that ``_toc.yml`` lists, in its order."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))
    entries = [{"file": contents["root"]}, *(entry for part in contents["parts"] for entry in part["chapters"])]
    return [root / f"{entry['file']}.md" for entry in entries]


def functions(root: Path = ROOT) -> list[Function]:
    """Every public function and class of the library whose docstring names an equation."""
    tests = uses.by_test(root)
    found = []
    for file in sorted((root / "course_lib").rglob("*.py")):
        module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(file.read_text(encoding="utf8")).body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            named = IMPLEMENTS.findall(ast.get_docstring(node) or "")
            if named:
                equations = tuple(re.findall(r"eq-[\w-]+", " ".join(named)))
                name = f"{module}.{node.name}"
                found.append(Function(name, equations, tuple(test for test, used in tests.items() if name in used)))
    return found


class EquationTable(SphinxDirective):
    """``{equation-table}``: for each chapter, one row for each labelled equation."""

    def run(self) -> list[nodes.Node]:
        implementing, rows, last = functions(), [], ""
        for label, chapter in labels().items():
            if chapter != last:
                rows += ["", f"**{chapter}**", "", "| equation | function | its tests |", "|---|---|---|"]
                last = chapter
            users = [function for function in implementing if label in function.equations]
            code = "<br>".join(f"{{py:obj}}`~{function.name}`" for function in users)
            files = Counter(test.split("::")[0].split("/")[-1] for test in {test for user in users for test in user.tests})
            tests = "<br>".join(f"{count} in `{file}`" for file, count in sorted(files.items()))
            rows.append(f"| {{eq}}`{label}` {label.removeprefix('eq-').replace('-', ' ')} | {code} | {tests} |")
        return self.parse_text_to_nodes("\n".join(rows))


def setup(app: Sphinx) -> None:
    app.add_directive("equation-table", EquationTable)
