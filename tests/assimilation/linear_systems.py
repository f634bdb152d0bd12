"""Small linear systems on which ensemble filters are held against exact formulas."""

import numpy as np

from course_lib.assimilation.systems import System


def linear_system(seed, n=4, p=2, correlated=True):
    rng = np.random.default_rng(seed)
    M = 0.9 * np.linalg.qr(rng.normal(size=(n, n)))[0]
    root = rng.normal(size=(p, p))
    R = root @ root.T + np.eye(p) if correlated else np.diag(rng.uniform(0.5, 2, p))
    system = System(lambda x: x @ M.T, rng.normal(size=(p, n)), 0.1 * np.eye(n), R, np.zeros(n), np.eye(n))
    return M, system


def kalman_update(mean, P, y, H, R):
    """The textbook update, by inverses."""
    gain = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    return mean + gain @ (y - H @ mean), P - gain @ H @ P
