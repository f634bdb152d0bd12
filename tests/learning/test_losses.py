import numpy as np
import pytest
import torch

from course_lib.learning.differences import finite_difference_gradient
from course_lib.learning.losses import LOSSES, loss_function

TORCH = {
    "square": torch.nn.functional.mse_loss,
    "absolute": torch.nn.functional.l1_loss,
    "huber": torch.nn.functional.huber_loss,
}


@pytest.mark.parametrize("name", LOSSES)
def test_value_and_slope_equal_torch(name):
    r = np.concatenate([[0.0, 1.0, -1.0], np.random.default_rng(0).normal(scale=2, size=200)])
    theirs = torch.tensor(r, requires_grad=True)
    value = TORCH[name](theirs, torch.zeros_like(theirs), reduction="none")
    value.sum().backward()
    np.testing.assert_allclose(loss_function(name).value(r), value.detach().numpy(), rtol=1e-13)
    np.testing.assert_allclose(loss_function(name).slope(r), theirs.grad.numpy(), rtol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_slope_equals_finite_differences(name):
    r = np.random.default_rng(1).uniform(0.1, 0.9, size=20) * np.repeat([1, -1, 3, -3], 5)
    r = r[np.abs(np.abs(r) - 1) > 0.01]  # away from the kinks
    rho = loss_function(name)
    np.testing.assert_allclose(rho.slope(r), finite_difference_gradient(lambda r: rho.value(r).sum(), r), atol=1e-10)


def test_a_far_outlier_pulls_without_limit_only_on_the_square():
    assert [abs(loss_function(name).slope(np.array(-1000.0))) for name in ("square", "absolute", "huber")] == [2000, 1, 1]


def test_unknown_loss_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'l2'.*square, absolute, huber"):
        loss_function("l2")
