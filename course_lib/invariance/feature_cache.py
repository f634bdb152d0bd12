"""Features kept on disk under a name that is made from what they were computed from.

The name is a hash of the input's bytes and of everything that shapes the result, so a stored file never goes stale: another
input or setting has another name. Files are plain arrays, read without pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.basics.stored import read_arrays


def content_key(array: np.ndarray, settings: Mapping[str, Any]) -> str:
    """A name for the result of a computation: 32 hexadecimal digits.

    Parameters
    ----------
    array : the input; its bytes, shape and type count.
    settings : all else that shapes the result, the version of the program that computes it included; plain values.

    Examples
    --------
    >>> content_key(np.zeros(3), {"J": 2}) == content_key(np.zeros(3), {"J": 2})
    True
    >>> content_key(np.zeros(3), {"J": 2}) == content_key(np.zeros(3), {"J": 3})
    False
    """
    described = {"shape": array.shape, "dtype": array.dtype.str, **settings}
    digest = hashlib.blake2b(json.dumps(described, sort_keys=True).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def cached(folder: str | Path | None, key: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """What is stored under a name or, if nothing is, what a function returns, stored for the next time.

    Parameters
    ----------
    folder : where the files lie, made if it is not there; with None nothing is read or stored.
    key : the name, from :func:`content_key`.
    compute : a function without arguments that returns an array of numbers; not called if the result is stored.

    Warns
    -----
    UserWarning
        If the stored file is damaged: then it is computed again and replaced. If nothing can be stored, on a full disk for
        instance: what was computed is returned all the same.
    """
    if folder is None:
        return compute()
    file = Path(folder) / f"{key}.npz"
    if file.exists():
        try:
            return _read(file, key)
        except (OSError, ValueError, KeyError) as error:
            warnings.warn(f"{file}: cannot be used ({error}); computed again and replaced", UserWarning, stacklevel=3)
    values = compute()
    try:
        _write(file, key, values)
    except OSError as error:
        warnings.warn(f"{file}: cannot be stored ({error}); it will be computed again", UserWarning, stacklevel=3)
    return values


def _read(file: Path, key: str) -> np.ndarray:
    stored = read_arrays(file)
    values = stored["values"]
    if str(stored["digest"]) != _digest(key, values):
        raise ValueError("its content does not match its checksum")
    return values


def _write(file: Path, key: str, values: np.ndarray) -> None:
    """Write beside the place and then rename, so that nobody ever reads half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(stream, values=values, digest=_digest(key, values))
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def _digest(key: str, values: np.ndarray) -> str:
    # The key belongs to it: a whole file under another's name is as wrong as half of one.
    return hashlib.blake2b(np.ascontiguousarray(values).data, key=key.encode(), digest_size=16).hexdigest()
