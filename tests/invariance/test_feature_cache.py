import os
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_lib.invariance.feature_cache import cached, content_key

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
KEY = content_key(np.zeros(3), {"J": 2})


def never():
    raise AssertionError("computed although it is stored")


def test_key_changes_with_content_shape_type_and_settings():
    base = np.arange(4.0)
    keys = [
        content_key(array, settings)
        for array in (base, base + 1e-9, base.reshape(2, 2), base.astype(np.float32))
        for settings in ({"J": 2}, {"J": 3}, {"J": 2, "L": 8}, {})
    ]
    assert len(set(keys)) == len(keys)
    assert content_key(base, {"J": 2, "L": 8}) == content_key(base.copy(), {"L": 8, "J": 2})
    assert content_key(np.arange(8.0)[::2], {}) == content_key(np.arange(8.0)[::2].copy(), {})


def test_second_time_reads_what_the_first_time_stored(tmp_path):
    folder = tmp_path / "new" / "folder"
    np.testing.assert_array_equal(cached(folder, KEY, lambda: VALUES), VALUES)
    again = cached(folder, KEY, never)
    np.testing.assert_array_equal(again, VALUES)
    assert again.dtype == VALUES.dtype
    assert [file.name for file in folder.iterdir()] == [f"{KEY}.npz"]  # nothing unfinished is left


def test_without_a_folder_nothing_is_stored():
    assert cached(None, KEY, lambda: VALUES) is VALUES


def test_stored_file_holds_plain_arrays(tmp_path):
    cached(tmp_path, KEY, lambda: VALUES)
    with np.load(tmp_path / f"{KEY}.npz", allow_pickle=False) as stored:
        np.testing.assert_array_equal(stored["values"], VALUES)


DAMAGES = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "other": lambda content: b"not an archive",
    "flipped": lambda content: content.replace(VALUES.tobytes(), (VALUES + 1).tobytes()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_computed_again_and_replaced_with_a_warning(tmp_path, damage):
    cached(tmp_path, KEY, lambda: VALUES)
    file = tmp_path / f"{KEY}.npz"
    content = DAMAGES[damage](file.read_bytes())
    assert content != file.read_bytes()
    file.write_bytes(content)
    with pytest.warns(UserWarning, match=rf"{KEY}\.npz: cannot be used \(.+\); computed again and replaced"):
        np.testing.assert_array_equal(cached(tmp_path, KEY, lambda: VALUES), VALUES)
    with warnings.catch_warnings(action="error"):
        np.testing.assert_array_equal(cached(tmp_path, KEY, never), VALUES)


def test_file_under_anothers_name_is_not_believed(tmp_path):
    cached(tmp_path, KEY, lambda: VALUES)
    other = content_key(np.ones(3), {"J": 2})
    (tmp_path / f"{KEY}.npz").rename(tmp_path / f"{other}.npz")
    with pytest.warns(UserWarning, match="does not match its checksum"):
        np.testing.assert_array_equal(cached(tmp_path, other, lambda: VALUES + 1), VALUES + 1)


def test_pickled_content_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / f"{KEY}.npz", values=np.array([Trap()], dtype=object), digest="")
    with pytest.warns(UserWarning, match="cannot be used"):
        np.testing.assert_array_equal(cached(tmp_path, KEY, lambda: VALUES), VALUES)
    assert not (tmp_path / "sprung").exists()


@pytest.fixture
def full_disk():
    """Stands for a full disk: no file may grow beyond 100 bytes."""
    resource = pytest.importorskip("resource")  # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_cannot_be_stored_is_returned_with_a_warning_and_leaves_nothing_behind(tmp_path, full_disk):
    with pytest.warns(UserWarning, match=rf"{KEY}\.npz: cannot be stored \(.*File too large.*\); it will be computed again"):
        assert cached(tmp_path, KEY, lambda: VALUES) is VALUES
    assert list(tmp_path.iterdir()) == []


def test_place_that_is_no_folder_loses_no_result(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.warns(UserWarning, match="cannot be stored"):
        assert cached(tmp_path / "taken", KEY, lambda: VALUES) is VALUES


def test_interrupted_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*arguments, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cached(tmp_path, KEY, lambda: VALUES)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 700), byte=st.integers(1, 255))
def test_any_changed_byte_gives_the_right_values_all_the_same(tmp_path, place, byte):
    cached(tmp_path, KEY, lambda: VALUES)
    file = tmp_path / f"{KEY}.npz"
    content = bytearray(file.read_bytes())
    content[place % len(content)] ^= byte
    file.write_bytes(content)
    with warnings.catch_warnings(action="ignore"):
        again = cached(tmp_path, KEY, lambda: VALUES)
    np.testing.assert_array_equal(again, VALUES)
    assert again.dtype == VALUES.dtype
