"""One lock for everybody: `make`, CI, conda and Binder install the same versions."""

import importlib.metadata
import json
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lock import CONDA, FROM_CONDA, environment, pins

ROOT = Path(__file__).parents[2]
LOCK = pins((ROOT / "requirements.lock").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())


def test_environment_yml_is_what_the_lock_makes_of_it():
    assert (ROOT / "environment.yml").read_text() == environment(LOCK)


def test_conda_and_pip_together_give_every_version_of_the_lock():
    conda = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]
    pip = dict(entry.split("==") for entry in ENVIRONMENT["dependencies"][-1]["pip"])
    assert pip == {name: version for name, version in LOCK.items() if name not in FROM_CONDA}
    assert f"numpy={LOCK['numpy']}" in conda
    pytorch = next(entry.removeprefix("pytorch-cpu") for entry in conda if entry.startswith("pytorch-cpu"))
    assert LOCK["torch"] in SpecifierSet(pytorch)
    assert pytorch == CONDA["pytorch-cpu"]


def test_environment_names_no_local_path():
    # Binder would then have to solve the whole environment again at each change of a chapter.
    assert not re.search(r"^\s*- (-e|-r|\.|file:)", (ROOT / "environment.yml").read_text(), re.M)


def test_lock_meets_every_requirement_of_the_project():
    wanted = PROJECT["dependencies"] + [entry for extra in PROJECT["optional-dependencies"].values() for entry in extra]
    for requirement in map(Requirement, wanted):
        assert LOCK[requirement.name.lower()] in requirement.specifier, requirement


def test_what_is_installed_is_the_lock():
    installed = {}
    own = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}  # sys.path may also lead to copies inside of packages
    for distribution in importlib.metadata.distributions(path=sorted(own)):
        installed[re.sub(r"[._-]+", "-", distribution.name).lower()] = distribution.version.split("+")[0]
    differing = {name: (version, installed.get(name)) for name, version in LOCK.items() if installed.get(name) != version}
    assert not differing, "run `make env`"


@pytest.mark.parametrize("line", ["numpy>=2", "numpy", "-e .", "torch @ file:///wheels/torch.whl"])
def test_lock_with_anything_but_exact_versions_is_refused(line):
    with pytest.raises(ValueError, match="not an exact version"):
        pins(f"scipy==1.14.1\n{line}\n")


def test_markdown_opens_as_a_notebook_in_jupyterlab():
    settings = json.loads((ROOT / "jupyter" / "overrides.json").read_text())
    viewers = settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers["markdown"] == "Jupytext Notebook"
    assert "jupytext" in LOCK  # whose extension brings that viewer
    for recipe in ("Makefile", "postBuild"):
        assert re.search(r"cp jupyter/overrides\.json \S*", (ROOT / recipe).read_text())


@pytest.mark.parametrize("script", ["postBuild", ".ci/run", "book/assets/vendor/refresh.sh"])
def test_shell_scripts_parse_and_stop_at_the_first_error(script):
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)
    assert re.search(r"^set -e", (ROOT / script).read_text(), re.M)


def test_ci_runs_make_test_and_asks_for_a_browser():
    assert "REQUIRE_BROWSER=1 make test" in (ROOT / ".ci" / "run").read_text()


def test_clean_removes_what_was_built_but_no_marks(tmp_path):
    command = ["make", "-s", "-f", ROOT / "Makefile", "clean"]
    (tmp_path / "_build" / "teachers").mkdir(parents=True)
    (tmp_path / "_build" / "teachers" / "gradebook.db").write_text("marks")
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "holds marks" in refused.stdout
    (tmp_path / "_build" / "teachers" / "gradebook.db").rename(tmp_path / "gradebook.db")
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert not (tmp_path / "_build").exists()
    assert (tmp_path / "gradebook.db").read_text() == "marks"
