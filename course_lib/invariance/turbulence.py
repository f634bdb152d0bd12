"""Two-dimensional turbulence that decays from a random start: vorticity, by a pseudo-spectral method.

The side of the periodic square is 2π, and the unit of time follows from the first velocity, whose root mean square is 1.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft2, rfft2

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.invariance.gaussian_fields import gaussian_field, unit_variance, wavenumbers


class Flow:
    """The vorticity equation on a periodic grid, for Fourier coefficients as ``scipy.fft.rfft2`` makes them.

    Parameters
    ----------
    size : grid points along a side, even.
    viscosity : in units of velocity times length.

    Raises
    ------
    ValueError
        If `size` is odd or less than 8, or `viscosity` is negative.

    Equation: eq-few-vorticity
    """

    def __init__(self, size: int, viscosity: float) -> None:
        if whole_number("size", size, least=8) % 2:
            raise ValueError(f"size: expected an even number, got {size}")
        if not 0 <= viscosity < np.inf:
            raise ValueError(f"viscosity: expected a number that is not negative, got {viscosity!r}")
        kx, ky = np.fft.rfftfreq(size, 1 / size)[None, :], np.fft.fftfreq(size, 1 / size)[:, None]
        k2 = kx**2 + ky**2
        self.resolved = (np.abs(kx) < size / 3) & (np.abs(ky) < size / 3) & (k2 > 0)
        inverse = np.where(k2 > 0, 1 / np.maximum(k2, 1), 0)
        f4, c8 = np.float32, np.complex64  # single precision halves the time; the errors of the scheme are larger
        self.to_u, self.to_v = (1j * ky * inverse).astype(c8), (-1j * kx * inverse).astype(c8)
        self.cross, self.difference = (kx**2 - ky**2).astype(f4), (-kx * ky).astype(f4)
        self.damping = (-viscosity * k2).astype(f4)

    def velocity(self, vorticity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Velocity along the columns and along the rows, on the grid."""
        return irfft2(self.to_u * vorticity), irfft2(self.to_v * vorticity)

    def tendency(self, vorticity: np.ndarray) -> np.ndarray:
        """Rate of change of the Fourier coefficients; modes above two thirds of the grid's are left out."""
        u, v = self.velocity(vorticity)
        advection = self.cross * rfft2(u * v) + self.difference * rfft2(u * u - v * v)
        return self.resolved * (advection + self.damping * vorticity)

    def step(self, vorticity: np.ndarray, dt: float) -> np.ndarray:
        """One step of the classical Runge–Kutta method."""
        dt = np.float32(dt)
        k1 = self.tendency(vorticity)
        k2 = self.tendency(vorticity + dt / 2 * k1)
        k3 = self.tendency(vorticity + dt / 2 * k2)
        k4 = self.tendency(vorticity + dt * k3)
        return vorticity + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def random_start(size: int, peak: float, rng: np.random.Generator) -> np.ndarray:
    """Vorticity of a Gaussian flow whose scales lie in a band, on the grid; the velocity's root mean square is 1.

    Parameters
    ----------
    size : grid points along a side.
    peak : wavenumber in the middle of the band, in cycles per image; at most a sixth of `size`.
    rng : random numbers.

    Returns
    -------
    array of shape (size, size).

    Raises
    ------
    ValueError
        If `peak` is not positive, or too large for the grid.
    """
    if positive_number("peak", peak) > size / 6:
        raise ValueError(f"peak: expected at most a sixth of the size, {size / 6:g}, got {peak!r}")
    k = np.hypot(*wavenumbers(size))
    band = np.where(k > 0, np.exp(-((3 * (k / peak - 1)) ** 2)), 0)
    vorticity = gaussian_field(unit_variance(band), rng)
    energy = np.mean(np.abs(np.fft.fft2(vorticity)) ** 2 / np.maximum(k, 1) ** 2) / size**2
    return vorticity / np.sqrt(energy)


def decaying_vorticity(size: int, peak: float, time: float, rng: np.random.Generator, viscosity: float = 0.002) -> np.ndarray:
    """Vorticity of two-dimensional turbulence after it has evolved freely from a random start.

    Parameters
    ----------
    size, peak : as in :func:`random_start`.
    time : how long it evolves; an eddy of the start turns in about 2π / `peak`.
    rng : random numbers.
    viscosity : in units of velocity times length.

    Returns
    -------
    array of shape (size, size), in radians per unit of time.

    Raises
    ------
    ValueError
        If a number is not positive, `size` is odd, or the flow blew up.
    """
    flow = Flow(size, viscosity)
    vorticity = rfft2(random_start(size, peak, rng).astype(np.float32))
    speed = max(np.abs(component).max() for component in flow.velocity(vorticity))
    steps = int(np.ceil(positive_number("time", time) * size * speed / 4))  # a fifth below the limit of stability at the start
    for _ in range(steps):
        vorticity = flow.step(vorticity, time / steps)
    result = irfft2(vorticity).astype(float)
    if not np.isfinite(result).all():
        raise ValueError(f"viscosity: the flow blew up; expected more than {viscosity!r}")
    return result
