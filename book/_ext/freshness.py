"""Chapters are executed again exactly when something they depend on has changed.

Jupyter Book's cache recognises a chapter by its code cells, and Sphinx reads a page again when its source file changed.
Both overlook the library that the cells import and the lock file that says which versions they run on. So every chapter
gets a digest of what its cells can reach; the digest enters the cache's key, and Sphinx is told when it moves.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from contextlib import suppress
from functools import partial
from modulefinder import ModuleFinder
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from equations import PAGE as EQUATIONS_PAGE
from equations import functions, labels
from execution import COST
from exercises import is_sheet
from remembered import digest_of, library_and_tests, remembered

ROOT = Path(__file__).parents[2]
STATUS_PAGE = "book/status"
LOOP = Path(__file__).with_name("calibration.py")

_KEPT = ("kernelspec", "language_info", "widgets")  # what jupyter-cache itself takes over from a notebook's metadata
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_CODE_CELL = re.compile(r"^(`{3,})\{code-cell\}[^\n]*\n(.*?)^\1\s*$", re.M | re.S)
_CELL_OPTIONS = re.compile(r"\A(---\n.*?^---\n|(:[^\n]*\n)+)", re.M | re.S)


def is_notebook(text: str) -> bool:
    """Whether the front matter of a Markdown source says that it is a notebook, and for which kernel."""
    match = _FRONT_MATTER.match(text)
    try:
        front = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        return False  # the build says so itself, with the file's name
    return isinstance(front, dict) and {"jupytext", "kernelspec"} <= front.keys()


def code(text: str) -> str:
    """The Python of all code cells, without the lines that only IPython understands."""
    cells = (_CELL_OPTIONS.sub("", match[2]) for match in _CODE_CELL.finditer(text))
    return re.sub(r"^\s*[%!].*$", "", "\n".join(cells), flags=re.M)


def library_files(program: str, root: Path = ROOT) -> list[Path]:
    """The files below `root` that a program reaches: the modules it imports, what those import, and the data beside them."""
    finder = ModuleFinder(path=[str(root)])
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf8") as script:
        script.write(program)
        script.flush()
        with suppress(SyntaxError):  # the kernel will name the cell
            finder.run_script(script.name)
    modules = {Path(module.__file__) for module in finder.modules.values() if module.__file__ and module.__name__ != "__main__"}
    data = {
        beside
        for folder in {module.parent for module in modules}
        for beside in folder.iterdir()
        if beside.is_file() and beside.suffix not in {".py", ".pyc"}
    }
    return sorted(modules | data)


def digest(text: str, root: Path = ROOT) -> str:
    """Changes when the chapter's outputs may change for a reason that lies outside its own cells."""
    found = digest_of([*library_files(code(text), root), root / "requirements.lock"], root)
    if is_sheet(text):  # its page executes solutions that are not written in the page's cells
        found = hashlib.sha256(f"{found}\n{text}".encode()).hexdigest()[:16]
    return f"{found}-{loop_digest()}"


def loop_digest() -> str:
    """Changes when the loop changes in which the costs of all chapters are measured."""
    return hashlib.sha256(LOOP.read_bytes()).hexdigest()[:8]


def _key_the_cache(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add the digest to the kernel's description: the only metadata that the cache's key includes."""
    if not is_notebook(source[0]):
        return
    digests = _digests(app.env)
    written = Path(app.env.doc2path(docname)).read_text(encoding="utf8")  # of a sheet, source[0] is the page without solutions
    digests[docname] = _digest_now(app.env, docname, written)
    source[0] = re.sub(r"^kernelspec:\n", rf"\g<0>  depends_on: '{digests[docname]}'\n", source[0], count=1, flags=re.M)


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    digests, stale = _digests(env), []
    env.course_library = digest_of([*library_and_tests(), ROOT / "requirements.lock", LOOP])
    for docname in env.found_docs - added - changed:
        text = Path(env.doc2path(docname)).read_text(encoding="utf8")
        if is_notebook(text) and digests.get(docname) != _digest_now(env, docname, text):
            stale.append(docname)
    equations_now = repr((labels(), remembered(env, EQUATIONS_PAGE, env.course_library, functions)))
    if digests.get(EQUATIONS_PAGE) != equations_now:
        digests[EQUATIONS_PAGE] = equations_now
        stale.append(EQUATIONS_PAGE)
    if added or changed or removed or stale:
        stale.append(STATUS_PAGE)  # it lists what the others took
    return sorted(set(stale) & env.found_docs)


def _digest_now(env: BuildEnvironment, docname: str, text: str) -> str:
    """The digest of a page; to find out what its cells reach takes a while, and is done once for the same page and library."""
    state = f"{env.course_library} {hashlib.sha256(text.encode()).hexdigest()}"
    return remembered(env, docname, state, partial(digest, text))


def _keep_outputs(app: Sphinx, doctree: nodes.document) -> None:
    """Put all outputs into the notebook that the build leaves behind for download, and for the tests to compare with.

    MyST-NB leaves out what it takes from the cache, and of what it executes the numbers that the text quotes.
    """
    file = (Path(app.outdir).parent / "jupyter_execute" / app.env.docname).with_suffix(".ipynb")
    if app.env.docname not in _digests(app.env) or not file.exists():
        return
    notebook = nbformat.read(file, as_version=4)
    with suppress(KeyError):  # not in the cache: execution failed, and the build says so
        _, notebook = get_cache(app.env.mystnb_config.execution_cache_path).merge_match_into_notebook(notebook, (*_KEPT, COST))
        nbformat.write(notebook, file)


def _digests(env: BuildEnvironment) -> dict[str, str]:
    if not hasattr(env, "course_digests"):
        env.course_digests = {}
    return env.course_digests


def _prune(app: Sphinx, error: Exception | None, written: set[str]) -> None:
    """Remove what earlier builds left of pages that are no more: readers and the tests would still meet it."""
    if error or app.builder.format != "html":
        return
    out, execute = Path(app.outdir), Path(app.outdir).parent / "jupyter_execute"
    docs = app.env.found_docs
    for folder in (out, out / "_sources", execute):
        for file in (folder / "book").rglob("*"):
            if file.is_file() and str(file.relative_to(folder)).split(".")[0] not in docs:
                file.unlink()
    if "search" in written:  # then all pages that belong to no source, such as indices, were written in this build
        for file in out.glob("*.html"):
            if file.stem not in written | {"index"}:
                file.unlink()
    for file in (out / "_modules").rglob("*.html"):
        if file.stem != "index" and not (ROOT / file.relative_to(out / "_modules")).with_suffix(".py").exists():
            file.unlink()
    kept = {name for _, name in app.env.images.values()}
    for file in (out / "_images").glob("*"):
        if file.name not in kept:
            file.unlink()


def _forget_listings(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Have all listings of source code written anew with the pages of the library, to which their links lead back.

    Sphinx writes one anew only if its module is newer.
    """
    if any(name.startswith("book/library") for name in docnames):
        shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)


def setup(app: Sphinx) -> None:
    written: set[str] = set()
    app.connect("html-page-context", lambda app, pagename, *rest: written.add(pagename))
    app.connect("source-read", _key_the_cache)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-before-read-docs", _forget_listings)
    app.connect("doctree-read", _keep_outputs)
    app.connect("build-finished", lambda app, error: _prune(app, error, written))
