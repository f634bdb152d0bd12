"""kymatio's transforms, made once for each setting.

kymatio 0.3.0 fills its banks for images with Python loops over pixels, which takes a minute for 256 × 256 pixels and five
scales. Its transforms are given the same filters from :func:`course_lib.invariance.wavelets.morlet_bank` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from kymatio.frontend.numpy_frontend import ScatteringNumPy
from kymatio.numpy import HarmonicScattering3D, Scattering1D
from kymatio.scattering2d.frontend.base_frontend import ScatteringBase2D
from kymatio.scattering2d.frontend.numpy_frontend import ScatteringNumPy2D

from course_lib.invariance.reference import coarser_filter
from course_lib.invariance.wavelets import morlet_bank

#: Takes a batch of signals in single precision and returns its coefficients.
Transform = Callable[[np.ndarray], np.ndarray]

#: How many settings are kept; the bank for 256 × 256 pixels takes 30 MB.
KEPT = 4


def filters_2d(size: int, J: int, L: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The low-pass filter and the wavelets for images of one size, in single precision and in kymatio's form.

    Parameters
    ----------
    size : pixels a side, padding included.
    J, L : number of scales and of angles.

    Returns
    -------
    dict and list of dict
        With the entries "levels" (the filter for the grid of all pixels, of every second, of every fourth …) and "j"; a
        wavelet's also with "theta".
    """
    bank = morlet_bank(size, J, L)

    def levels(filter_hat: np.ndarray, count: int) -> list[np.ndarray]:
        return [np.ascontiguousarray(coarser_filter(filter_hat, 2**level), np.float32) for level in range(count)]

    psi = [
        {"levels": levels(bank.psi[j, theta], min(j + 1, max(J - 1, 1))), "j": j, "theta": theta}
        for j in range(J)
        for theta in range(L)
    ]
    return {"levels": levels(bank.phi, J), "j": J}, psi


class _NumPy2D(ScatteringNumPy2D):
    """kymatio's transform of images with our filters."""

    def __init__(self, size: int, J: int, L: int, max_order: int):
        ScatteringNumPy.__init__(self)
        ScatteringBase2D.__init__(self, J, (size, size), L, max_order, backend="numpy")
        self._instantiate_backend("kymatio.scattering2d.backend.")
        ScatteringBase2D.build(self)
        self.phi, self.psi = filters_2d(self._M_padded, J, L)


@lru_cache(maxsize=KEPT)
def transform_2d(device: str | None, size: int, J: int, L: int, max_order: int) -> Transform:
    """The transform of kymatio's ``Scattering2D``: a map from shape (B, N, N) to (B, P, h, w).

    Parameters
    ----------
    device : None for kymatio's NumPy backend, else the name of a torch device.
    size, J, L, max_order : as in :func:`course_lib.invariance.scattering.scattering_2d`.
    """
    if device is None:
        return _NumPy2D(size, J, L, max_order).scattering
    from kymatio.frontend.torch_frontend import ScatteringTorch
    from kymatio.scattering2d.frontend.torch_frontend import ScatteringTorch2D

    class Torch2D(ScatteringTorch2D):
        def __init__(self):
            ScatteringTorch.__init__(self)
            ScatteringBase2D.__init__(self, J, (size, size), L, max_order, backend="torch")
            self._instantiate_backend("kymatio.scattering2d.backend.")
            ScatteringBase2D.build(self)
            self.phi, self.psi = filters_2d(self._M_padded, J, L)
            self.register_filters()

    return _with_torch(Torch2D(), device)


@lru_cache(maxsize=KEPT)
def numpy_1d(size: int, J: int, Q: tuple[int, int], max_order: int) -> Scattering1D:
    """The object of kymatio for series: ``.scattering`` transforms, ``.meta()`` lists its wavelets."""
    return Scattering1D(J, size, Q, max_order=max_order)


@lru_cache(maxsize=KEPT)
def transform_1d(device: str | None, size: int, J: int, Q: tuple[int, int], max_order: int) -> Transform:
    """The transform of kymatio's ``Scattering1D``: a map from shape (B, N) to (B, P, n)."""
    if device is None:
        return numpy_1d(size, J, Q, max_order).scattering
    from kymatio.torch import Scattering1D as TorchScattering1D

    return _with_torch(TorchScattering1D(J, size, Q, max_order=max_order), device)


@lru_cache(maxsize=KEPT)
def transform_3d(
    device: str | None, shape: tuple[int, int, int], J: int, L: int, sigma: float, powers: tuple[float, ...], max_order: int
) -> Transform:
    """The transform of kymatio's ``HarmonicScattering3D``: a map from shape (B, M, N, O) to (B, scales, L + 1, powers)."""
    settings = {"L": L, "sigma_0": sigma, "max_order": max_order, "integral_powers": powers}
    if device is None:
        return HarmonicScattering3D(J, shape, **settings).scattering
    from kymatio.torch import HarmonicScattering3D as TorchHarmonicScattering3D

    return _with_torch(TorchHarmonicScattering3D(J, shape, **settings), device)


def _with_torch(module: Any, device: str) -> Transform:
    import torch

    module.to(device)

    @torch.no_grad()
    def transform(signals: np.ndarray) -> np.ndarray:
        return module.scattering(torch.from_numpy(signals).to(device)).cpu().numpy()

    return transform
