"""Problems that several tests of this part solve."""

import numpy as np


def linear_data(seed, n=3, size=200):
    """Correlated predictors, and a target that is their sum with the weights 1, 2, … and noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((size, n)) @ rng.standard_normal((n, n))
    return x, x @ np.arange(1.0, n + 1) + rng.standard_normal(size)
