"""Deformations of periodic images: each pixel is read a little beside its place.

A displacement is an array (2, N, N) in pixels: entry 0 points down the rows (axis -2), entry 1 along the columns (axis -1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from course_lib.basics.arguments import finite_array, positive_number, whole_number
from course_lib.invariance.images import square_images


def warp(images: ArrayLike, displacement: ArrayLike) -> np.ndarray:
    """The images read at u - τ(u), between the pixels by a cubic spline, periodic in both directions.

    Parameters
    ----------
    images : shape (..., N, N).
    displacement : τ, shape (2, N, N), pixels. A constant τ moves the image by τ: down the rows, along the columns.

    Returns
    -------
    numpy.ndarray
        The deformed images, shape (..., N, N).

    Raises
    ------
    ValueError
        If the images are not square, the displacement has another size, or either is empty or not finite.

    Equation: eq-deformation
    """
    images = square_images("images", images)
    size = images.shape[-1]
    displacement = finite_array("displacement", displacement, (2, size, size))
    where = np.indices((size, size)) - displacement
    read = [ndimage.map_coordinates(image, where, order=3, mode="grid-wrap") for image in images.reshape(-1, size, size)]
    return np.reshape(read, images.shape)


def jacobian(displacement: ArrayLike) -> np.ndarray:
    """Derivatives of a displacement by the place, from differences of neighbours; the edges are not joined.

    Parameters
    ----------
    displacement : τ, shape (2, N, N), pixels, N at least 3.

    Returns
    -------
    numpy.ndarray
        Entry (i, j) of the 2 × 2 matrix at each pixel, shape (N, N, 2, 2): derivative of component i along axis j.

    Raises
    ------
    ValueError
        If the shape is another, or an entry is not finite.
    """
    displacement = finite_array("displacement", displacement, (2, None, None))
    if min(displacement.shape[1:]) < 3:
        raise ValueError(f"displacement: expected at least 3 × 3 pixels, got shape {displacement.shape}")
    return np.moveaxis(np.gradient(displacement, axis=(1, 2), edge_order=2), (1, 0), (-2, -1))


def gradient_norm(displacement: ArrayLike) -> float:
    """The greatest spectral norm of the derivative of a displacement: how far neighbours are driven apart, per pixel.

    Parameters
    ----------
    displacement : τ, shape (2, N, N), pixels, N at least 3.

    Raises
    ------
    ValueError
        If the shape is another, or an entry is not finite.

    Equation: eq-deformation-size
    """
    return float(np.linalg.norm(jacobian(displacement), ord=2, axis=(-2, -1)).max())


def random_displacement(size: int, amplitude: float, smoothness: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth periodic displacement: white noise under a Gaussian, without its mean, scaled to its longest vector.

    Parameters
    ----------
    size : N, pixels a side.
    amplitude : length of the longest vector, pixels; 0 gives no displacement.
    smoothness : standard deviation of the Gaussian, pixels. The gradient's norm is of the order of amplitude / smoothness;
        `gradient_norm` measures it.
    rng : source of random numbers.

    Returns
    -------
    numpy.ndarray
        τ, shape (2, N, N), pixels. Its mean is zero, so it holds no translation of the whole image.

    Raises
    ------
    ValueError
        If the size is below 3, the smoothness not positive or above the size, or the amplitude negative or not finite.
    """
    size = whole_number("size", size, least=3)
    smoothness = positive_number("smoothness", smoothness)
    if smoothness > size:
        raise ValueError(f"smoothness: expected at most the size, {size} pixels, got {smoothness:g}")
    amplitude = finite_array("amplitude", amplitude, ())
    if amplitude < 0:
        raise ValueError(f"amplitude: expected a number, at least 0, got {amplitude:g}")
    spectrum = np.fft.fft2(rng.normal(size=(2, size, size)))
    k = 2 * np.pi * np.fft.fftfreq(size)
    spectrum *= np.exp(-0.5 * smoothness**2 * (k[:, None] ** 2 + k**2))
    spectrum[:, 0, 0] = 0
    tau = np.fft.ifft2(spectrum).real
    return amplitude * tau / np.linalg.norm(tau, axis=0).max()


def dilation(size: int, factor: float) -> np.ndarray:
    """The displacement that magnifies an image about its centre: the place times a constant, so the gradient's norm is that.

    Parameters
    ----------
    size : N, pixels a side.
    factor : s, between -1 and 1; lengths grow to 1 / (1 - s). A negative one shrinks, and copies enter over the edges.

    Returns
    -------
    numpy.ndarray
        τ(u) = s (u - centre), shape (2, N, N), pixels.

    Raises
    ------
    ValueError
        If the size is below 3, or the factor not between -1 and 1.

    Equation: eq-dilation
    """
    size = whole_number("size", size, least=3)
    factor = finite_array("factor", factor, ())
    if not -1 < factor < 1:
        raise ValueError(f"factor: expected a number between -1 and 1, got {factor:g}")
    return factor * _from_centre(size)


def rotation(size: int, angle: float) -> np.ndarray:
    """The displacement that turns an image about its centre.

    Parameters
    ----------
    size : N, pixels a side.
    angle : radians; positive turns the first axis (down) towards the second (right), counter-clockwise to the eye.

    Returns
    -------
    numpy.ndarray
        τ(u) = (I - R⁻¹)(u - centre), shape (2, N, N), pixels.

    Raises
    ------
    ValueError
        If the size is below 3, or the angle not finite.
    """
    size = whole_number("size", size, least=3)
    angle = finite_array("angle", angle, ())
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.tensordot(np.eye(2) - back, _from_centre(size), axes=1)


def _from_centre(size: int) -> np.ndarray:
    return np.indices((size, size)) - (size - 1) / 2
