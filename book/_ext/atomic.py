"""Files that are there as a whole or not at all, whatever interrupts the program that writes them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write to; it takes the name `target` when the block ends without an error, and vanishes otherwise.

    Until then, what bore that name before stays as it is.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: two programs at once do not write into one file. In the same folder: the last step is a mere renaming.
    descriptor, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with open(descriptor, "w+b") as file:
            yield file
        os.chmod(unfinished, 0o644)
        os.replace(unfinished, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(unfinished)
        raise
