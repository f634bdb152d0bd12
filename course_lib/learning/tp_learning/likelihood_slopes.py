"""Question of the exercise sheet: the derivatives of the Gaussian negative log-likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.learning.gaussian_loss import gaussian_nll_slopes
from course_lib.learning.tp_learning.likelihood import ONE_ROW, draw, surprise
from course_lib.teaching.properties import differs, slopes
from course_lib.teaching.questions import Question

Pair = tuple[np.ndarray, np.ndarray]


@np.errstate(all="ignore")
def _gradient_fault(
    y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray, dL_dmu: np.ndarray, dL_dlog_sigma: np.ndarray
) -> str | None:
    ways = {
        "mu": (dL_dmu, slopes(lambda changed: surprise(y, changed, log_sigma), mu, step=1e-3)),
        "log_sigma": (dL_dlog_sigma, slopes(lambda changed: surprise(y, mu, changed), log_sigma, step=1e-3)),
    }
    for name, (gradient, expected) in ways.items():
        if (place := differs(gradient, expected)) is not None:
            return (
                f"when {name}[{place[0]}, 0] alone grows a little, the loss changes at the rate {expected[place]:.4g} (by "
                f"finite differences), but dL_d{name} has {gradient[place]:.4g} there."
            )
    return None


def _gradient_but(change: Callable[..., Pair]) -> Callable[..., Pair]:
    """A mistaken gradient: `change` takes the two right ones and sigma."""

    def gradient(y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> Pair:
        by_mu, by_log_sigma = gaussian_nll_slopes(y[:, None], mu, log_sigma)
        return change(by_mu / len(y), by_log_sigma / len(y), np.exp(log_sigma))

    return gradient


def _crossed(y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> Pair:
    by_mu, by_log_sigma = gaussian_nll_slopes(y, mu, log_sigma)
    return by_mu / len(y), by_log_sigma / len(y)


QUESTIONS = {
    "nll-gradient": Question(
        function="nll_gradient(y, mu, log_sigma)",
        draw=draw,
        returns={
            "dL_dmu": lambda y, mu, log_sigma: mu.shape,
            "dL_dlog_sigma": lambda y, mu, log_sigma: log_sigma.shape,
        },
        fault=_gradient_fault,
        misconceptions={
            ONE_ROW: _crossed,
            "the second is the derivative by σ. Asked is the one by log σ; when log σ grows by a little, by how much does "
            "σ?": _gradient_but(lambda by_mu, by_s, sigma: (by_mu, by_s / sigma)),
            "the second is the derivative by the logarithm of the variance, half of what is asked.": _gradient_but(
                lambda by_mu, by_s, sigma: (by_mu, by_s / 2)
            ),
            "both have the wrong sign. Where y is larger than mu, the loss falls when mu grows.": _gradient_but(
                lambda by_mu, by_s, sigma: (-by_mu, -by_s)
            ),
            "dL_dmu has the wrong sign. Where y is larger than mu, the loss falls when mu grows.": _gradient_but(
                lambda by_mu, by_s, sigma: (-by_mu, by_s)
            ),
            "dL_dlog_sigma has the wrong sign. Where y is far from mu, the loss falls when σ grows.": _gradient_but(
                lambda by_mu, by_s, sigma: (by_mu, -by_s)
            ),
            "the loss is a mean over N samples, and one sample moves it by 1/N of its own change. That factor is "
            "missing.": lambda y, mu, log_sigma: gaussian_nll_slopes(y[:, None], mu, log_sigma),
            "dL_dmu is divided by σ; the deviation is in units of σ, and so is the change of mu.": _gradient_but(
                lambda by_mu, by_s, sigma: (by_mu * sigma, by_s)
            ),
            "dL_dmu is that of half the mean square error. An error counts the more the smaller σ is.": _gradient_but(
                lambda by_mu, by_s, sigma: (by_mu * sigma**2, by_s)
            ),
        },
        praise="Both agree with finite differences of the loss.",
        seconds=20,
    ),
}
