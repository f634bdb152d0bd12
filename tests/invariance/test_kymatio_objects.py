import numpy as np
import pytest

from course_lib.invariance.kymatio_objects import numpy_1d, transform_1d, transform_2d, transform_3d

TRANSFORMS = {
    "1d": (transform_1d, (64, 2, (2, 1), 2), (64,)),
    "2d": (transform_2d, (16, 2, 4, 2), (16, 16)),
    "3d": (transform_3d, ((8, 8, 8), 1, 1, 1.0, (1.0, 2.0), 2), (8, 8, 8)),
}


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
