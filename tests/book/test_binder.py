"""What Binder's image holds after its last step: the student's notebooks, and no solution."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import exercises
from tests.book.leaks import leaks, solution_lines

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path):
    """A copy of the project's files, and beside it a `pip` that installs nothing and this Python as `python`."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    project = tmp_path / "project"
    for name in files.stdout.splitlines():
        if (ROOT / name).exists():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    (project / ".git").mkdir()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "pip").write_text("#!/bin/sh\n")
    (tools / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    return project


def post_build(project, **variables):
    tools, prefix = project.parent / "bin", project.parent / "prefix"
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "NB_PYTHON_PREFIX": str(prefix),
        "PYTHONPATH": str(project),
    }
    environment.pop("REPO_DIR", None)
    subprocess.run(["bash", "postBuild"], cwd=project, env={**environment, **variables}, check=True, capture_output=True)
    assert (prefix / "share/jupyter/lab/settings/overrides.json").exists()


def test_image_holds_the_students_notebooks_and_no_solution(copy):
    lines = {sheet: solution_lines(exercises.exercises(sheet)) for sheet in exercises.sheets()}
    for sheet, own in lines.items():
        assert leaks((copy / sheet.relative_to(ROOT)).parent, own)  # the sources hold them
    post_build(copy, REPO_DIR=str(copy))
    for sheet in exercises.sheets():
        assert not (copy / sheet.relative_to(ROOT)).exists()
        assert exercises.CODE_STUB in (copy / sheet.relative_to(ROOT)).with_suffix(".ipynb").read_text()
    assert leaks(copy, set().union(*lines.values())) == []
    assert not (copy / ".git").exists()


def test_at_home_nothing_is_removed(copy):
    before = {file for file in copy.rglob("*") if file.is_file()}
    post_build(copy)
    assert before <= {file for file in copy.rglob("*") if file.is_file()}
    assert (copy / ".git").exists()
