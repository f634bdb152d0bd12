"""Problems that several tests of this part solve."""

import numpy as np

SEEDS = range(5)


def bowl(seed, size=4, condition=30.0):
    """A random symmetric positive definite Hessian with a given condition number."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(size, size)))
    eigenvalues = rng.uniform(0.5, 5.0) * np.geomspace(1, condition, size)
    hessian = axes * eigenvalues @ axes.T
    return (hessian + hessian.T) / 2, axes, eigenvalues
