"""Arrays come back as they were stored; whatever is wrong with a file is said in one kind of error."""

import io
import warnings
import zipfile
from contextlib import nullcontext

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


def test_a_stranger_among_the_arrays_is_named(tmp_path):
    np.savez(tmp_path / "mixed.npz", slope=np.ones(2))
    with zipfile.ZipFile(tmp_path / "mixed.npz", "a") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(ValueError, match=r"mixed\.npz cannot be read as arrays: notes\.txt in it is no array"):
        read_arrays(tmp_path / "mixed.npz")


def test_what_would_unpack_to_more_than_memory_is_refused_unread(tmp_path):
    (tmp_path / "a.npz").write_bytes(WHOLE)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("zeros.npy", b"")
        archive.infolist()[-1].file_size = 2**31  # what the archive says of itself
    with pytest.raises(ValueError, match="its arrays take 2 GiB, more than 1 GiB"):
        read_arrays(tmp_path / "a.npz")


@pytest.mark.parametrize("more", [0, 1])
def test_size_is_refused_from_one_byte_above_a_gibibyte(tmp_path, more):
    (tmp_path / "a.npz").write_bytes(WHOLE)
    np.save(tmp_path / "end.npy", np.zeros(3))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.write(tmp_path / "end.npy", "end.npy")
        archive.infolist()[-1].file_size += 2**30 + more - sum(entry.file_size for entry in archive.infolist())
    with pytest.raises(ValueError, match="more than 1 GiB") if more else nullcontext():
        assert list(read_arrays(tmp_path / "a.npz")) == ["slope", "name", "end"]


def test_a_damaged_file_is_named_as_it_was_given(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"no zip")
    with path.open("rb") as opened:
        for file, name in ((path, path), (str(path), path), (opened, path), (io.BytesIO(b"no zip"), "of bytes")):
            with pytest.raises(ValueError, match="cannot be read as arrays") as refused:
                read_arrays(file)
            assert str(refused.value).startswith(f"file: {name} cannot")


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
