"""The three kinds of recipes: linear in features, a Gaussian kernel of features, and a kernel of atoms.

Each is linear in the numbers of atoms of each element besides, so that it only has to learn what the composition does not say.
Each chooses what it leaves open by cross-validation over folds that share no composition, inside the training set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib.project import local_kernel
from course_lib.project.chunks import Running
from course_lib.project.features import counts, features
from course_lib.project.molecules import Molecules
from course_lib.project.neighbourhoods import Neighbourhood
from course_lib.project.regression import ALPHAS, best_alpha, gaussian_kernel, kernel_ridge

Arrays = dict[str, np.ndarray]
_MOST_FOR_CHOICE = 1500  # molecules with which a kernel's width is chosen: the cost grows with the third power
#: The counts' weight in ridge: atoms have energies of several eV, so they are hardly penalised beside the features.
BROAD = 30.0
_WIDTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # in units of the median distance between two molecules


def by_count(molecules: Molecules, elements: tuple[int, ...]) -> np.ndarray:
    """How many atoms of each element, shape (B, E)."""
    return counts(molecules.charges, molecules.positions, elements=elements)


def by_size(molecules: Molecules, elements: tuple[int, ...]) -> np.ndarray:
    """The number 1 and the number of atoms, shape (B, 2)."""
    return np.stack([np.ones(len(molecules)), by_count(molecules, elements).sum(axis=1)], axis=1)


def by_nothing(molecules: Molecules, elements: tuple[int, ...]) -> np.ndarray:
    """The number 1, shape (B, 1)."""
    return np.ones((len(molecules), 1))


@dataclass(frozen=True)
class Linear:
    """Ridge regression on what `base` counts and, if it has a name, on features, each divided by its spread in training.

    Features that hardly differ in training, by less than the share `least_spread` of what the most varied one does, are left
    out: in other molecules they may be any number of times larger.
    """

    base: Callable[[Molecules, tuple[int, ...]], np.ndarray] = by_count
    features: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    least_spread: float = 0.0

    def fit(self, molecules: Molecules, elements, folds: np.ndarray, rng: np.random.Generator, running: Running) -> Arrays:
        """Weights and what goes with them."""
        F = self._features(molecules, elements, running)
        spread = _spread(F, self.least_spread)
        X = np.concatenate([BROAD * self.base(molecules, elements), F / spread], axis=1)
        alphas = ALPHAS if self.features else ALPHAS[:1]  # what is only counted needs no penalty
        weights, alpha, error = solve(X, molecules.energies, folds, alphas)
        return {"weights": weights, "spread": spread} | chosen(alpha=alpha, left_out_mae=error)

    def predict(self, arrays: Arrays, molecules: Molecules, elements: tuple[int, ...], running: Running) -> np.ndarray:
        """Energies in eV, shape (B,)."""
        F = self._features(molecules, elements, running) / arrays["spread"]
        return np.concatenate([BROAD * self.base(molecules, elements), F], axis=1) @ arrays["weights"]

    def _features(self, molecules: Molecules, elements, running: Running) -> np.ndarray:
        if self.features is None:
            return np.empty((len(molecules), 0))
        return features(molecules, self.features, elements, running=running, **self.settings)


@dataclass(frozen=True)
class Kernel:
    """Gaussian kernel ridge regression on features, each divided by its spread, and on the counts of the elements."""

    features: str
    settings: Mapping[str, Any]

    def fit(self, molecules: Molecules, elements, folds: np.ndarray, rng: np.random.Generator, running: Running) -> Arrays:
        """The training molecules' features and weights, and what goes with them."""
        F = self._features(molecules, elements, running)
        spread = _spread(F)
        F, N, y = F / spread, by_count(molecules, elements), molecules.energies
        few = np.sort(rng.permutation(len(y))[:_MOST_FOR_CHOICE])
        unit = np.median(np.sqrt(np.sum((F[few] - F[rng.permutation(few)]) ** 2, axis=1))) or 1.0
        rows = []
        for width in unit * np.array(_WIDTHS):
            e, U = np.linalg.eigh(gaussian_kernel(F[few], F[few], width) + N[few] @ N[few].T)
            rows.append((*best_alpha(U, e, y[few], folds[few])[::-1], width))
        error, alpha, width = min(rows)
        dual = kernel_ridge(gaussian_kernel(F, F, width) + N @ N.T, y, alpha)
        stored = {"features": F, "spread": spread, "dual": dual, "counts": N.T @ dual}
        return stored | chosen(width=width, alpha=alpha, left_out_mae=error)

    def predict(self, arrays: Arrays, molecules: Molecules, elements: tuple[int, ...], running: Running) -> np.ndarray:
        """Energies in eV, shape (B,)."""
        F = self._features(molecules, elements, running) / arrays["spread"]
        kernel = gaussian_kernel(F, arrays["features"], float(arrays["width"]))
        return kernel @ arrays["dual"] + by_count(molecules, elements) @ arrays["counts"]

    def _features(self, molecules: Molecules, elements: tuple[int, ...], running: Running) -> np.ndarray:
        return features(molecules, self.features, elements, running=running, **self.settings)


