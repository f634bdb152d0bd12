"""Gaussians on a ring against torch's dense ones."""

import pytest
import torch
from torch.distributions import MultivariateNormal

from course_lib.assimilation.ring_densities import RingGaussian, coupled, kalman_step, pairs


def parts(n, w, *batch, seed=0):
    rng = torch.Generator().manual_seed(seed)
    shapes = (n, *batch), (n, *batch), (n, *batch, w)
    return [0.5 * torch.randn(shape, generator=rng, dtype=torch.double) for shape in shapes]


@pytest.mark.parametrize(("n", "w", "batch"), [(40, 6, (3,)), (9, 4, (2, 3)), (5, 0, (2,)), (7, 3, ())])
def test_log_density_equals_that_of_torchs_dense_gaussian(n, w, batch):
    density = RingGaussian(*parts(n, w, *batch))
    x = torch.randn(*batch, n, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    factor = density.factor()
    torch.testing.assert_close(factor, factor.tril())
    dense = MultivariateNormal(density.mean, precision_matrix=factor @ factor.mT)
    torch.testing.assert_close(density.log_prob(x), dense.log_prob(x))


@pytest.mark.parametrize("seed", range(3))
def test_covariance_is_the_inverse_of_the_precision(seed):
    density = RingGaussian(*parts(9, 3, 4, seed=seed))
    L = density.factor()
    identity = torch.eye(9, dtype=torch.double).expand(4, 9, 9)
    torch.testing.assert_close(density.covariance() @ (L @ L.mT), identity, atol=1e-9, rtol=0)
    assert (torch.linalg.eigvalsh(density.covariance()) > 0).all()


def test_whitened_residual_is_the_product_with_the_dense_factor():
    density = RingGaussian(*parts(11, 5, 3))
    x = torch.randn(3, 11, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    product = (density.factor().mT @ (x - density.mean)[..., None])[..., 0]
    torch.testing.assert_close(density.whitened(x), product)


def test_samples_of_the_density_are_white_after_whitening():
    density = RingGaussian(*parts(9, 2, 1))
    white = torch.randn(40_000, 9, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    x = density.mean[0] + torch.linalg.solve_triangular(density.factor()[0].mT, white.T, upper=True).T
    many = RingGaussian(*(part.expand(9, 40_000, *part.shape[2:]) for part in parts(9, 2, 1)))
    torch.testing.assert_close(many.whitened(x), white)
    torch.testing.assert_close(torch.cov(x.T), density.covariance()[0], atol=0.1, rtol=0.05)


def test_gradient_of_the_log_density_equals_finite_differences():
    x = torch.randn(2, 7, generator=torch.Generator().manual_seed(3), dtype=torch.double)
    inputs = [part.requires_grad_() for part in parts(7, 3, 2)]
    assert torch.autograd.gradcheck(lambda *given: RingGaussian(*given).log_prob(x), inputs)


def test_each_pair_of_neighbours_is_stored_once_below_the_diagonal():
    row, column = pairs(10, 3)
    assert (row > column).all()
    assert len({(int(r), int(c)) for r, c in zip(row.flatten(), column.flatten(), strict=True)}) == 30
    assert set(torch.minimum(row - column, 10 - row + column).flatten().tolist()) == {1, 2, 3}


def test_only_entries_near_the_seam_change_place_when_the_ring_is_rotated():
    # Away from the seam a rotated density has the rotated factor; the pairs over it are stored on the other side.
    location, log_diagonal, coupling = parts(12, 2, 1)
    L = RingGaussian(location, log_diagonal, coupling).factor()[0]
    rotated = RingGaussian(location.roll(1, 0), log_diagonal.roll(1, 0), coupling.roll(1, 0)).factor()[0].roll((-1, -1), (0, 1))
    different = (L - rotated).abs() > 1e-12
    assert different.any()
    assert set(torch.argwhere(different).flatten().tolist()) <= {0, 1, 9, 10, 11}


def test_kalman_step_is_the_gain_times_the_innovation():
    rng = torch.Generator().manual_seed(5)
    density, d = RingGaussian(*parts(8, 3, 2)), torch.randn(8, 2, generator=rng, dtype=torch.double)
    variance = 0.5 + torch.rand(8, generator=rng, dtype=torch.double)
    seen = torch.tensor([0, 1, 3, 4, 7])  # three sites are not observed
    precision = torch.zeros(8, dtype=torch.double)
    precision[seen] = 1 / variance[seen]
    H, P = torch.eye(8, dtype=torch.double)[seen], density.covariance()
    gain = P @ H.T @ torch.linalg.inv(H @ P @ H.T + torch.diag(variance[seen]))
    expected = (gain @ d.T[:, seen, None])[..., 0].T
    torch.testing.assert_close(kalman_step(density, d, precision[:, None].expand(8, 2)), expected)


def test_gradient_of_the_kalman_step_equals_finite_differences():
    *given, d = (part.requires_grad_() for part in (*parts(7, 2, 2), parts(7, 0, 2, seed=4)[0]))
    precision = torch.rand(7, 2, generator=torch.Generator().manual_seed(2), dtype=torch.double)
    assert torch.autograd.gradcheck(lambda *args: kalman_step(RingGaussian(*args[:3]), args[3], precision), (*given, d))


def test_indexing_takes_leading_axes():
    density = RingGaussian(*parts(6, 2, 3, 4))
    x = torch.zeros(3, 4, 6, dtype=torch.double)
    torch.testing.assert_close(density[1, 2:].log_prob(x[1, 2:]), density.log_prob(x)[1, 2:])
    torch.testing.assert_close(density[2].covariance(), density.covariance()[2])


def test_no_coupling_couples_nothing():
    location, _, coupling = parts(6, 0, 3)
    assert not coupled(coupling, location).any()


def test_shapes_that_do_not_fit_are_refused():
    location, log_diagonal, coupling = parts(6, 2, 3)
    with pytest.raises(ValueError, match="log_diagonal: expected"):
        RingGaussian(location, log_diagonal[:5], coupling)
    with pytest.raises(ValueError, match="coupling: expected"):
        RingGaussian(location, log_diagonal, coupling[:, :2])
    with pytest.raises(ValueError, match="store a pair twice"):
        RingGaussian(location, log_diagonal, torch.zeros(6, 3, 3))
    with pytest.raises(ValueError, match="x: expected shape"):
        RingGaussian(location, log_diagonal, coupling).log_prob(torch.zeros(6))
