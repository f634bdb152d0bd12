"""Each labelled equation has its function, each function its test, and nothing points nowhere."""

import importlib
import inspect
import pkgutil

import pytest

import course_lib
import equations

LABELS = equations.labels()
FUNCTIONS = equations.functions()


def public_objects():
    for module in pkgutil.walk_packages(course_lib.__path__, "course_lib."):
        if not module.name.endswith("__main__"):
            for name, thing in vars(importlib.import_module(module.name)).items():
                if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module.name and name[0] != "_":
                    yield pytest.param(thing, id=f"{module.name}.{name}")


def test_the_book_has_equations_and_the_library_implements_some():
    assert len(LABELS) >= 8
    assert len(FUNCTIONS) >= 8


@pytest.mark.parametrize("label", LABELS)
def test_equation_is_implemented_by_a_function(label):
    assert [function.name for function in FUNCTIONS if label in function.equations]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_function_names_equations_that_exist(function):
    assert set(function.equations) <= set(LABELS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_function_that_implements_an_equation_is_tested(function):
    assert function.tests


@pytest.mark.parametrize("thing", list(public_objects()))
def test_public_function_has_a_docstring(thing):
    assert inspect.getdoc(thing)


def test_labels_of_both_spellings_are_found(tmp_path):
    (tmp_path / "_toc.yml").write_text("root: page\nparts: []\n")
    (tmp_path / "page.md").write_text(
        "# T\n\n$$\na\n$$ (eq-one)\n\n```{math}\n:label: eq-two\nb\n```\n\n$$\nc\n$$ (step-three)\n"
    )
    assert equations.labels(tmp_path) == {"eq-one": "T", "eq-two": "T"}
