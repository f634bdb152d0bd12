"""Random linear Gaussian models, and their exact answers from one big joint Gaussian of all states and observations."""

from typing import NamedTuple

import numpy as np
from scipy.stats import multivariate_normal
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

from course_lib.assimilation.state_space import LinearGaussian


class Exact(NamedTuple):
    """Moments of x_0, ..., x_T given the observations: mean (T + 1, n), covariance (T + 1, n, T + 1, n); log p(y)."""

    mean: np.ndarray
    covariance: np.ndarray
    log_likelihood: float


def spread(n, rng):
    root = rng.normal(size=(n, n))
    return root @ root.T + 0.1 * np.eye(n)


def random_model(n, p, rng, radius=0.95):
    M = rng.normal(size=(n, n))
    M *= radius / np.abs(np.linalg.eigvals(M)).max()
    return LinearGaussian(M, spread(n, rng), rng.normal(size=(p, n)), spread(p, rng), rng.normal(size=n), spread(n, rng))


def draw(model, steps, size, rng):
    """States (size, steps, n) and observations (size, steps, p)."""
    x = rng.multivariate_normal(model.mean, model.covariance, size)
    states, observations = [], []
    for _ in range(steps):
        x = x @ model.M.T + rng.multivariate_normal(np.zeros(len(model.M)), model.Q, size)
        states.append(x)
        observations.append(x @ model.H.T + rng.multivariate_normal(np.zeros(len(model.H)), model.R, size))
    return np.stack(states, 1), np.stack(observations, 1)


def joint_answer(model, y):
    """Stack all times, condition once; y has shape (T, p), NaN where missing."""
    M, Q, H, R, mean, covariance = model
    T, n, p = len(y), len(M), len(H)
    powers = [np.linalg.matrix_power(M, k) for k in range(T + 1)]
    blocks = [[powers[t - s] if s <= t else np.zeros((n, n)) for s in range(T + 1)] for t in range(T + 1)]
    A, noise = np.block(blocks), np.kron(np.eye(T + 1), Q)
    noise[:n, :n] = covariance
    mu, K = A[:, :n] @ mean, A @ noise @ A.T
    seen = ~np.isnan(y.ravel())
    L = np.kron(np.eye(T + 1), H)[p:][seen]
    S = L @ K @ L.T + np.kron(np.eye(T), R)[np.ix_(seen, seen)]
    gain, u = np.linalg.solve(S, L @ K).T, y.ravel()[seen]
    likelihood = multivariate_normal(L @ mu, S).logpdf(u) if seen.any() else 0.0
    return Exact((mu + gain @ (u - L @ mu)).reshape(-1, n), (K - gain @ L @ K).reshape(T + 1, n, T + 1, n), likelihood)


def statsmodels_smoother(model, y):
    """The filter and smoother of statsmodels for a model, with the observations (T, p) bound to it."""
    theirs = KalmanSmoother(k_endog=len(model.H), k_states=len(model.M))
    theirs["transition"], theirs["state_cov"], theirs["selection"] = model.M, model.Q, np.eye(len(model.M))
    theirs["design"], theirs["obs_cov"] = model.H, model.R
    theirs.initialize_known(model.M @ model.mean, model.M @ model.covariance @ model.M.T + model.Q)
    theirs.tolerance = 0  # no short cut to the steady state
    theirs.bind(y)
    return theirs
