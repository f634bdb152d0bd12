"""The short-time Fourier transform, and how sharp a window is in time and in frequency."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array
from course_lib.invariance.morlet_plane import grid_frequencies


class Spreads(NamedTuple):
    """Standard deviations of a window's energy in `time`, in samples, and in `frequency`, in radians per sample."""

    time: float
    frequency: float


def spreads(window: ArrayLike) -> Spreads:
    """How far a window's energy reaches in time and in frequency.

    Parameters
    ----------
    window : real, shape (N,), not zero; even and centred, so that its mean frequency is zero.

    Raises
    ------
    ValueError
        If `window` is not a row of finite numbers, or zero.

    Equation: eq-wav-spreads
    """
    window = finite_array("window", window, (None,))
    if not window.any():
        raise ValueError("window: expected at least one value other than zero")
    time, energy = np.arange(len(window)), window**2 / np.sum(window**2)
    power = np.abs(np.fft.fft(window)) ** 2
    variance = np.sum(energy * (time - np.sum(energy * time)) ** 2)
    frequency = np.sum(power * grid_frequencies(len(window)) ** 2) / np.sum(power)
    return Spreads(float(np.sqrt(variance)), float(np.sqrt(frequency)))


def windowed_fourier(signals: ArrayLike, window: ArrayLike) -> np.ndarray:
    """The short-time Fourier transform, periodic, at every sample and every frequency from 0 to π.

    Parameters
    ----------
    signals : real, shape (..., N).
    window : real, shape (N,), centred on the sample N // 2.

    Returns
    -------
    complex, shape (..., N // 2 + 1, N): frequency, then the place of the window's centre.

    Equation: eq-wav-windowed
    """
    window = finite_array("window", window, (None,))
    N = len(window)
    signals = finite_array("signals", signals, (..., N))
    place = (np.arange(N)[:, None] + np.arange(N) - N // 2) % N
    windowed = np.fft.rfft(signals[..., place] * window, axis=-1)
    # The samples under the window are counted from its left end, the phases from the first sample of the signal.
    phase = np.exp(-2j * np.pi * np.arange(N // 2 + 1) * (np.arange(N)[:, None] - N // 2) / N)
    return np.swapaxes(windowed * phase, -1, -2)
