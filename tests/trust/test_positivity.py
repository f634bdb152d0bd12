import numpy as np
import pytest
import torch

from course_lib.trust.positivity import POSITIVE_MAPS, Positive, negative_penalty, shares


@pytest.mark.parametrize("how", POSITIVE_MAPS)
def test_outputs_are_never_negative(how):
    z = torch.linspace(-80, 80, 1001, dtype=torch.double)
    y = Positive(how)(z)
    assert (y >= 0).all()
    if how in ("softplus", "exp"):
        assert (y > 0).all()


def test_maps_are_those_of_the_formulas():
    z = torch.linspace(-5, 5, 21, dtype=torch.double)
    points = z.numpy()
    expected = {
        "softplus": np.logaddexp(0, points),
        "exp": np.exp(points),
        "square": points**2,
        "clip": np.clip(points, 0, None),
    }
    for how, values in expected.items():
        np.testing.assert_allclose(Positive(how)(z), values, atol=1e-14)


def test_only_clipping_has_no_gradient_where_it_acts():
    for how in POSITIVE_MAPS:
        z = torch.tensor([-2.0], requires_grad=True)
        Positive(how)(z).sum().backward()
        assert (z.grad == 0).item() == (how == "clip")


def test_softplus_has_the_logistic_function_as_its_slope():
    z = torch.linspace(-6, 6, 13, dtype=torch.double, requires_grad=True)
    Positive("softplus")(z).sum().backward()
    np.testing.assert_allclose(z.grad, torch.sigmoid(z.detach()), rtol=1e-12)


def test_penalty_sees_only_negative_outputs():
    assert negative_penalty(torch.tensor([0.0, 2.0])) == 0
    assert negative_penalty(torch.tensor([[-3.0, 2.0], [1.0, -1.0]])) == 10 / 4


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_positive_and_add_up(seed):
    rng = np.random.default_rng(seed)
    z, total = torch.tensor(5 * rng.normal(size=(7, 4))), torch.tensor(rng.exponential(size=7))
    parts = shares(z, total)
    assert (parts > 0).all()
    np.testing.assert_allclose(parts.sum(-1), total, rtol=1e-12)
    np.testing.assert_allclose(shares(z + 3, total), parts, rtol=1e-12)
    np.testing.assert_array_equal(shares(z[2], total[2]), parts[2])
    np.testing.assert_allclose(shares(torch.zeros(7, 4), total.float()), total.float()[:, None].expand(7, 4) / 4, rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^how: 'relu' is not known; expected one of softplus"):
        Positive("relu")
    with pytest.raises(ValueError, match=r"^total: expected positive numbers, got 0"):
        shares(torch.ones(2, 3), torch.tensor([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"^total: expected one for each row of z, shape \(2,\), got \(3,\)"):
        shares(torch.ones(2, 3), torch.ones(3))
    with pytest.raises(ValueError, match=r"^total: expected one for each row of z"):
        shares(torch.tensor(1.0), torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"^total: expected positive"):
        shares(torch.ones(1, 3), torch.tensor([float("nan")]))
