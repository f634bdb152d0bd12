"""Zip files that depend on nothing but what is in them: the same files give the same zip, byte by byte."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import BinaryIO


def write_zip(file: BinaryIO, contents: Mapping[str, bytes]) -> dict[str, int]:
    """Write a zip file of name → content; returns what each name weighs in it, in bytes.

    >>> from io import BytesIO
    >>> one, other = BytesIO(), BytesIO()
    >>> _, sizes = write_zip(one, {"a": b"1", "b": b""}), write_zip(other, {"b": b"", "a": b"1"})
    >>> sorted(sizes), one.getvalue() == other.getvalue()
    (['a', 'b'], True)
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name)  # its date is the first that a zip file knows
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents[name], zipfile.ZIP_DEFLATED)
        return {entry.filename: entry.compress_size for entry in archive.infolist()}
