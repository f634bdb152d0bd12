"""Sees to it that a function leaves a way for gradients, back to the network from which its argument comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from course_lib.teaching.attempts import DetourError

#: Ways out of torch, and ways back in. What goes out and comes in again has lost its gradient.
_OUT, _IN = {"numpy", "item", "tolist", "__array__", "__float__"}, {"tensor", "as_tensor", "from_numpy"}
#: Whether it is the question that looks at a tensor, not the student's function.
_LOOKING: ContextVar[bool] = ContextVar("looking", default=False)


def arrays(*values: Any) -> list[np.ndarray]:
    """Tensors as arrays, while `gradients_pass` looks away."""
    token = _LOOKING.set(True)
    try:
        return [value.numpy() if isinstance(value, torch.Tensor) else np.asarray(value) for value in values]
    finally:
        _LOOKING.reset(token)


def on_arrays(mistake: Callable[..., Any]) -> Callable[..., Any]:
    """A misconception that is written for arrays, for arguments that are tensors."""
    return lambda *given: mistake(*arrays(*given))


@contextmanager
def gradients_pass(*arguments: Any) -> Iterator[None]:
    """While this lasts, the third argument, which comes from a network, may not leave torch, nor anything come back into it.

    Raises
    ------
    DetourError
        When it does, or when gradients are cut or switched off.
    """
    before = torch.is_grad_enabled()
    try:
        with _Watching(arguments[2]):
            yield
    finally:
        torch.set_grad_enabled(before)


class _Watching(TorchFunctionMode):
    def __init__(self, learned: torch.Tensor):
        super().__init__()
        self._learned, self._left = learned, ""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _LOOKING.get():
            return func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        cut = name if name == "detach" or func == torch.Tensor.data.__get__ else ""
        if name in _OUT and self._is_learned(args[0]):
            cut = name
        if cut or (name in _IN and self._left):
            raise DetourError(
                f"your function takes the network's outputs out of torch, by `{_written(cut or self._left)}`. Through this "
                "place no gradient passes, and the network behind it could not learn. Stay with operations on tensors."
            )
        back_on = name == "_set_grad_enabled"  # at the end of `no_grad`
        if not torch.is_grad_enabled() and not back_on:
            raise DetourError(
                "gradients are switched off while your function computes, and the network behind it could not learn. Leave out "
                "`no_grad`."
            )
        self._left = name if name in _OUT else self._left
        return func(*args, **(kwargs or {}))

    def _is_learned(self, value: torch.Tensor) -> bool:
        with torch._C.DisableTorchFunction():
            return value.shape == self._learned.shape and torch.equal(value, self._learned)


def _written(name: str) -> str:
    """How a student wrote it."""
    return {"__array__": "np.asarray", "__get__": ".data", "__float__": "float"}.get(name, name)