@dataclass(frozen=True)
class Local:
    """Ridge regression on the features that reference atoms make of a kernel of atoms, and on the counts of the elements."""

    how: Neighbourhood
    references: int
    widths: tuple[float, ...] = (1.0, 2.0)

    def fit(self, molecules: Molecules, elements, folds: np.ndarray, rng: np.random.Generator, running: Running) -> Arrays:
        """For each element the references and their weights, and what goes with them."""
        references = local_kernel.choose_references(molecules, elements, self.how, self.references, rng, running)
        sums = local_kernel.reference_sums(molecules, references, self.widths, self.how, elements, running)
        counted, fits = BROAD * by_count(molecules, elements), []
        for k, width in enumerate(self.widths):
            X = local_kernel.nystroem_features(sums[:, k], references, width)
            fits.append((width, *solve(np.concatenate([counted, X], axis=1), molecules.energies, folds)))
        width, weights, alpha, error = min(fits, key=lambda fitted: fitted[-1])
        each = local_kernel.reference_weights(weights[len(elements) :], references, width)
        named = {f"directions {Z}": vectors for Z, vectors in references.items()}
        named |= {"each": each, "counts": BROAD * weights[: len(elements)]}
        return named | chosen(width=width, alpha=alpha, left_out_mae=error)

    def predict(self, arrays: Arrays, molecules: Molecules, elements: tuple[int, ...], running: Running) -> np.ndarray:
        """Energies in eV, shape (B,)."""
        references = {Z: arrays[f"directions {Z}"] for Z in elements if f"directions {Z}" in arrays}
        sums = local_kernel.reference_sums(molecules, references, [float(arrays["width"])], self.how, elements, running)
        return by_count(molecules, elements) @ arrays["counts"] + sums[:, 0] @ arrays["each"]


def solve(X: np.ndarray, y: np.ndarray, folds: np.ndarray, alphas: Sequence[float] = ALPHAS) -> tuple[np.ndarray, float, float]:
    """Ridge weights with the penalty that is best on folds left out: the weights, the penalty and that mean absolute error."""
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    alpha, error = best_alpha(U, s**2, y, folds, alphas)
    return Vt.T @ (s / (s**2 + alpha) * (U.T @ y)), alpha, error


def chosen(**numbers: float) -> Arrays:
    """What was chosen in the training, as arrays."""
    return {name: np.array(float(value)) for name, value in numbers.items()}


def _spread(F: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Standard deviation of each feature; infinite for one that does not differ between molecules, which then counts as 0."""
    spread = F.std(axis=0)
    constant = spread <= 1e-9 * np.abs(F).max(axis=0, initial=0.0)
    return np.where(constant | (spread < least * spread.max(initial=0.0)), np.inf, spread)
