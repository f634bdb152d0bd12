"""The pages with the library's source are found out of date without an import, and as Sphinx would find them."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.ext import viewcode
from sphinx.pycode import ModuleAnalyzer

import course_lib
import source_pages

ROOT = Path(__file__).parents[2]
MODULES = [module.name for module in pkgutil.walk_packages(course_lib.__path__, "course_lib.")]


@pytest.mark.parametrize("module", ["course_lib", *MODULES[::10]])
def test_file_of_a_module_is_the_one_that_sphinx_finds_by_an_import(module):
    filename, _ = ModuleAnalyzer.get_module_source(module)
    assert source_pages.file_of(None, module) == filename


@pytest.mark.parametrize("module", ["course_lib.no_such_module", "no_such_package.module", "sys"])
def test_what_has_no_file_has_none(module):
    assert source_pages.file_of(None, module) is None


def test_nothing_is_imported():
    program = (
        f"import sys, source_pages; [source_pages.file_of(None, name) for name in {MODULES}]; "
        "print(sorted({'torch', 'numpy', 'matplotlib'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT / "book/_ext")
    assert done.stdout == "[]\n"


def test_sphinx_asks_it(monkeypatch):
    monkeypatch.setattr(viewcode, "get_module_filename", viewcode.get_module_filename)
    source_pages.setup(None)
    page, module = ROOT / "no page", "course_lib.basics"

    class App:
        outdir = page
        builder = type("Builder", (), {"out_suffix": ".html"})

    assert viewcode.should_generate_module_page(App(), module)
    assert viewcode.get_module_filename is source_pages.file_of
