"""The linear 2-d system: a point that turns slowly around the origin, pushed a little at random and seen through a noise.

Here the Kalman filter is the exact answer, so that whatever a network learns can be held against the best there is. One turn
takes 200 steps: nobody who has seen fifty steps has seen more than a quarter of the circle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.assimilation.state_space import LinearGaussian
from course_lib.assimilation.systems import Experiment, System, simulate

THETA = np.pi / 100  #: angle of one step, in radians
SIGMA_P, SIGMA_O = 0.01, 0.1  #: standard deviations of the model error and of the observation error, each coordinate
START, SIGMA_0 = (3.0, 3.0), 0.01  #: mean of x_0, and the standard deviation of each of its coordinates

#: The rotation, shape (2, 2): x_t = M x_{t-1} + η_t.
M = np.array([[np.cos(THETA), np.sin(THETA)], [-np.sin(THETA), np.cos(THETA)]])


def step(x: Any) -> Any:
    """One step M x of the rotation, for states of shape (..., 2), numpy arrays and torch tensors alike.

    Equation: eq-linear2d
    """
    return x @ (M.T if isinstance(x, np.ndarray) else x.new_tensor(M.T))


def system() -> System:
    """The system with its errors: H = I, Q = σ_p² I, R = σ_o² I and x_0 ~ N((3, 3), 0.01² I).

    Equation: eq-linear2d
    """
    eye = np.eye(2)
    return System(step, eye, SIGMA_P**2 * eye, SIGMA_O**2 * eye, np.array(START), SIGMA_0**2 * eye)


def linear_gaussian() -> LinearGaussian:
    """The same system as the Kalman filter takes it, with its matrix M.

    Equation: eq-linear2d
    """
    _, H, Q, R, mean, covariance = system()
    return LinearGaussian(M, Q, H, R, mean, covariance)


def experiment(steps: int, size: int, seed: int) -> Experiment:
    """Fresh sequences of the system: initial (size, 2), states and observations (size, steps, 2).

    A longer experiment from the same seed begins like a shorter one.

    Parameters
    ----------
    steps : number T of steps, at least 1.
    size : number of independent sequences, at least 1.
    seed : of the random numbers.

    Equation: eq-linear2d
    """
    return simulate(system(), steps, size, np.random.default_rng(seed))
