"""What a student's function returned: read as arrays of the expected shapes, and put into words however strange it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_LINES = 12  # lines of an array that are shown

#: What an array may hold, by the kind of its dtype, where it is not real numbers.
_ELEMENTS = {"c": "of complex numbers, ", "O": "of Python objects, ", "U": "of texts, "}


def as_arrays(returned: Any, shapes: Mapping[str, tuple[int, ...]], function: str) -> tuple[tuple[np.ndarray, ...], str]:
    """What came back as arrays of the expected shapes, and an empty text; or what is wrong with it in words."""
    if returned is None:
        return (), f"`{function}` returned nothing. Is the `return` missing?"
    values = parts(returned, len(shapes))
    if len(values) != len(shapes):
        expected = f"{len(shapes)} results ({', '.join(shapes)})"
        return (), f"`{function}` should return {expected}, separated by commas; it returned {kind(returned)}."
    arrays = []
    for (name, shape), value in zip(shapes.items(), values, strict=True):
        array, complaint = _as_expected(name, value, shape, function)
        if complaint:
            return (), complaint
        arrays.append(array)
    return tuple(arrays), ""


def parts(returned: Any, count: int) -> tuple[Any, ...]:
    """What came back, as a tuple of `count` things where it is one."""
    return tuple(returned) if count > 1 and isinstance(returned, tuple | list) else (returned,)


def as_array(value: Any) -> np.ndarray:
    """An array of doubles.

    Raises
    ------
    TypeError, ValueError
        If `value` is none: a text, a ragged list, complex numbers, None.
    """
    if hasattr(value, "detach"):  # a torch tensor that remembers how it was computed
        value = value.detach()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected real numbers, got {array.dtype}")
    return array.astype(float)


def shown(value: Any, indent: int = 0) -> str:
    """A value in a few lines, however large it is; all lines but the first are indented."""
    if isinstance(value, bool | int):
        return repr(value)
    try:
        array = as_array(value)
    except Exception:  # whatever a student's object does when it is looked at
        return beginning(_safe_repr(value), 200)
    text = np.array2string(array, precision=4, suppress_small=True, threshold=60, edgeitems=3, max_line_width=90)
    lines = text.splitlines()
    return ("\n" + " " * indent).join(lines if len(lines) <= _LINES else [*lines[:_LINES], "…"])


def kind(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "None"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} things"
    if isinstance(value, np.ndarray):
        return f"an array {_ELEMENTS.get(value.dtype.kind, '')}of shape {value.shape}"
    return f"a value of type {type(value).__name__}"


def beginning(text: str, length: int) -> str:
    """A text, or as much of it, and three dots."""
    return text if len(text) <= length else f"{text[:length]}…"


def _as_expected(name: str, value: Any, shape: tuple[int, ...], function: str) -> tuple[np.ndarray, str]:
    nothing = np.empty(0)
    try:
        array = as_array(value)
    except Exception:  # as above; the student is told what came
        return nothing, f"`{function}` should return numbers as {name}; it returned {kind(value)}."
    if array.shape != shape:
        asked = f"shape {shape}" if shape else "a single number"
        return nothing, f"{name} should have {asked}; `{function}` returned {_shape_words(array)}."
    if not np.isfinite(array).all():
        count = int(np.sum(~np.isfinite(array)))
        return nothing, f"{name} contains NaN or infinity in {count} of {array.size} places. Which operation makes it?"
    return array, ""


def _shape_words(array: np.ndarray) -> str:
    return f"shape {array.shape}" if array.shape else "a single number"


def _safe_repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # a student's object may have a broken one
        return f"<{type(value).__name__}>"
