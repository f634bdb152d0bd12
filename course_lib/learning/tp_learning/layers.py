"""Question of the exercise sheet: the derivatives of one layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.learning.activations import Activation, activation
from course_lib.learning.backprop import layer
from course_lib.teaching.properties import differs, numbers, slopes
from course_lib.teaching.questions import Question

Arrays = tuple[np.ndarray, ...]


def _draw(rng: np.random.Generator) -> dict[str, np.ndarray]:
    # Small enough that no unit is saturated.
    return {"h": numbers(rng, 4, 3) / 2, "W": numbers(rng, 3, 2) / 4, "b": numbers(rng, 2) / 4, "dL_dout": numbers(rng, 4, 2)}


@np.errstate(all="ignore")
def _fault(h: np.ndarray, W: np.ndarray, b: np.ndarray, dL_dout: np.ndarray, *gradients: np.ndarray) -> str | None:
    given = {"W": W, "b": b, "h": h}
    for (name, value), gradient in zip(given.items(), gradients, strict=True):

        def loss(changed: np.ndarray, name: str = name) -> float:
            now = {**given, name: changed}
            return float(np.sum(dL_dout * np.tanh(now["h"] @ now["W"] + now["b"])))

        expected = slopes(loss, value)
        if (place := differs(gradient, expected)) is not None:
            entry = f"{name}[{', '.join(map(str, place))}]"
            return (
                f"when {entry} alone grows a little, the loss changes at the rate {expected[place]:.4g} (by finite "
                f"differences), but dL_d{name} has {gradient[place]:.4g} there. On which outputs does {entry} act?"
            )
    return None


def _with_slope(slope: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., Arrays]:
    """A mistaken answer: `slope` makes what stands in the place of f′(a), from a and f(a)."""

    def answer(h: np.ndarray, W: np.ndarray, b: np.ndarray, dL_dout: np.ndarray) -> Arrays:
        (dL_dW, dL_db), dL_dh = layer(h, W, b, Activation(np.tanh, slope))[1](dL_dout)
        return dL_dW, dL_db, dL_dh

    return answer


_right = _with_slope(activation("tanh").slope)


def _but(change: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """A mistaken answer: `change` takes the three right gradients, then the arguments."""
    return lambda *arguments: change(*_right(*arguments), *arguments)


QUESTIONS = {
    "layer-backward": Question(
        function="layer_backward(h, W, b, dL_dout)",
        draw=_draw,
        returns={
            "dL_dW": lambda h, W, b, dL_dout: W.shape,
            "dL_db": lambda h, W, b, dL_dout: b.shape,
            "dL_dh": lambda h, W, b, dL_dout: h.shape,
        },
        fault=_fault,
        misconceptions={
            "the slope of tanh is missing: what arrives at the output has to pass the activation before it reaches W, b and "
            "h.": _with_slope(lambda a, out: np.ones_like(a)),
            "the slope of tanh is taken at the wrong place: tanh is applied twice in it. It belongs to the pre-activation "
            "a.": _with_slope(lambda a, out: 1 - np.tanh(out) ** 2),
            "1 − t² is the slope of tanh if t is the output of the layer, tanh(a). You put the pre-activation a in its "
            "place.": _with_slope(lambda a, out: 1 - a**2),
            "the slope of tanh is applied to dL_dW and dL_db, but not to dL_dh.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW, db, dL_dout @ W.T)
            ),
            "dL_dh is multiplied by the slope of the layer before, which sent h. That is its own business.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW, db, dh * (1 - h**2))
            ),
            "dL_dW and dL_db are averages over the batch. Every sample adds to the loss through the same W and b; a mean, "
            "where the loss is one, is already in dL_dout.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW / len(h), db / len(h), dh)
            ),
            "all three are divided by the size of the batch. A mean, where the loss is one, is already in dL_dout.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW / len(h), db / len(h), dh / len(h))
            ),
            "dL_db is an average over the batch. Every sample adds to the loss through the same b.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW, db / len(h), dh)
            ),
            "dL_db has a row for each sample. They share one b, so what they say of it is added up.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW, dL_dout * (1 - np.tanh(h @ W + b) ** 2), dh)
            ),
            "dL_dW is transposed. W[i, j] leads from input i to output j, and its derivative stands at the same place.": _but(
                lambda dW, db, dh, h, W, b, dL_dout: (dW.T, db, dh)
            ),
        },
        praise="All three gradients agree with finite differences.",
        seconds=20,
    ),
}
