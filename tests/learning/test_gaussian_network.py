"""The network with two outputs and its losses in torch."""

from math import log

import numpy as np
import pytest
import torch

from course_lib.learning.backprop import forward
from course_lib.learning.gaussian_loss import gaussian_nll, gaussian_nll_slopes
from course_lib.learning.gaussian_network import GaussianNetwork, beta_nll_loss, nll_loss, square_loss
from course_lib.learning.parameters import Layer
from course_lib.learning.training import train


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def network(hidden=(5, 4), columns=3, seed=0, **options):
    """A network whose σ already depends on x."""
    model = GaussianNetwork(hidden, generator(seed), columns=columns, **options).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator(seed + 1), dtype=torch.float64)
    return model


def data(N=20, columns=3, inputs=1, seed=2):
    rng = generator(seed)
    return torch.randn(N, inputs, generator=rng).double(), torch.randn(N, columns, generator=rng).double()


class Fixed(torch.nn.Module):
    """A model that returns what it was given."""

    def __init__(self, mu, log_sigma):
        super().__init__()
        self.mu, self.log_sigma = torch.nn.Parameter(mu), torch.nn.Parameter(log_sigma)

    def forward(self, x):
        return self.mu, self.log_sigma


def fixed(seed=0, N=30):
    rng = generator(seed)
    mu, log_sigma, y = (torch.randn(N, 1, generator=rng).double() for _ in range(3))
    return Fixed(mu, log_sigma), torch.zeros(N, 1), y


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_each_column_is_a_network_of_its_own(hidden):
    model = network(hidden, inputs=2)
    x, _ = data(inputs=2)
    mu, log_sigma = model(x)
    assert mu.shape == log_sigma.shape == (20, 3)
    for column in range(3):
        theta = [
            Layer(W[column].detach().numpy(), b[column, 0].detach().numpy()) for W, b in zip(model.W, model.b, strict=True)
        ]
        expected = forward(theta, x.numpy())
        np.testing.assert_allclose(mu[:, column].detach().numpy(), expected[:, 0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(log_sigma[:, column].detach().numpy(), expected[:, 1], rtol=1e-12, atol=1e-14)


def test_columns_may_have_inputs_of_their_own():
    model, (x, _) = network(), data()
    other = torch.stack([x, 2 * x, -x], dim=1)  # (N, columns, inputs)
    mu, _ = model(other)
    for column, factor in enumerate([1, 2, -1]):
        torch.testing.assert_close(mu[:, column], model(factor * x)[0][:, column])


def test_sigma_starts_at_one_for_every_x():
    _, log_sigma = GaussianNetwork([6], generator(), columns=2)(torch.randn(10, 1, generator=generator(1)))
    assert not log_sigma.any()


@pytest.mark.parametrize("floor", [0.01, 0.5])
def test_floor_is_added_to_sigma(floor):
    free, bounded = network(seed=5), network(seed=5, floor=floor)
    x = 5 * data()[0]
    torch.testing.assert_close(bounded(x)[1].exp(), free(x)[1].exp() + floor)
    torch.testing.assert_close(bounded(x)[0], free(x)[0])


def test_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (GaussianNetwork([4], generator(seed)).W[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_first_weights_have_standard_deviation_one_over_root_fan_in():
    W = GaussianNetwork([50, 50], generator(), columns=40).W[1]
    assert W.std().item() == pytest.approx(50**-0.5, rel=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_nll_and_its_gradient_equal_numpy(seed):
    model, x, y = fixed(seed)
    loss = nll_loss(model, x, y)
    loss.backward()
    arguments = y.numpy(), model.mu.detach().numpy(), model.log_sigma.detach().numpy()
    assert loss.item() == pytest.approx(gaussian_nll(*arguments).mean(), rel=1e-12)
    for found, slope in zip((model.mu.grad, model.log_sigma.grad), gaussian_nll_slopes(*arguments), strict=True):
        np.testing.assert_allclose(found.numpy(), slope / len(y), rtol=1e-12, atol=1e-15)


def test_losses_sum_over_columns_what_each_column_alone_costs():
    model, (x, y) = network(), data()
    for loss in (square_loss, nll_loss, beta_nll_loss(0.5)):
        alone = 0.0
        for column in range(3):
            one = GaussianNetwork((5, 4), generator()).double()
            with torch.no_grad():
                for mine, theirs in zip(one.parameters(), model.parameters(), strict=True):
                    mine.copy_(theirs[column : column + 1])
            alone += loss(one, x, y[:, column : column + 1]).item()
        assert loss(model, x, y).item() == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_beta_nll_multiplies_each_slope_by_sigma_to_the_power_two_beta(beta):
    model, x, y = fixed()
    beta_nll_loss(beta)(model, x, y).backward()
    weight = torch.exp(2 * beta * model.log_sigma.detach()).numpy()
    slopes = gaussian_nll_slopes(y.numpy(), model.mu.detach().numpy(), model.log_sigma.detach().numpy())
    for found, slope in zip((model.mu.grad, model.log_sigma.grad), slopes, strict=True):
        np.testing.assert_allclose(found.numpy(), weight * slope / len(y), rtol=1e-11, atol=1e-15)


def test_with_beta_one_the_mean_has_half_the_slope_of_the_square_loss():
    model, x, y = fixed()
    beta_nll_loss(1.0)(model, x, y).backward()
    first = model.mu.grad.clone()
    model.zero_grad()
    square_loss(model, x, y).backward()
    torch.testing.assert_close(first, model.mu.grad / 2)


def test_training_two_straight_lines_finds_the_parameters_that_made_the_data():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, size=(4000, 1))
    y = 1 + 2 * x + np.exp(-1 + 0.8 * x) * rng.normal(size=(4000, 2))
    model = GaussianNetwork([], generator(), columns=2).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    train(
        model, nll_loss, (torch.tensor(x), torch.tensor(y)), optimizer=optimizer, batch_size=4000, epochs=300, rng=generator()
    )
    w, b = model.W[0].detach()[:, 0], model.b[0].detach()[:, 0]
    # Standard errors from the Fisher information are below 0.02.
    np.testing.assert_allclose(w, [[2, 0.8]] * 2, atol=0.06)
    np.testing.assert_allclose(b, [[1, -1]] * 2, atol=0.06)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianNetwork([0], generator()), "sizes: expected at least two positive"),
        (lambda: GaussianNetwork([4], generator(), columns=0), "columns: expected a whole number"),
        (lambda: GaussianNetwork([4], generator(), floor=-0.1), "floor: expected"),
        (lambda: GaussianNetwork([4], generator(), floor=float("nan")), "floor: expected"),
        (lambda: beta_nll_loss(1.5), "beta: expected a number from 0 to 1, got 1.5"),
        (lambda: beta_nll_loss(float("nan")), "beta: expected"),
        (lambda: nll_loss(network(), data()[0], data()[1][:, :2]), r"y: expected shape \(20, 3\)"),
        (lambda: square_loss(network(), data()[0], data()[1][:, 0]), r"y: expected shape \(20, 3\)"),
    ],
)
def test_bad_arguments_are_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_log_of_a_large_sigma_does_not_overflow_at_the_floor():
    model = network(hidden=(), columns=1, floor=0.1)
    with torch.no_grad():
        model.b[-1][..., 1] = 900.0
    assert model(torch.zeros(1, 1).double())[1].item() == pytest.approx(900.0)
    with torch.no_grad():
        model.b[-1][..., 1] = -900.0
    assert model(torch.zeros(1, 1).double())[1].item() == pytest.approx(log(0.1))
