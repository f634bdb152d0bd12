"""What the pictures of the sheet are made with: scattering coefficients averaged over the pixels, by scale and angle."""

from __future__ import annotations

import numpy as np


def moduli(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """The modulus of every image filtered by every filter, periodically: shape (..., J, L, N, N).

    Parameters
    ----------
    images : real, shape (..., N, N).
    psi : Fourier transforms of the filters, shape (J, L, N, N).
    """
    return np.abs(np.fft.ifft2(np.fft.fft2(images)[..., None, None, :, :] * psi))


def coefficients(images: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of order 1, shape (B, J, L), and of order 2, shape (B, J, L, J, L), zero where j2 ≤ j1."""
    first = moduli(images, psi)
    scales, angles = psi.shape[:2]
    second = np.zeros((len(images), scales, angles, scales, angles))
    for j in range(scales - 1):
        second[:, j, :, j + 1 :] = moduli(first[:, j], psi[j + 1 :]).mean(axis=(-2, -1))
    return first.mean(axis=(-2, -1)), second


def columns(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Logarithms of the coefficients that are not zero by construction, one image a row."""
    j, larger = np.triu_indices(first.shape[1], 1)
    pairs = second[:, j, :, larger]  # the pair of scales comes first
    return np.log(np.concatenate([first.reshape(len(first), -1), np.moveaxis(pairs, 0, 1).reshape(len(first), -1)], axis=1))
