"""Filters and filtered images by another way than the exercises ask for, to check these against."""

from __future__ import annotations

import numpy as np


def gabor_from_space(N: int, sigma: float, xi: float, theta: float, slant: float) -> np.ndarray:
    """Fourier transform, shape (N, N), of a Gaussian window times a wave, sampled on pixels and wrapped round the image."""
    copies = int(np.ceil(9 * sigma / min(1, slant) / N))
    x = np.arange(-copies * N, (copies + 1) * N)
    along = x[:, None] * np.cos(theta) + x * np.sin(theta)
    across = x * np.cos(theta) - x[:, None] * np.sin(theta)
    window = slant / (2 * np.pi * sigma**2) * np.exp(-(along**2 + (slant * across) ** 2) / (2 * sigma**2))
    sampled = (window * np.exp(1j * xi * along)).reshape(2 * copies + 1, N, 2 * copies + 1, N)
    return np.fft.fft2(sampled.sum(axis=(0, 2))).real


def morlet_from_space(N: int, sigma: float, xi: float, theta: float, slant: float) -> np.ndarray:
    """The same with as much of the window taken off as makes the mean zero."""
    wave, window = gabor_from_space(N, sigma, xi, theta, slant), gabor_from_space(N, sigma, 0.0, theta, slant)
    return wave - window * wave[0, 0] / window[0, 0]


def filtered(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Images, shape (..., N, N), filtered periodically: shape (..., J, L, N, N), complex; by sums over waves, without FFT."""
    N = psi.shape[-1]
    waves = np.exp(-2j * np.pi * np.outer(np.arange(N), np.arange(N)) / N)
    spectrum = waves @ images[..., None, None, :, :] @ waves
    return waves.conj() @ (spectrum * psi) @ waves.conj() / N**2


def mirrored(images: np.ndarray, margin: int) -> np.ndarray:
    """Images continued by `margin` pixels on each side, as in a mirror that stands on the outermost pixels."""
    N = images.shape[-1]
    places = np.arange(-margin, N + margin)
    places = (N - 1) - np.abs((N - 1) - np.abs(places))
    return images[..., places[:, None], places]


def moduli(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Moduli of mirrored and filtered images, cut to the images' own size."""
    N, M = images.shape[-1], psi.shape[-1]
    margin = (M - N) // 2
    return np.abs(filtered(mirrored(images, margin), psi))[..., margin : margin + N, margin : margin + N]
