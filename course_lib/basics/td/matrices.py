"""Questions of the exercise sheet on matrices: two gradients, and an inverse that follows a small change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics.td.detours import inverting_at_most
from course_lib.teaching.properties import differs, numbers, slopes
from course_lib.teaching.questions import Question


def _gradient_fault(function: Callable[[np.ndarray], float], x: np.ndarray, gradient: np.ndarray, name: str) -> str | None:
    expected = slopes(function, x)
    if (place := differs(gradient, expected)) is None:
        return None
    entry = f"{name}[{', '.join(map(str, place))}]"
    return (
        f"when {entry} alone grows a little, the function changes at the rate {expected[place]:.4g} (by finite differences), "
        f"but your gradient has {gradient[place]:.4g} there. Through which factors does {entry} enter the function?"
    )


@np.errstate(all="ignore")
def _quadratic_fault(x: np.ndarray, A: np.ndarray, gradient: np.ndarray) -> str | None:
    return _gradient_fault(lambda x: float(x @ A @ x), x, gradient, "x")


@np.errstate(all="ignore")
def _trace_fault(X: np.ndarray, A: np.ndarray, B: np.ndarray, gradient: np.ndarray) -> str | None:
    return _gradient_fault(lambda X: float(np.trace(X.T @ A @ X @ B)), X, gradient, "X")


@np.errstate(all="ignore")
def _inverse_fault(A_inverse: np.ndarray, U: np.ndarray, V: np.ndarray, inverse: np.ndarray) -> str | None:
    product = (np.linalg.inv(A_inverse) + U @ V) @ inverse
    if (place := differs(product, np.eye(len(product)))) is None:
        return None
    return (
        f"A + UV times your matrix should be the identity, but entry {place} of the product is {product[place]:.4g}. "
        "Try it with A = 1, U = 1 and V = 1, where the right answer is 1/2."
    )


def _draw_update(rng: np.random.Generator, n: int = 4, k: int = 2) -> dict[str, np.ndarray]:
    while True:
        A_inverse, U, V = numbers(rng, n, n) / 5 + np.eye(n), numbers(rng, n, k), numbers(rng, k, n)
        inner = V @ A_inverse @ U
        middles = inner, np.eye(k) + inner, np.eye(k) - inner
        # The last condition is for those who take the columns one at a time.
        if max(np.linalg.cond(A_inverse), *map(np.linalg.cond, middles)) < 100 and abs(1 + inner[0, 0]) > 0.2:
            return {"A_inverse": A_inverse, "U": U, "V": V}


def _update_by(core: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """A mistaken update: `core` makes what stands in the middle from the unit matrix and V A⁻¹ U."""

    def update(A_inverse: np.ndarray, U: np.ndarray, V: np.ndarray) -> np.ndarray:
        return A_inverse + A_inverse @ U @ core(np.eye(len(V)), V @ A_inverse @ U) @ V @ A_inverse

    return update


QUESTIONS = {
    "quadratic-gradient": Question(
        function="quadratic_gradient(x, A)",
        draw=lambda rng: {"x": numbers(rng, 3), "A": numbers(rng, 3, 3)},
        returns={"the gradient": lambda x, A: x.shape},
        fault=_quadratic_fault,
        misconceptions={
            "this is 2Ax, which is right only when A is symmetric. x stands on both sides of A: let each of them change in "
            "turn, and look from which side it meets A.": lambda x, A: 2 * A @ x,
            "this is 2Aᵀx, which is right only when A is symmetric. x stands on both sides of A: let each of them change in "
            "turn, and look from which side it meets A.": lambda x, A: 2 * A.T @ x,
            "this is Ax, what comes of changing the x on the left only. x stands in the product twice.": lambda x, A: A @ x,
            "this is Aᵀx, what comes of changing the x on the right only. x stands in the product twice.": lambda x, A: A.T @ x,
            "this is (Ax + Aᵀx)/2. Is there a factor ½ in the function?": lambda x, A: (A + A.T) @ x / 2,
        },
        praise="Your gradient agrees with finite differences, also where A is not symmetric.",
    ),
    "trace-gradient": Question(
        function="trace_gradient(X, A, B)",
        draw=lambda rng: {"X": numbers(rng, 3, 2), "A": numbers(rng, 3, 3), "B": numbers(rng, 2, 2)},
        returns={"the gradient": lambda X, A, B: X.shape},
        fault=_trace_fault,
        misconceptions={
            "this is 2AXB, which is right only when A and B are both symmetric. The two X of the trace do not give the same "
            "term.": lambda X, A, B: 2 * A @ X @ B,
            "this is AXB, what comes of changing the transposed X only. X stands in the trace twice.": lambda X, A, B: (
                A @ X @ B
            ),
            "A is transposed in the second term, as it should be, but B is not: a transpose turns a whole product "
            "round.": lambda X, A, B: A @ X @ B + A.T @ X @ B,
            "B is transposed in the second term, as it should be, but A is not: a transpose turns a whole product "
            "round.": lambda X, A, B: A @ X @ B + A @ X @ B.T,
        },
        praise="Your gradient agrees with finite differences in every entry of X.",
    ),
    "rank-k-inverse": Question(
        function="rank_k_inverse(A_inverse, U, V)",
        draw=_draw_update,
        returns={"the inverse": lambda A_inverse, U, V: A_inverse.shape},
        fault=_inverse_fault,
        misconceptions={
            "the correction has the wrong sign. For numbers, 1/(a + uv) is less than 1/a when uv is positive.": _update_by(
                lambda one, inner: np.linalg.inv(one + inner)
            ),
            "the k by k matrix lacks its unit matrix. For numbers: where does the 1 in 1/(1 + v u/a) come from?": _update_by(
                lambda one, inner: -np.linalg.inv(inner)
            ),
            "the k by k matrix in the middle is not inverted.": _update_by(lambda one, inner: -(one + inner)),
            "the k by k matrix has a minus sign between its two terms. For numbers: 1/(a + uv) is infinite where "
            "v u/a is −1.": _update_by(lambda one, inner: -np.linalg.inv(one - inner)),
        },
        praise="A + UV times your matrix is the identity, and nothing larger than k by k was inverted.",
        watch=lambda A_inverse, U, V: inverting_at_most(len(V)),
    ),
}
