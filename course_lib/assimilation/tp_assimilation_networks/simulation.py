"""Question of the exercise sheet: sequences of states and observations, each observation beside its own state.

In some cases the noise is switched off: then every number is known. In the others it is measured.
"""

from __future__ import annotations

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.parts import Seeded
from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.assimilation.tp_assimilation_networks.randomness import from_the_given_rng
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import tensor

SIZE, STEPS = 256, 8
#: By which share a measured standard deviation may differ: for 4096 numbers, 1.1 % is one standard deviation of it.
MARGIN = 0.1


def _draw(rng: np.random.Generator) -> Arguments:
    angle, noisy = rng.uniform(0.3, 1.2), bool(rng.integers(2))
    M = np.array([[0.8 * np.cos(angle), np.sin(angle)], [-np.sin(angle), 1.1 * np.cos(angle)]])
    sigma_p, sigma_o = (float(rng.choice([0.1, 0.2])), float(rng.choice([0.3, 0.5]))) if noisy else (0.0, 0.0)
    return {
        "M": tensor(M),
        "x0": tensor(rng.uniform(-3, 3, (SIZE, 2))) + 5,
        "sigma_p": sigma_p,
        "sigma_o": sigma_o,
        "T": STEPS,
        "rng": Seeded(int(rng.integers(1000))),
    }


def _is_noise(residual: np.ndarray, sigma: float, scale: float) -> bool:
    """Whether a residual has the size that it should have; without noise, every single entry of it."""
    if sigma == 0:
        return bool(np.abs(residual).max() <= 1e-6 * scale)
    return abs(np.sqrt(np.mean(residual**2)) / sigma - 1) <= MARGIN


@np.errstate(all="ignore")
def _fault(
    M: torch.Tensor,
    x0: torch.Tensor,
    sigma_p: float,
    sigma_o: float,
    T: int,
    rng: Seeded,
    states: np.ndarray,
    observations: np.ndarray,
) -> str | None:
    matrix, start = M.numpy(), x0.numpy()[:, None]
    scale = 1 + float(np.abs(start).max())
    if np.abs(states[:, :1] - start).max() <= 1e-9 * scale:
        return "the first of the states is x_0. The states begin with x_1, which has moved once; x_0 is not observed."
    path = np.concatenate([start, states], axis=1)
    model, observed = path[:, 1:] - path[:, :-1] @ matrix.T, observations - states
    if complaint := _sameness(model, observed, sigma_p, sigma_o):
        return complaint
    if not _is_noise(model, sigma_p, scale):
        return _model_words(path, matrix, model, sigma_p, scale)
    if not _is_noise(observed, sigma_o, scale):
        return _observation_words(states, observations, sigma_o, scale)
    if sigma_p:
        return _dependence(model / sigma_p, observed / sigma_o)
    return SINGLE if in_single_precision(states) else None


def _model_words(path: np.ndarray, matrix: np.ndarray, model: np.ndarray, sigma: float, scale: float) -> str:
    if _is_noise(path[:, 1:] - path[:, :-1] @ matrix, sigma, scale):
        return "the states follow the transposed M. They are rows here: M x becomes x @ M.T."
    if sigma and _is_noise(model, sigma**2, scale):
        return "the model error is scaled with σ_p². σ_p is its standard deviation, not its variance."
    if sigma and not model.any():
        return "the states move without model error, though sigma_p is not zero."
    if np.abs(path[:, 1] - path[:, 0] @ matrix.T).max() <= 9 * sigma + 1e-6 * scale:
        return "x_1 follows from x_0, but later states not from those before them. Is an old state moved, or a noisy one?"
    return (
        f"what is left of x_t − M x_(t−1) has the standard deviation {np.sqrt(np.mean(model**2)):.4g}, and should have "
        f"sigma_p = {sigma:g}."
    )


def _observation_words(states: np.ndarray, observations: np.ndarray, sigma: float, scale: float) -> str:
    if _is_noise(observations[:, :-1] - states[:, 1:], sigma, scale):
        return "the observation of x_(t+1) stands beside x_t. At each index there should be a state and its own observation."
    if _is_noise(observations[:, 1:] - states[:, :-1], sigma, scale):
        return "the observation of x_(t−1) stands beside x_t. At each index there should be a state and its own observation."
    error = observations - states
    if sigma and _is_noise(error, sigma**2, scale):
        return "the observation error is scaled with σ_o². σ_o is its standard deviation, not its variance."
    if sigma and not error.any():
        return "the observations are the states themselves, though sigma_o is not zero."
    return f"y_t − x_t has the standard deviation {np.sqrt(np.mean(error**2)):.4g}, and should have sigma_o = {sigma:g}."


def _sameness(model: np.ndarray, observed: np.ndarray, sigma_p: float, sigma_o: float) -> str | None:
    """Whether all sequences have one noise; its size is then known from few numbers only."""
    for name, noise, sigma in (("model", model, sigma_p), ("observation", observed, sigma_o)):
        size = np.sqrt(np.mean(noise**2))
        if 0 < size < 3 * sigma and noise.std(axis=0).mean() < size / 2:
            return f"all sequences have the same {name} error. Draw it for each of them."
    return None


def _dependence(model: np.ndarray, observed: np.ndarray) -> str | None:
    """What is wrong with noise of the right size: a mean, or a dependence where there should be none."""
    for name, noise in (("model", model), ("observation", observed)):
        if abs(noise.mean()) > MARGIN * 1.5:
            return f"the {name} errors do not have the mean 0: their mean is {noise.mean():.2g} standard deviations."
        if np.mean(noise[:, 1:] * noise[:, :-1]) > 0.5:
            return f"a sequence has the same {name} error at all times. Draw it anew in each step."
        if np.mean(noise[..., 0] * noise[..., 1]) > 0.5:
            return f"both coordinates have the same {name} error. Draw one for each."
    if np.mean(model * observed) > 0.5:
        return "model error and observation error are the same random numbers. Draw each for itself."
    return None


QUESTIONS = {
    "simulate": Question(
        function="simulate(M, x0, sigma_p, sigma_o, T, rng)",
        draw=_draw,
        returns={
            "the states": lambda M, x0, sigma_p, sigma_o, T, rng: (len(x0), T, 2),
            "the observations": lambda M, x0, sigma_p, sigma_o, T, rng: (len(x0), T, 2),
        },
        fault=_fault,
        misconceptions={},
        praise="The states follow M, noise has the size that it should, and each observation stands beside its own state.",
        watch=from_the_given_rng,
        cases=30,  # with and without noise: one of them is missing with a chance of 2·10⁻⁹
    ),
}
