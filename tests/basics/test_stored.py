"""Arrays come back as they were stored; whatever is wrong with a file is said in one kind of error."""

import io
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.basics.stored import read_arrays


def saved(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


WHOLE = saved(slope=np.arange(6.0).reshape(2, 3), name=np.array("line"))


def test_arrays_come_back_from_a_path_and_from_an_open_file(tmp_path):
    (tmp_path / "line.npz").write_bytes(WHOLE)
    for file in (tmp_path / "line.npz", str(tmp_path / "line.npz"), io.BytesIO(WHOLE)):
        found = read_arrays(file)
        assert list(found) == ["slope", "name"]
        np.testing.assert_array_equal(found["slope"], np.arange(6.0).reshape(2, 3))
        assert str(found["name"]) == "line"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "File is not a zip file"),
        (b"no zip", "File is not a zip file"),
        (WHOLE[:-30], "File is not a zip file"),
        (saved(objects=np.array([{}], dtype=object)), "Object arrays cannot be loaded"),
    ],
)
def test_what_holds_no_plain_arrays_is_refused(tmp_path, content, message):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=rf"^file: .*a\.npz cannot be read as arrays: {message}"):
        read_arrays(tmp_path / "a.npz")


def test_what_would_unpack_to_more_than_memory_is_refused_unread(tmp_path):
    (tmp_path / "a.npz").write_bytes(WHOLE)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("zeros.npy", b"")
        archive.infolist()[-1].file_size = 2**31  # what the archive says of itself
    with pytest.raises(ValueError, match="its arrays take 2 GiB, more than 1 GiB"):
        read_arrays(tmp_path / "a.npz")


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        read_arrays(tmp_path / "absent.npz")


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(1, 255))
def test_a_changed_byte_gives_arrays_or_the_one_error(place, byte):
    content = bytearray(WHOLE)
    content[place] ^= byte
    with warnings.catch_warnings(action="ignore"):
        try:
            found, message = read_arrays(io.BytesIO(content)), "file: "
        except ValueError as error:
            found, message = {}, str(error)
    assert message.startswith("file: ")
    assert all(isinstance(array, np.ndarray) for array in found.values())
