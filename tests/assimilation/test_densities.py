"""Gaussian densities of a network against torch's own distribution."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from course_lib.assimilation.densities import GaussianDensity, GaussianProcoder, forward_substitution

SEEDS = [0, 1, 2]


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def procoder(memory, n, seed=0):
    return GaussianProcoder(memory, n, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "batch"), [(1, (3,)), (2, (4, 5)), (5, ())])
def test_log_density_and_covariance_equal_those_of_torch(seed, n, batch):
    density = procoder(6, n, seed)(3 * normal(*batch, 6, seed=seed))
    theirs = MultivariateNormal(density.mean, scale_tril=density.factor)
    x = normal(*batch, n, seed=seed + 10)
    torch.testing.assert_close(density.log_prob(x), theirs.log_prob(x), rtol=1e-10, atol=1e-10)
    assert density.log_prob(x).shape == batch  # a (B, 1) here would turn a mean into a mistake
    torch.testing.assert_close(density.covariance(), theirs.covariance_matrix)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_forward_substitution_solves_the_triangular_system(n):
    factor = normal(3, 4, n, n).tril() + 3 * torch.eye(n)
    residual = normal(3, 4, n, seed=1)
    expected = torch.linalg.solve_triangular(factor, residual[..., None], upper=False)[..., 0]
    torch.testing.assert_close(forward_substitution(factor, residual), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("n", "outputs"), [(2, 5), (3, 9), (40, 860)])
def test_procoder_has_an_output_for_each_entry_of_mean_and_factor(n, outputs):
    assert procoder(4, n).linear.out_features == outputs


def test_outputs_are_mean_then_log_diagonal_then_entries_below_it_row_after_row():
    c = GaussianProcoder(9, 3, torch.Generator())
    with torch.no_grad():
        c.linear.weight.copy_(torch.eye(9)), c.linear.bias.zero_()
    density = c(torch.tensor([1.0, 2.0, 3.0, 0.0, 0.1, 0.2, 4.0, 5.0, 6.0], dtype=torch.double))
    e = torch.tensor([0.0, 0.1, 0.2], dtype=torch.double).exp()
    expected = torch.tensor([[e[0], 0, 0], [4, e[1], 0], [5, 6, e[2]]], dtype=torch.double)
    torch.testing.assert_close(density.factor, expected)
    assert density.mean.tolist() == [1, 2, 3]


def test_standard_deviations_stay_within_their_bounds():
    c = procoder(1, 1)
    with torch.no_grad():
        c.linear.weight.fill_(1.0), c.linear.bias.zero_()
    sigma = c(torch.tensor([[-1000.0], [1000.0]], dtype=torch.double)).factor[:, 0, 0]
    torch.testing.assert_close(sigma.log(), torch.tensor([-8.0, 8.0], dtype=torch.double))


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_equals_central_differences(seed):
    c, x = procoder(4, 2, seed), normal(3, 2, seed=seed + 5)
    h = normal(3, 4, seed=seed).requires_grad_()
    assert torch.autograd.gradcheck(lambda h, *_: c(h).log_prob(x), (h, *c.parameters()))


def test_index_takes_the_leading_axes():
    density = procoder(4, 2)(normal(3, 5, 4))
    part = density[1, 2:]
    assert torch.equal(part.mean, density.mean[1, 2:])
    assert torch.equal(part.factor, density.factor[1, 2:])


def test_shapes_that_do_not_fit_are_refused():
    density = procoder(4, 2)(normal(3, 4))
    with pytest.raises(ValueError, match=r"x: expected shape \(..., 2\), got \(3, 1\)"):
        density.log_prob(normal(3, 1))
    with pytest.raises(ValueError, match=r"x: expected shape \(..., 2\), got \(3, 3\)"):
        density.log_prob(normal(3, 3))
    with pytest.raises(ValueError, match="factor: expected shape"):
        GaussianDensity(normal(3, 2), normal(3, 3, 3))
