"""Features of whole molecules, by name: in chunks, on several processes, and kept on disk under the name of their content."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from course_lib.basics.arguments import one_of
from course_lib.invariance.feature_cache import cached, content_key
from course_lib.invariance.molecule_features import coulomb_spectrum
from course_lib.project.chunks import PLAINLY, Running, in_chunks
from course_lib.project.closed_form import integrated_squares, octaves
from course_lib.project.densities import Grid
from course_lib.project.grid_features import grid_scattering
from course_lib.project.molecules import ELEMENTS, Molecules
from course_lib.project.neighbourhoods import Neighbourhood, coefficients

#: What is counted as a version of this program in the names of stored features; higher when a feature changes.
VERSION = 1


def features(
    molecules: Molecules, name: str, elements: tuple[int, ...], *, running: Running = PLAINLY, **settings: Any
) -> np.ndarray:
    """Features of each molecule, shape (B, P), double precision.

    Parameters
    ----------
    molecules : B molecules.
    name : one of :data:`FEATURES`.
    elements : the nuclear charges that the features tell apart, for those that do.
    running : processes, folder for results, and reports.
    settings : of those features, each a plain value or an object with a method ``settings``.

    Raises
    ------
    ValueError
        If the name is not known, a molecule has another element, or for what the features themselves refuse.
    """
    compute = one_of("name", name, FEATURES)
    check_elements(molecules, elements)
    plain = {key: value.settings() if hasattr(value, "settings") else value for key, value in settings.items()}
    described = {"features": name, "elements": list(elements), "version": VERSION, "kymatio": version("kymatio"), **plain}
    content = np.concatenate([molecules.charges[..., None], molecules.positions], axis=-1)

    def now() -> np.ndarray:
        return in_chunks(partial(compute, elements=elements, **settings), molecules, running)

    return now() if running.cache is None else cached(running.cache, content_key(content, described), now)


def check_elements(molecules: Molecules, elements: tuple[int, ...]) -> None:
    """Refuse molecules with an element that is not listed.

    Raises
    ------
    ValueError
        If there is one; the message names the molecule and the element.
    """
    strange = (molecules.charges > 0) & ~np.isin(molecules.charges, elements)
    if strange.any():
        i, k = np.argwhere(strange)[0]
        symbols = {charge: symbol for symbol, charge in ELEMENTS.items()}
        known = ", ".join(symbols[Z] for Z in elements)
        raise ValueError(
            f"molecules: {molecules.ids[i]!r} contains {symbols[molecules.charges[i, k]]}, expected only elements of the "
            f"training set, {known}; {int(strange.any(axis=1).sum())} of {len(molecules)} molecules have others"
        )


def counts(charges: np.ndarray, positions: np.ndarray, *, elements: tuple[int, ...]) -> np.ndarray:
    """How many atoms of each element there are, shape (B, E)."""
    return np.sum(charges[:, None] == np.array(elements)[:, None], axis=2, dtype=float)


def spectra(charges: np.ndarray, positions: np.ndarray, *, elements: tuple[int, ...], size: int) -> np.ndarray:
    """Eigenvalues of the Coulomb matrices in hartree, the largest in size first, filled up with 0 or cut to shape (B, size)."""
    result = np.zeros((len(charges), size))
    for row, Z, places in zip(result, charges, positions, strict=True):
        values = coulomb_spectrum(Z[Z > 0], places[Z > 0])
        values = values[np.argsort(-np.abs(values))][:size]
        row[: len(values)] = values
    return result


def pair_integrals(
    charges: np.ndarray, positions: np.ndarray, *, elements: tuple[int, ...], sigma: float, widths: tuple[float, ...], L: int
) -> np.ndarray:
    """The integrals over space of the squared moduli of the elements' densities and of their products, in closed form.

    Shape (B, E (E + 1) / 2 · J (L + 1)); settings as in :func:`course_lib.project.closed_form.integrated_squares`.
    """
    weights = (charges[:, None] == np.array(elements)[:, None]).astype(float)
    first, second = np.triu_indices(len(elements))
    return integrated_squares(weights, positions, sigma, widths, L)[:, first, second].reshape(len(charges), -1)


def atom_sums(
    charges: np.ndarray,
    positions: np.ndarray,
    *,
    elements: tuple[int, ...],
    how: Neighbourhood,
    powers: tuple[float, ...] = (1.0, 2.0, 3.0),
) -> np.ndarray:
    """Powers of the moduli of each element's density, summed over the atoms of each element: shape (B, E · Q E J (L + 1)).

    This is scattering with the integral taken over the nuclei instead of over space.

    Equation: eq-atom-sums
    """
    squares = [np.sum(part**2, axis=-1) for part in coefficients(charges, positions, elements, how)]
    moduli = np.sqrt(np.concatenate(squares, axis=-1))
    raised = np.concatenate([moduli**q for q in powers], axis=-1)
    centre = (charges[:, None] == np.array(elements)[:, None]).astype(float)
    return (centre @ raised).reshape(len(charges), -1)


def _on_grid(charges: np.ndarray, positions: np.ndarray, *, elements: tuple[int, ...], **settings: Any) -> np.ndarray:
    return grid_scattering(charges, positions, **settings)


FEATURES: dict[str, Callable[..., np.ndarray]] = {
    "counts": counts,
    "coulomb-spectrum": spectra,
    "pair-integrals": pair_integrals,
    "atom-sums": atom_sums,
    "grid-scattering": _on_grid,
}
#: Settings with which the recipes call them.
SPECTRUM = {"size": 64}  # eigenvalues; a larger molecule has lost its smallest ones
PAIRS = {"sigma": 0.2, "widths": octaves(0.2, 9, each=2), "L": 4}
SUMS = {"how": Neighbourhood()}
GRID = {"grid": Grid()}
