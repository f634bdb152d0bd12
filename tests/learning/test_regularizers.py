import numpy as np
import pytest
import torch

from course_lib.learning.descent import gradient_descent
from course_lib.learning.differences import finite_difference_gradient
from course_lib.learning.regularizers import (
    dropout,
    dropout_mask,
    early_stopping_filter,
    weight_decay_filter,
    weight_decay_step,
)

SEEDS = range(5)


def quadratic(seed, n=6, N=30):
    """Inputs and targets of a linear model, the Hessian of ½·(mean square error), and its X^T y / N."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, n)) @ rng.normal(size=(n, n))
    y = rng.normal(size=N)
    return X, y, X.T @ X / N, X.T @ y / N


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_decay_step_equals_torch_sgd(seed):
    rng = np.random.default_rng(seed)
    theta, slopes = rng.normal(size=(3, 2)), rng.normal(size=(20, 3, 2))
    theirs = torch.nn.Parameter(torch.tensor(theta))
    optimizer = torch.optim.SGD([theirs], lr=0.1, weight_decay=0.3)
    for slope in slopes:
        theirs.grad = torch.tensor(slope)
        optimizer.step()
        theta = weight_decay_step(theta, slope, 0.1, 0.3)
    np.testing.assert_allclose(theta, theirs.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_decay_is_descent_on_the_loss_with_a_square_penalty(seed):
    theta, decay, rate = np.random.default_rng(seed).normal(size=7), 0.4, 0.05

    def loss(theta):
        return np.cos(theta).sum() + np.prod(theta)

    def penalised(theta):
        return loss(theta) + decay / 2 * np.sum(theta**2)

    step = weight_decay_step(theta, finite_difference_gradient(loss, theta), rate, decay)
    np.testing.assert_allclose(step, theta - rate * finite_difference_gradient(penalised, theta), atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_decay_filter_gives_the_closed_form_of_ridge(seed):
    X, y, H, g = quadratic(seed)
    eigenvalues, V = np.linalg.eigh(H)
    least_squares = np.linalg.lstsq(X, y, rcond=None)[0]
    filtered = V @ (weight_decay_filter(eigenvalues, 0.7) * (V.T @ least_squares))
    np.testing.assert_allclose(filtered, np.linalg.solve(H + 0.7 * np.eye(6), g), rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_repeated_weight_decay_steps_arrive_at_ridge(seed):
    _, _, H, g = quadratic(seed)
    theta = np.zeros(6)
    rate = 1 / (np.linalg.eigvalsh(H)[-1] + 0.7)
    for _ in range(2000):
        theta = weight_decay_step(theta, H @ theta - g, rate, 0.7)
    np.testing.assert_allclose(theta, np.linalg.solve(H + 0.7 * np.eye(6), g), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_early_stopping_filter_says_where_descent_is_after_any_number_of_steps(seed):
    X, y, H, g = quadratic(seed)
    eigenvalues, V = np.linalg.eigh(H)
    rate = 1.5 / eigenvalues[-1]
    path = gradient_descent(lambda theta: H @ theta - g, np.zeros(6), rate, 50)
    least_squares = np.linalg.lstsq(X, y, rcond=None)[0]
    for steps in (0, 1, 7, 50):
        expected = V @ (early_stopping_filter(eigenvalues, rate, steps) * (V.T @ least_squares))
        np.testing.assert_allclose(path[steps], expected, atol=1e-10)


def test_the_two_filters_agree_where_they_keep_little():
    eigenvalues, rate, steps = np.array([1e-6, 1e-5]), 0.1, 100
    decay = 1 / (rate * steps)
    np.testing.assert_allclose(
        weight_decay_filter(eigenvalues, decay), early_stopping_filter(eigenvalues, rate, steps), rtol=1e-3
    )


def test_filters_keep_more_of_steeper_directions_and_nothing_of_level_ones():
    eigenvalues = np.linspace(0, 5, 50)
    for kept in (weight_decay_filter(eigenvalues, 0.3), early_stopping_filter(eigenvalues, 0.1, 20)):
        assert kept[0] == 0
        assert np.all(np.diff(kept) > 0)
        assert kept[-1] < 1


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_dropout_equals_torch_with_the_same_mask(p):
    rng = np.random.default_rng(0)
    h, dL_dout = rng.normal(size=(40, 7)), rng.normal(size=(40, 7))
    theirs = torch.tensor(h, requires_grad=True)
    torch.manual_seed(1)
    expected = torch.nn.functional.dropout(theirs, p, training=True)
    expected.backward(torch.tensor(dL_dout))
    torch.manual_seed(1)
    mask = torch.nn.functional.dropout(torch.ones(40, 7, dtype=torch.float64), p).numpy()
    out, backward = dropout(h, mask)
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(backward(dL_dout), theirs.grad.numpy(), rtol=1e-14)


def test_dropout_does_nothing_when_evaluating_as_in_torch():
    h = np.random.default_rng(0).normal(size=(4, 3))
    out, backward = dropout(h, None)
    np.testing.assert_array_equal(out, torch.nn.Dropout(0.5).eval()(torch.tensor(h)).numpy())
    np.testing.assert_array_equal(backward(h), h)


@pytest.mark.parametrize("p", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("seed", SEEDS)
def test_masks_are_zero_or_inverse_of_the_kept_share_with_mean_one_and_the_stated_variance(p, seed):
    mask = dropout_mask((500, 400), p, np.random.default_rng(seed))
    np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - p)])
    variance = p / (1 - p)
    assert abs(mask.mean() - 1) < 5 * np.sqrt(variance / mask.size)
    fourth = p + (p / (1 - p)) ** 4 * (1 - p)  # of the centred mask
    assert abs(((mask - 1) ** 2).mean() - variance) < 5 * np.sqrt((fourth - variance**2) / mask.size)


def test_masks_of_a_sample_and_of_its_units_are_independent():
    mask = dropout_mask((20_000, 4), 0.5, np.random.default_rng(0))
    assert np.abs(np.corrcoef(mask.T) - np.eye(4)).max() < 5 / np.sqrt(20_000)


def test_mask_depends_on_the_generator_alone():
    first, second = (dropout_mask((5, 6), 0.5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weight_decay_step([1.0, 2.0], [1.0], 0.1, 0.1), "gradient"),
        (lambda: weight_decay_step([np.nan], [1.0], 0.1, 0.1), "theta"),
        (lambda: weight_decay_step([1.0], [1.0], 0, 0.1), "learning_rate"),
        (lambda: weight_decay_step([1.0], [1.0], 0.1, -0.1), "weight_decay: expected .* got -0.1"),
        (lambda: weight_decay_step([1.0], [1.0], 0.1, np.inf), "weight_decay: expected .* got inf"),
        (lambda: weight_decay_filter([1.0], 0.0), "weight_decay"),
        (lambda: weight_decay_filter([-1.0], 0.1), "eigenvalues: .* -1"),
        (lambda: early_stopping_filter([1.0], 0.1, 2.5), "steps"),
        (lambda: early_stopping_filter([1.0], -0.1, 2), "learning_rate"),
        (lambda: dropout_mask((3,), 1.0, np.random.default_rng(0)), r"p: expected a probability with 0 ≤ p < 1, got 1\.0"),
        (lambda: dropout_mask((3,), -0.1, np.random.default_rng(0)), r"p: expected a probability with 0 ≤ p < 1, got -0\.1"),
        (lambda: dropout_mask((3,), float("nan"), np.random.default_rng(0)), "p: expected"),
        (lambda: dropout([1.0, 2.0], [1.0]), "mask"),
        (lambda: dropout([np.inf], None), "h: "),
        (lambda: dropout([1.0], None)[1]([1.0, 2.0]), "dL_dout"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
