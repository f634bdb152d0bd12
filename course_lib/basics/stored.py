"""Arrays from an ``.npz`` file that may come from anybody: nothing in it is executed, and damage gives one kind of error."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

_LARGEST = 2**30  # bytes of all arrays: a small file can unpack to any size


def read_arrays(file: str | Path | BinaryIO) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file by name, read without pickle.

    Parameters
    ----------
    file : path or open file.

    Raises
    ------
    ValueError
        If the file is no ``.npz``, is damaged, holds objects instead of numbers and text, or unpacks to more than 1 GiB.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> np.savez(file, slope=np.array([2.0, 3.0]))
    >>> read_arrays(file)
    {'slope': array([2., 3.])}
    """
    name = file if isinstance(file, (str, Path)) else getattr(file, "name", "of bytes")
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST:
            raise ValueError(f"its arrays take {size / 2**30:.0f} GiB, more than 1 GiB")
        if hasattr(file, "seek"):
            file.seek(0)
        with np.load(file, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        if foreign := [key for key, value in arrays.items() if not isinstance(value, np.ndarray)]:
            raise ValueError(f"{foreign[0]} in it is no array")
        return arrays
    except OSError as error:
        if error.errno is not None:  # the file system's own word; a damaged stream is an OSError without a number
            raise
        raise _unreadable(name, error) from error
    except Exception as error:  # one flipped bit makes zipfile or numpy raise almost anything
        raise _unreadable(name, error) from error


def _unreadable(name: object, error: Exception) -> ValueError:
    return ValueError(f"file: {name} cannot be read as arrays: {error}")
