import numpy as np
import pytest
from kymatio.numpy import Scattering2D

from course_lib.invariance.kymatio_objects import filters_2d, numpy_1d, transform_1d, transform_2d, transform_3d

TRANSFORMS = {
    "1d": (transform_1d, (64, 2, (2, 1), 2), (64,)),
    "2d": (transform_2d, (16, 2, 4, 2), (16, 16)),
    "3d": (transform_3d, ((8, 8, 8), 1, 1, 1.0, (1.0, 2.0), 2), (8, 8, 8)),
}


@pytest.mark.parametrize(("size", "J", "L"), [(32, 3, 8), (20, 2, 5)])
def test_filters_are_kymatios_on_every_grid(size, J, L):
    transform = Scattering2D(J, (size - 2 * 2**J,) * 2, L)
    assert transform._M_padded == size
    phi, psi = filters_2d(size, J, L)
    pairs = [(phi, transform.phi), *zip(psi, transform.psi, strict=True)]
    for ours, theirs in pairs:
        assert {key: ours[key] for key in ours if key != "levels"} == {key: theirs[key] for key in theirs if key != "levels"}
        for one, other in zip(ours["levels"], theirs["levels"], strict=True):
            assert one.dtype == other.dtype == np.float32
            np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_torch_on_the_cpu_gives_what_numpy_gives(name):
    transform, settings, shape = TRANSFORMS[name]
    signals = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    by_numpy, by_torch = transform(None, *settings)(signals), transform("cpu", *settings)(signals)
    assert isinstance(by_torch, np.ndarray)
    np.testing.assert_allclose(by_torch, by_numpy, rtol=1e-3, atol=1e-5 * np.abs(by_numpy).max())


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_device_is_asked_for_by_its_name(name):
    transform, settings, _ = TRANSFORMS[name]
    with pytest.raises(RuntimeError, match="no such thing"):
        transform("no such thing", *settings)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_filters_are_made_once(name):
    transform, settings, _ = TRANSFORMS[name]
    assert transform(None, *settings) is transform(None, *settings)
    assert numpy_1d(64, 2, (2, 1), 2) is numpy_1d(64, 2, (2, 1), 2)
