"""Nine kinds of physical fields, as labelled images made from a seed.

Within a kind, what an observer does not control is drawn anew for each image: wind and orientation, age of the
turbulence, slope of the spectrum, size of the pattern. So two images of a kind agree in their physics, and in little else.
Orientation tells nothing about the kind: where there is a direction, it is random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_lib.basics.arguments import one_of, whole_number
from course_lib.invariance.gaussian_fields import gaussian_field, phase_twin, power_law
from course_lib.invariance.ising import CRITICAL_TEMPERATURE, ising
from course_lib.invariance.reaction_diffusion import finer, gray_scott
from course_lib.invariance.sea import sea_surface
from course_lib.invariance.turbulence import decaying_vorticity


def shallow(size: int, rng: np.random.Generator) -> np.ndarray:
    """A Gaussian field whose spectrum falls like the power 2.2 to 2.4, drawn out along a random direction, at most twofold."""
    return _drawn_out(size, rng.uniform(2.2, 2.4), rng)


def steep(size: int, rng: np.random.Generator) -> np.ndarray:
    """A Gaussian field as above whose spectrum falls like the power 2.4 to 2.6: slightly smoother."""
    return _drawn_out(size, rng.uniform(2.4, 2.6), rng)


def sea(size: int, rng: np.random.Generator) -> np.ndarray:
    """The sea surface under a wind from a random direction, 10 to 20 waves across the image."""
    return sea_surface(size, rng.uniform(10, 20), rng.uniform(0, np.pi), rng)


def turbulence(size: int, rng: np.random.Generator) -> np.ndarray:
    """Vorticity of two-dimensional turbulence of random age and scale."""
    return decaying_vorticity(size, rng.uniform(6, 10), rng.uniform(1.0, 2.0), rng)


def twin(size: int, rng: np.random.Generator) -> np.ndarray:
    """A field with the power spectrum of such turbulence and random phases."""
    return phase_twin(turbulence(size, rng), rng)


def spots(size: int, rng: np.random.Generator) -> np.ndarray:
    """A reaction–diffusion pattern of spots, at a random magnification."""
    return _pattern(size, 0.030, 0.062, rng)


def stripes(size: int, rng: np.random.Generator) -> np.ndarray:
    """A reaction–diffusion pattern of winding stripes, at a random magnification."""
    return _pattern(size, 0.037, 0.060, rng)


def critical(size: int, rng: np.random.Generator) -> np.ndarray:
    """Spins of the Ising model at its critical temperature."""
    return ising(size, CRITICAL_TEMPERATURE, rng).astype(float)


def hot(size: int, rng: np.random.Generator) -> np.ndarray:
    """Spins of the Ising model one to three per cent above its critical temperature."""
    return ising(size, rng.uniform(1.01, 1.03) * CRITICAL_TEMPERATURE, rng).astype(float)


#: Name of a kind → function of the number of pixels along a side and a random generator that makes one field.
CLASSES: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    function.__name__: function for function in (shallow, steep, sea, turbulence, twin, spots, stripes, critical, hot)
}


def standardised(image: np.ndarray) -> np.ndarray:
    """The image minus its mean, divided by its standard deviation.

    Raises
    ------
    ValueError
        If the image is constant.
    """
    deviation = np.std(image)
    if not deviation > 0:
        raise ValueError("image: expected one that is not constant")
    return (image - np.mean(image)) / deviation


def fields(classes: Sequence[str], count: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Images of several kinds, each with mean 0 and standard deviation 1.

    Every image has a random generator of its own, spawned from `rng`.

    Parameters
    ----------
    classes : names from :data:`CLASSES`.
    count : images of each.
    size : pixels along a side, a multiple of 16 and at least 64, so that every kind fits.
    rng : random numbers.

    Returns
    -------
    images : shape (len(classes) × count, size, size), float32, one kind after another.
    labels : shape (len(classes) × count,), place of the kind in `classes`.

    Raises
    ------
    ValueError
        If there are no classes or one is not known, or `count` or `size` is not such a number.
    """
    if isinstance(classes, str) or not len(classes):
        raise ValueError(f"classes: expected a list of names, at least one, got {classes!r}")
    makers = [one_of("classes", name, CLASSES) for name in classes]
    if whole_number("size", size, least=64) % 16:
        raise ValueError(f"size: expected a multiple of 16, got {size}")
    labels = np.repeat(np.arange(len(makers)), whole_number("count", count, least=1))
    images = np.empty((len(labels), size, size), dtype=np.float32)
    for index, (label, own) in enumerate(zip(labels, rng.spawn(len(labels)), strict=True)):
        images[index] = standardised(makers[label](size, own))
    return images, labels


def _drawn_out(size: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    return gaussian_field(power_law(size, slope, rng.uniform(1, 2), rng.uniform(0, np.pi)), rng)


def _pattern(size: int, feed: float, removal: float, rng: np.random.Generator) -> np.ndarray:
    # Half the grid resolves the pattern, and costs a quarter.
    return finer(gray_scott(size // 2, feed, removal, rng, diffusion=rng.uniform(0.05, 0.12)))
