"""Small periodic pictures for the exercise sheet: spots and their Gaussian look-alikes, in every direction.

Drops are round spots at random places, rods are long ones that all point one way. Clouds and grain are Gaussian fields with the
mean power spectra of drops and of rods. Each picture has mean zero and variance one.
"""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import one_of

#: Name → widths of a spot along and across its direction in pixels, and the number of spots; None stands for a Gaussian field.
KINDS: dict[str, tuple[float, float, int | None]] = {
    "drops": (1.2, 1.2, 20),
    "clouds": (1.2, 1.2, None),
    "rods": (3.5, 0.8, 25),
    "grain": (3.5, 0.8, None),
}


def picture(kind: str, size: int, rng: np.random.Generator, angle: float | None = None) -> np.ndarray:
    """One picture, shape (size, size).

    Parameters
    ----------
    kind : one of `KINDS`.
    size : pixels a side.
    rng : source of all random numbers.
    angle : direction of the spots in radians; drawn at random by default.

    Raises
    ------
    ValueError
        If `kind` is not known.
    """
    length, width, count = one_of("kind", kind, KINDS)
    drawn = rng.uniform(0, np.pi)
    spot = _spot(size, length, width, drawn if angle is None else angle)
    count = None if count is None else round(count * (size / 32) ** 2)
    field = np.fft.ifft2(spot * _sources(size, count, rng)).real
    return (field - field.mean()) / field.std()


def pictures(count: int, size: int, rng: np.random.Generator, kinds: tuple[str, ...] = tuple(KINDS)) -> tuple:
    """`count` pictures of each kind, shape (count · kinds, size, size), and their labels, the number of the kind."""
    labels = np.repeat(np.arange(len(kinds)), count)
    return np.array([picture(kinds[label], size, rng) for label in labels]), labels


def _spot(size: int, length: float, width: float, angle: float) -> np.ndarray:
    """Fourier transform of a Gaussian spot, with values at ω and −ω alike."""
    omega = 2 * np.pi * np.fft.fftfreq(size)
    along = omega[:, None] * np.cos(angle) + omega * np.sin(angle)
    across = omega * np.cos(angle) - omega[:, None] * np.sin(angle)
    return np.exp(-((length * along) ** 2 + (width * across) ** 2) / 2)


def _sources(size: int, count: int | None, rng: np.random.Generator) -> np.ndarray:
    """Fourier transform of white noise, or of `count` points at random places."""
    if count is None:
        return np.fft.fft2(rng.normal(size=(size, size)))
    omega = 2 * np.pi * np.fft.fftfreq(size)
    places = rng.uniform(0, size, (2, count))
    rows, columns = (np.exp(-1j * np.outer(omega, place)) for place in places)
    return rows @ columns.T
