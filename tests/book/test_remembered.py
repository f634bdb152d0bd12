"""What a build has worked out is taken over by the next one exactly as long as it is right."""

from types import SimpleNamespace

import pytest

from remembered import digest_of, library_and_tests, remembered


def test_it_is_worked_out_once_for_each_state():
    env, calls = SimpleNamespace(), []

    def work_out():
        calls.append(None)
        return len(calls)

    assert [remembered(env, "page", state, work_out) for state in ("a", "a", "b", "b", "a")] == [1, 1, 2, 2, 3]
    assert remembered(env, "another page", "a", work_out) == 4


@pytest.mark.parametrize("file", ["course_lib/part.py", "course_lib/deep/data.csv", "tests/deep/test_part.py"])
def test_library_its_data_and_its_tests_count(tmp_path, file):
    before = digest_of(library_and_tests(tmp_path), tmp_path)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("1")
    one = digest_of(library_and_tests(tmp_path), tmp_path)
    (tmp_path / file).write_text("2")
    other = digest_of(library_and_tests(tmp_path), tmp_path)
    assert len({before, one, other}) == 3


@pytest.mark.parametrize("file", ["course_lib/__pycache__/part.pyc", "tests/helpers.py", "README.md"])
def test_nothing_else_counts(tmp_path, file):
    before = digest_of(library_and_tests(tmp_path), tmp_path)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("1")
    assert digest_of(library_and_tests(tmp_path), tmp_path) == before
