"""A kernel of molecules that is a sum over their atoms, by way of a few reference atoms.

Two molecules are as alike as their atoms are: k(A, B) sums, over the atoms i of A and j of B of the same element, a Gaussian of
the distance between their neighbourhoods' directions. A regression with such a kernel is a sum of energies of atoms, so that
two molecules far apart have the sum of their energies. The kernel between all atoms of thousands of molecules is too large to
be kept; of reference atoms, Nyström's method makes features whose scalar product is nearly the kernel, and ridge does the rest.

References are a dictionary: for each element's nuclear charge the directions of its reference atoms, shape (m, P).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import scipy.linalg

from course_lib.basics.arguments import whole_number
from course_lib.project.chunks import Running, in_chunks
from course_lib.project.molecules import Molecules
from course_lib.project.neighbourhoods import Neighbourhood, directions

References = dict[int, np.ndarray]
# References are drawn from so many molecules, and from so many atoms of each element: more are much the same atoms again.
_MOLECULES, _ATOMS = 1500, 3000


def atom_kernel(A: np.ndarray, B: np.ndarray, width: float) -> np.ndarray:
    """The Gaussian of the distance between directions, shapes (a, P) and (b, P): shape (a, b), 1 for equal ones.

    Equation: eq-atom-kernel
    """
    return np.exp(-_squared_distances(A, B) / (2 * width**2))


def choose_references(
    molecules: Molecules, elements: tuple[int, ...], how: Neighbourhood, count: int, rng: np.random.Generator, running: Running
) -> References:
    """Reference atoms of each element: at each step the atom that the references so far describe worst.

    Parameters
    ----------
    molecules : where they are taken from.
    elements : the nuclear charges of all elements in the molecules.
    how : how atoms see their surroundings.
    count : references in all; each element has a share that grows with the root of its number of atoms.
    rng : draws the molecules and atoms that are looked at, if there are many.
    running : processes and reports.
    """
    whole_number("count", count, len(elements))
    few = molecules.select(np.sort(rng.permutation(len(molecules))[:_MOLECULES]))
    vectors = in_chunks(partial(_rounded, elements=elements, how=how), few, running)
    charges = few.charges[few.charges > 0]
    present = [Z for Z in elements if (charges == Z).any()]
    roots = np.array([np.sqrt(np.sum(charges == Z)) for Z in present])
    references = {}
    for Z, share in zip(present, roots / roots.sum(), strict=True):
        own = vectors[rng.permutation(np.flatnonzero(charges == Z))[:_ATOMS]]
        references[Z] = own[pivots(own, max(1, int(share * count)))]
    return references


def pivots(vectors: np.ndarray, count: int, width: float = 1.0, least: float = 1e-9) -> np.ndarray:
    """Rows that describe all rows well, by the pivots of Cholesky's decomposition of their kernel.

    Parameters
    ----------
    vectors : directions, shape (a, P).
    count : how many rows at most.
    width : of the kernel.
    least : it stops when the kernel of each row is described but for so much.

    Returns
    -------
    numpy.ndarray
        Indices, the most important first.
    """
    vectors = np.asarray(vectors, float)
    squares = np.sum(vectors**2, axis=1)  # once: they take longer than all else of a step
    left, factor = np.ones(len(vectors)), np.zeros((len(vectors), min(count, len(vectors))))
    rows: list[int] = []
    while len(rows) < factor.shape[1] and (worst := int(np.argmax(left))) not in rows and left[worst] > least:
        distances = np.maximum(squares + squares[worst] - 2 * (vectors @ vectors[worst]), 0)
        column = np.exp(-distances / (2 * width**2)) - factor @ factor[worst]
        factor[:, len(rows)] = column / np.sqrt(left[worst])
        left = left - factor[:, len(rows)] ** 2
        rows.append(worst)
    return np.array(rows)


def reference_sums(
    molecules: Molecules, references: References, widths: Sequence[float], how: Neighbourhood, elements, running: Running
) -> np.ndarray:
    """The kernel of a molecule's atoms with each reference, summed over the atoms of its element: shape (B, widths, M)."""
    work = partial(_sums, references=references, widths=tuple(widths), how=how, elements=elements)
    return in_chunks(work, molecules, running)


def nystroem_features(sums: np.ndarray, references: References, width: float) -> np.ndarray:
    """Features whose scalar products are the kernel of molecules as far as the references describe it.

    Parameters
    ----------
    sums : of one width, from :func:`reference_sums`, shape (B, M).
    references : the M references.
    width : of the kernel.

    Returns
    -------
    numpy.ndarray
        Shape (B, M).

    Equation: eq-nystroem
    """
    parts = zip(_factors(references, width), _split(sums.T, references), strict=True)
    return np.concatenate([scipy.linalg.solve_triangular(factor, part, lower=True) for factor, part in parts]).T


def reference_weights(weights: np.ndarray, references: References, width: float) -> np.ndarray:
    """What each reference adds to an energy, shape (M,), from the weights of the features of :func:`nystroem_features`."""
    parts = zip(_factors(references, width), _split(weights, references), strict=True)
    return np.concatenate([scipy.linalg.solve_triangular(factor, part, lower=True, trans=1) for factor, part in parts])


def _factors(references: References, width: float) -> list[np.ndarray]:
    """Cholesky's factors of the kernel between the references of each element."""
    return [np.linalg.cholesky(atom_kernel(V, V, width) + 1e-10 * np.eye(len(V))) for V in references.values()]


def _split(values: np.ndarray, references: References) -> list[np.ndarray]:
    return np.split(values, np.cumsum([len(V) for V in references.values()])[:-1])


def _squared_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    A, B = np.asarray(A, float), np.asarray(B, float)
    return np.maximum(np.sum(A**2, axis=1)[:, None] + np.sum(B**2, axis=1) - 2 * A @ B.T, 0)


def _rounded(charges: np.ndarray, positions: np.ndarray, *, elements: tuple[int, ...], how: Neighbourhood) -> np.ndarray:
    return directions(charges, positions, elements, how).astype(np.float32)


def _sums(charges: np.ndarray, positions: np.ndarray, *, references: References, widths, how, elements) -> np.ndarray:
    vectors = directions(charges, positions, elements, how)
    which, Z = np.nonzero(charges)[0], charges[charges > 0]
    member = (which == np.arange(len(charges))[:, None]).astype(float)
    of = {element: np.flatnonzero(element == Z) for element in references}
    squares = [(member[:, of[element]], _squared_distances(vectors[of[element]], V)) for element, V in references.items()]
    rows = [np.concatenate([own @ np.exp(-square / (2 * w**2)) for own, square in squares], axis=1) for w in widths]
    return np.stack(rows, axis=1)
