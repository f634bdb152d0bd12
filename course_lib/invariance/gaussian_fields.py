"""Gaussian random fields with a prescribed power spectrum, and the twin of an image that shares its spectrum.

A Gaussian field that is statistically homogeneous is known entirely by its power spectrum. So whatever an image has beyond its
power spectrum is lost in its twin, whose Fourier phases are random.
"""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def wavenumbers(size: int, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Components of the wave vector along an axis and across it, on the grid of ``np.fft.fft2``, in cycles per image.

    Parameters
    ----------
    size : pixels along a side.
    angle : direction of the axis, in radians from the second index (the columns) towards the first (the rows).

    Returns
    -------
    along, across : both shape (size, size).
    """
    k = np.fft.fftfreq(whole_number("size", size, least=2), 1 / size)
    kx, ky = k[None, :], k[:, None]
    return kx * np.cos(angle) + ky * np.sin(angle), -kx * np.sin(angle) + ky * np.cos(angle)


def power_law(size: int, slope: float, stretch: float = 1.0, angle: float = 0.0) -> np.ndarray:
    """Power spectrum that falls like a power of the wavenumber, and vanishes at zero.

    Parameters
    ----------
    size : pixels along a side.
    slope : how fast it falls; the field is the smoother, the larger it is.
    stretch : how many times longer structures are along the axis than across it; 1 is isotropic.
    angle : direction of the axis, in radians.

    Returns
    -------
    array of shape (size, size), in the order of ``np.fft.fft2``; its mean is the variance of a pixel, which is 1.

    Raises
    ------
    ValueError
        If `slope` or `stretch` is not positive.

    Equation: eq-few-power-law
    """
    positive_number("slope", slope)
    along, across = wavenumbers(size, angle)
    k2 = along**2 * positive_number("stretch", stretch) + across**2 / stretch
    k2[0, 0] = np.inf
    return unit_variance(k2 ** (-slope / 2))


def unit_variance(power: np.ndarray) -> np.ndarray:
    """A power spectrum scaled such that a pixel of the field has variance 1, and equal at a wave vector and its opposite.

    The second can fail at the highest frequency of a grid of even size, which stands for itself and its opposite: there it is
    the mean of both.

    Raises
    ------
    ValueError
        If there is no power at all.
    """
    return (power + _opposite(power)) / 2 / positive_number("power", float(np.mean(power)))


def gaussian_field(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A periodic Gaussian random field of mean zero: white noise, filtered by the root of the power spectrum.

    Parameters
    ----------
    power : power spectrum, shape (N, N), in the order of ``np.fft.fft2``, equal at a wave vector and its opposite.
    rng : random numbers.

    Returns
    -------
    array of shape (N, N); the mean of its squared Fourier modulus, over many fields, is N² times `power`.

    Raises
    ------
    ValueError
        If `power` is not a square of finite numbers, is negative somewhere, or differs between opposite wave vectors.

    Equation: eq-few-gaussian-field
    """
    power = _square("power", power)
    if power.min() < 0:
        raise ValueError(f"power: expected no negative entry, got {power.min():g}")
    if not np.allclose(power, _opposite(power), rtol=1e-9, atol=1e-12 * power.max()):
        raise ValueError("power: expected the same entry at a wave vector and at its opposite, or the field is not real")
    return np.fft.ifft2(np.sqrt(power) * np.fft.fft2(rng.normal(size=power.shape))).real


def phase_twin(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An image with the same mean and the same power spectrum, up to rounding, and random Fourier phases.

    The phases are those of white noise, so the twin is real; in all else it is as random as it can be.

    Parameters
    ----------
    image : shape (N, N), taken as periodic.
    rng : random numbers.

    Returns
    -------
    array of shape (N, N).

    Raises
    ------
    ValueError
        If `image` is not a square of finite numbers.

    Equation: eq-few-phase-twin
    """
    image = _square("image", image)
    noise = np.fft.fft2(rng.normal(size=image.shape))
    turn = noise / np.abs(noise)
    turn[0, 0] = 1  # the mean keeps its sign
    return np.fft.ifft2(np.fft.fft2(image) * turn).real


def _opposite(power: np.ndarray) -> np.ndarray:
    """The entries at the opposite wave vectors."""
    return np.roll(power[::-1, ::-1], 1, axis=(0, 1))


def _square(name: str, value: np.ndarray) -> np.ndarray:
    array = finite_array(name, value, (None, None))
    if array.shape[0] != array.shape[1]:
        raise ValueError(f"{name}: expected a square array, got shape {array.shape}")
    return array
