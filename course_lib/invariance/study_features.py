"""The data sets of the few-label study and their features, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import zoom

from course_lib.invariance.fields import CLASSES, fields
from course_lib.invariance.paths import paths_2d
from course_lib.invariance.rotation import rotation_averaged
from course_lib.invariance.scattering import scattering_2d
from course_lib.invariance.spectra import fourier_modulus, isotropic_spectrum
from course_lib.invariance.textures import texture_patches
from course_lib.teaching.data import handwritten_digits

#: Seed, images of each kind and pixels along a side of the fields.
FIELD_SEED, FIELD_COUNT, FIELD_SIZE = 2026, 48, 256

#: Scattering of the stored fields, made by the study.
#:
#: :meta hide-value:
STORED_FIELDS = Path(__file__).with_name("field_features.npz")


class DataSet(NamedTuple):
    """Images, shape (n, N, N), labels, (n,), which images may be labelled, (n,), and for each kind of features candidates."""

    images: np.ndarray
    labels: np.ndarray
    learnable: np.ndarray
    features: Mapping[str, Mapping[str, np.ndarray]]


def log_scattering(values: np.ndarray) -> np.ndarray:
    """Logarithms of averaged scattering coefficients, the first of which, the mean of the image, is left out.

    Parameters
    ----------
    values : shape (n, P).
    """
    return np.log(np.maximum(values[:, 1:], 1e-6))


def _flat(array: np.ndarray) -> np.ndarray:
    return array.reshape(len(array), -1)


def scattering_features(averaged: np.ndarray, J: int) -> dict[str, np.ndarray]:
    """Order 1, orders 1 and 2, and what is left of these after averaging over rotations; all as logarithms.

    Parameters
    ----------
    averaged : scattering coefficients averaged over space, shape (n, P).
    J : their number of scales.
    """
    return {
        "scattering, order 1": log_scattering(averaged[:, : 1 + 8 * J]),
        "scattering, order 2": log_scattering(averaged),
        "rotation-averaged": log_scattering(rotation_averaged(averaged, paths_2d(J)).values),
    }


def invariant_features(images: np.ndarray, averaged: np.ndarray, J: int) -> dict[str, dict[str, np.ndarray]]:
    """Features of fields and textures: all but the pixels do not see translations.

    Parameters
    ----------
    images : shape (n, N, N).
    averaged : scattering coefficients averaged over space, shape (n, P).
    J : their number of scales.
    """
    modulus = np.log(np.fft.fftshift(fourier_modulus(images), axes=(1, 2)) + 1e-3)
    blocks = modulus.reshape(len(images), 32, images.shape[1] // 32, 32, -1).mean(axis=(2, 4))
    plain = {
        "pixels": images[:, :: images.shape[1] // 64, :: images.shape[1] // 64],
        "Fourier modulus": blocks[:, 16:],  # the other half repeats it
        "isotropic spectrum": np.log(isotropic_spectrum(images)[:, 1:] + 1e-9),
    }
    return {name: {name: _flat(table)} for name, table in (plain | scattering_features(averaged, J)).items()}


def field_data(images: np.ndarray, averaged: np.ndarray) -> DataSet:
    """The nine kinds of fields, from their images and averaged scattering coefficients."""
    labels = np.repeat(np.arange(len(CLASSES)), len(images) // len(CLASSES))
    return DataSet(images, labels, np.ones(len(labels), dtype=bool), invariant_features(images, averaged, 5))


def make_fields(cache: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Images of all kinds and their averaged scattering coefficients, about six minutes; with a cache, the images are kept."""
    file = None if cache is None else cache / f"fields-{FIELD_SEED}-{FIELD_COUNT}.npy"
    if file is not None and file.exists():
        images = np.load(file, allow_pickle=False)
    else:
        images, _ = fields(list(CLASSES), FIELD_COUNT, FIELD_SIZE, np.random.default_rng(FIELD_SEED))
        if file is not None:
            np.save(file, images)
    return images, scattering_2d(images, 5, batch=8, cache=cache).mean()


def stored_fields() -> tuple[np.ndarray, np.ndarray]:
    """Averaged scattering coefficients of the study's fields, shape (n, 681), and the labels, shape (n,)."""
    with np.load(STORED_FIELDS, allow_pickle=False) as stored:
        return stored["scattering"].astype(float), stored["labels"]


def stored_twin_spectrum() -> np.ndarray:
    """Logarithm of the isotropic spectrum of the study's turbulence and twins, in this order, shape (m, 128)."""
    with np.load(STORED_FIELDS, allow_pickle=False) as stored:
        return stored["twin_spectrum"].astype(float)


def texture_data() -> DataSet:
    """Patches of the textures; only those of the left parts may be labelled."""
    patches = texture_patches()
    images = np.concatenate([patches.train, patches.test])
    labels = np.concatenate([patches.train_labels, patches.test_labels])
    learnable = np.arange(len(labels)) < len(patches.train)
    return DataSet(images, labels, learnable, invariant_features(images, scattering_2d(images, 4).mean(), 4))


def enlarged(images: np.ndarray, side: int) -> np.ndarray:
    """Images with a border of zeros up to `side` pixels, then twice as large by cubic splines.

    Parameters
    ----------
    images : shape (n, N, N).
    side : pixels along a side before the enlargement.
    """
    border = (side - images.shape[-1]) // 2
    padded = np.pad(images, ((0, 0), (border, border), (border, border)))
    return zoom(padded, (1, 2, 2), order=3, mode="grid-constant", grid_mode=True)


def digit_data() -> DataSet:
    """The digits. They are upright and centred, so the scattering coefficients keep their places.

    Two ways to compute these are candidates: with two scales on 16 × 16 pixels, a border of zeros around the digit, and with
    three scales on this image enlarged twice. Logarithms are taken of these too; the small number that is added matters little.
    """
    images, labels = handwritten_digits()
    large = enlarged(images, 16)
    framed = np.pad(images, ((0, 0), (4, 4), (4, 4)))
    scattered = {"three scales, enlarged": scattering_2d(large, 3), "two scales": scattering_2d(framed, 2)}
    logs = {name: value._replace(values=np.log(np.abs(value.values) + 0.01)) for name, value in scattered.items()}
    turned = {
        name: rotation_averaged(np.moveaxis(value.values, 1, -1), value.paths).values for name, value in scattered.items()
    }
    features = {
        "pixels": {"pixels": _flat(images)},
        "Fourier modulus": {"Fourier modulus": _flat(fourier_modulus(images)[:, :5])},
        "isotropic spectrum": {"isotropic spectrum": np.log(isotropic_spectrum(images) + 1e-6)},
        "scattering, order 1": {
            name: np.concatenate([_flat(value.order(m).values) for m in (0, 1)], axis=1) for name, value in logs.items()
        },
        "scattering, order 2": {name: _flat(value.values) for name, value in logs.items()},
        "rotation-averaged": {name: np.log(np.abs(_flat(value)) + 0.01) for name, value in turned.items()},
    }
    return DataSet(images, labels, np.ones(len(labels), dtype=bool), features)
