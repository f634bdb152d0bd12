"""What several files of tests look at."""

from pathlib import Path

import pytest

import notebooks


@pytest.fixture(scope="session")
def students(tmp_path_factory) -> Path:
    """The folder that students get, and beside it the same as a zip: written once, so a test may only look at them."""
    folder = tmp_path_factory.mktemp("handed-out") / "students"
    notebooks.write_students(folder)
    return folder
