"""What the Jacobian of a time step says: the rate matrix behind it, and the directions along and across an attractor."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import logm

from course_lib.basics.arguments import finite_array, positive_number


def rate_matrices(jacobians: ArrayLike, dt: float) -> np.ndarray:
    """The matrices G with exp(dt G) = J, shape (N, n, n): constant rates that would lead to the same change of small errors.

    Parameters
    ----------
    jacobians : Jacobians J of a time step, shape (N, n, n).
    dt : length of the step, positive.

    Raises
    ------
    ValueError
        If an array has another shape, or a Jacobian has an eigenvalue that is zero or negative: then there is no real G.

    Equation: eq-rate-matrix
    """
    jacobians = finite_array("jacobians", jacobians, (None, None, None))
    if jacobians.shape[1] != jacobians.shape[2]:
        raise ValueError(f"jacobians: expected square matrices, got shape {jacobians.shape}")
    values = np.linalg.eigvals(jacobians)
    if (bad := (np.abs(values.imag) < 1e-12) & (values.real <= 0)).any():
        least = values[bad].real.min()
        raise ValueError(f"jacobians: expected no eigenvalue that is zero or negative, got {least:.3g}; take a shorter step")
    return np.array([logm(jacobian).real for jacobian in jacobians]) / positive_number("dt", dt)


def sheet_frames(jacobians: ArrayLike, spin_up: int) -> np.ndarray:
    """Orthonormal frames along a run, the directions in which small errors have grown most first, shape (T − spin_up, n, n).

    The columns of a frame are the backward Lyapunov vectors. On an attractor that is a thin stack of sheets, such as Lorenz-63,
    the first two lie in the sheet and the last stands across it.

    Parameters
    ----------
    jacobians : Jacobians of consecutive steps along one run, shape (T, n, n).
    spin_up : steps in which the frames forget their start, from 0 to T − 1.

    Returns
    -------
    The frame at the state after each step from number `spin_up` on, counted from zero.

    Raises
    ------
    ValueError
        If an array has another shape or `spin_up` is out of range.

    Equation: eq-sheet-frame
    """
    jacobians = finite_array("jacobians", jacobians, (None, None, None))
    if jacobians.shape[1] != jacobians.shape[2]:
        raise ValueError(f"jacobians: expected square matrices, got shape {jacobians.shape}")
    if isinstance(spin_up, bool) or not isinstance(spin_up, int) or not 0 <= spin_up < len(jacobians):
        raise ValueError(f"spin_up: expected a whole number, 0 to {len(jacobians) - 1}, got {spin_up!r}")
    frame, frames = np.eye(jacobians.shape[1]), []
    for jacobian in jacobians:
        frame = np.linalg.qr(jacobian @ frame)[0]
        frames.append(frame)
    return np.array(frames[spin_up:])
