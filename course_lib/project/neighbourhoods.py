"""What an atom sees: first-order scattering of the elements' densities, taken at the places of the atoms.

Each element has a density of its own, a Gaussian on each of its atoms. Its convolutions with solid harmonic wavelets are known
in closed form, here at the nuclei. Summed over m, their products are blind to rotation and reflection; on the diagonal they are
the squares of the moduli. Products of two elements and of two scales say how the parts of a neighbourhood lie to each other.

Plain scattering has the squares alone, and integrates powers of them. The products of different coefficients go beyond it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.project.closed_form import octaves, response


@dataclass(frozen=True)
class Neighbourhood:
    """How atoms see their surroundings.

    `sigma` is the width of the Gaussians and `widths` are those of the wavelets, in Å; `L` is the largest degree.
    """

    sigma: float = 0.3
    widths: tuple[float, ...] = octaves(0.4, 5, each=2)
    L: int = 3

    def __post_init__(self) -> None:
        positive_number("sigma", self.sigma)
        if not len(self.widths):
            raise ValueError("widths: expected at least one, got none")
        for width in self.widths:
            positive_number("widths", width)
        whole_number("L", self.L, 0)

    def settings(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)


def coefficients(charges: np.ndarray, positions: np.ndarray, elements: tuple[int, ...], how: Neighbourhood) -> list[np.ndarray]:
    """Wavelet coefficients of each element's density at each atom.

    Parameters
    ----------
    charges : shape (B, n), 0 for no atom.
    positions : shape (B, n, 3), Å.
    elements : the nuclear charges whose densities are looked at, E of them.
    how : widths and degrees.

    Returns
    -------
    list of L + 1 arrays, the l-th of shape (B, n, E J, 2 l + 1)

    Equation: eq-neighbourhood
    """
    vectors = positions[:, :, None] - positions[:, None]
    is_element = (charges[..., None] == np.array(elements)).astype(float).swapaxes(1, 2)  # (B, E, n)
    result = []
    for part in response(vectors, how.sigma, how.widths, how.L):
        seen = part.reshape(*vectors.shape[:3], -1)  # (B, n, n, J (2 l + 1))
        result.append((is_element[:, None] @ seen).reshape(*charges.shape, -1, part.shape[-1]))
    return result


def products(charges: np.ndarray, positions: np.ndarray, elements: tuple[int, ...], how: Neighbourhood) -> np.ndarray:
    """Products of the coefficients at each atom, summed over m: one vector for each atom, blind to rotation and reflection.

    Parameters
    ----------
    charges, positions, elements, how : as in :func:`coefficients`.

    Returns
    -------
    numpy.ndarray
        Shape (B, n, P) with P = (L + 1) E J (E J + 1) / 2. Products of two different coefficients carry √2, so that the scalar
        product of two such vectors is that of the full symmetric matrices.

    Equation: eq-neighbourhood-products
    """
    parts = coefficients(charges, positions, elements, how)
    first, second, weight = _pairs(parts[0].shape[-2])
    return np.concatenate([(part @ part.swapaxes(-1, -2))[..., first, second] * weight for part in parts], axis=-1)


def directions(charges: np.ndarray, positions: np.ndarray, elements: tuple[int, ...], how: Neighbourhood) -> np.ndarray:
    """The products of each atom, scaled to the length 1, shape (atoms, P), the molecules' atoms one after another.

    Parameters
    ----------
    charges, positions, elements, how : as in :func:`coefficients`; places without an atom are left out.
    """
    vectors = products(charges, positions, elements, how)[charges > 0]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@lru_cache(maxsize=8)
def _pairs(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = np.triu_indices(count)
    return first, second, np.where(first == second, 1.0, np.sqrt(2.0))
