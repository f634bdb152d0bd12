from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Lasso, Ridge

from course_lib.learning.differences import finite_difference_gradient
from course_lib.learning.parameters import Layer, to_vector
from course_lib.learning.playground import Settings, mean_square, penalised_step, train, wrong_side
from course_lib.learning.playground_data import COUNT, FEATURES, REGRESSION, data_set, features, spinodal_temperature

CLASSES = ("circle", "xor", "spiral", "gaussians", "waals")
SEEDS = range(1, 6)
FULL = Settings(batch=COUNT)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [*CLASSES, *REGRESSION])
def test_points_and_targets_are_in_their_range(name, seed):
    x, y = data_set(name, 0.0, seed)
    assert x.shape == (COUNT, 2)
    assert y.shape == (COUNT, 1)
    assert np.abs(x).max() <= (7 if name == "gaussians" else 5)
    if name in CLASSES:
        assert set(y[:, 0]) == {-1.0, 1.0}
        assert 0.35 < np.mean(y > 0) < 0.65


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_have_the_shapes_of_their_names(seed):
    x, y = data_set("circle", 0.0, seed)
    radius = np.hypot(*x.T)
    assert radius[y[:, 0] > 0].max() < 2.5
    assert radius[y[:, 0] < 0].min() > 3.5
    turn = np.arctan2(*x.T) / (2 * np.pi) % 1  # every direction is as likely as any other
    assert stats.kstest(turn, "uniform").pvalue > 1e-3
    x, y = data_set("xor", 0.0, seed)
    np.testing.assert_array_equal(np.sign(x[:, 0] * x[:, 1]), y[:, 0])
    assert np.abs(x).min() > 0.3
    x, y = data_set("gaussians", 0.0, seed)
    for sign in (-1, 1):
        np.testing.assert_allclose(x[y[:, 0] == sign].mean(axis=0), 2 * sign, atol=5 / np.sqrt(COUNT / 2))
    x, y = data_set("spiral", 0.0, seed)
    radius = np.hypot(*x.T)
    turned = np.arctan2(x[:, 0], x[:, 1]) - 0.7 * np.pi * radius  # 0 on one arm, half a turn on the other
    np.testing.assert_allclose(np.cos(turned), y[:, 0], atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_unstable_van_der_waals_states_are_those_whose_pressure_rises_with_volume(seed):
    x, y = data_set("waals", 0.0, seed)
    V, T = 1.75 + x[:, 0] / 4, 0.8 + 0.06 * x[:, 1]
    slope = finite_difference_gradient(lambda v: np.sum(8 * T / (3 * v - 1) - 3 / v**2), V)
    np.testing.assert_array_equal(slope > 0, y[:, 0] > 0)


def test_spinodal_ends_in_the_critical_point():
    V = np.linspace(0.5, 3, 2501)
    T = spinodal_temperature(V)
    assert V[T.argmax()] == pytest.approx(1)
    assert T.max() == pytest.approx(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_regression_targets_are_their_formulas(seed):
    x, y = data_set("plane", 0.0, seed)
    np.testing.assert_allclose(y[:, 0], 0.1 * x[:, 0] + 0.1 * x[:, 1])
    x, y = data_set("bumps", 0.0, seed)
    product = np.prod([np.exp(-((x - 2.5) ** 2) / 4) - np.exp(-((x + 2.5) ** 2) / 4)], axis=0).prod(axis=1)
    np.testing.assert_allclose(y[:, 0], product, atol=1e-15)


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_displaces_points_and_leaves_targets(seed):
    clean, noisy = data_set("circle", 0.0, seed), data_set("circle", 0.7, seed)
    np.testing.assert_array_equal(clean[1], noisy[1])
    moved = (noisy[0] - clean[0]).ravel()
    assert np.std(moved) == pytest.approx(0.7, rel=5 / np.sqrt(2 * moved.size))
    assert abs(np.mean(moved)) < 5 * 0.7 / np.sqrt(moved.size)


def test_features_are_columns_of_their_names():
    x = np.array([[2.0, -3.0]])
    np.testing.assert_allclose(features(x, tuple(FEATURES)), [[2, -3, 4, 9, -6, np.sin(2), np.sin(-3)]])


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("data", ["xor", "bumps"])
def test_a_step_with_all_points_is_a_step_of_torch(data, activation):
    settings = replace(FULL, data=data, activation=activation, features=("x1", "x2", "x1 x2"), hidden=(4, 3))
    run = train(settings, 1)
    start = train(settings, 0)
    parameters = [torch.tensor(array, requires_grad=True) for layer in start.theta for array in layer]
    f0 = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda a: a}[activation]
    h = torch.tensor(run.train[0])
    for W, b in zip(parameters[::2], parameters[1::2], strict=True):
        h = h @ W + b
        h = f0(h) if W is not parameters[-2] else (torch.tanh(h) if data == "xor" else h)
    loss = torch.nn.functional.mse_loss(h, torch.tensor(run.train[1]))
    loss.backward()
    torch.optim.SGD(parameters, lr=settings.learning_rate).step()
    assert run.losses[0] == pytest.approx(loss.item(), rel=1e-12)
    expected = np.concatenate([part.detach().numpy().ravel() for part in parameters])
    np.testing.assert_allclose(run.path[1], expected, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(run.path[1], to_vector(run.theta))


@pytest.mark.parametrize("batch", [1, 7, 10, 200])
def test_an_epoch_takes_each_sample_once(batch):
    settings = replace(Settings(), batch=batch, learning_rate=1e-12)  # so small that the losses are those of one network
    run = train(settings, -(-200 // batch))
    sizes = np.diff([*range(0, 200, batch), 200])
    assert run.losses @ sizes / 200 == pytest.approx(mean_square(run, *run.train), rel=1e-8)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_share_divides_the_points(share):
    run = train(replace(Settings(), share=share), 0)
    assert len(run.train[0]) == round(share * COUNT)
    assert len(run.train[0]) + len(run.test[0]) == COUNT


@pytest.mark.parametrize("seed", SEEDS)
def test_same_seeds_give_the_same_run_and_others_another(seed):
    first, again, other = (train(replace(Settings(), seed=s), 30) for s in (seed, seed, seed + 100))
    np.testing.assert_array_equal(first.path, again.path)
    assert np.abs(first.path[0] - other.path[0]).max() > 0.01
    np.testing.assert_array_equal(first.train[0], other.train[0])


def theta_and_gradient(seed):
    rng = np.random.default_rng(seed)
    draw = [Layer(rng.normal(size=(3, 2)), rng.normal(size=2)) for _ in range(2)]
    return [draw[0]], [draw[1]]


@pytest.mark.parametrize("seed", SEEDS)
def test_l2_step_descends_on_the_penalised_loss(seed):
    theta, gradient = theta_and_gradient(seed)
    by_penalty = finite_difference_gradient(lambda W: 0.3 * np.sum(W**2) / 2, theta[0].W)
    (after,) = penalised_step(theta, gradient, 0.1, "l2", 0.3)
    np.testing.assert_allclose(after.W, theta[0].W - 0.1 * (gradient[0].W + by_penalty), rtol=1e-9)
    np.testing.assert_allclose(after.b, theta[0].b - 0.1 * gradient[0].b, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_l1_step_minimises_distance_plus_penalty(seed):
    theta, gradient = theta_and_gradient(seed)
    (after,) = penalised_step(theta, gradient, 0.5, "l1", 1.0)
    (free,) = penalised_step(theta, gradient, 0.5)
    for w, target in zip(after.W.ravel(), free.W.ravel(), strict=True):
        best = minimize_scalar(lambda w, target=target: (w - target) ** 2 / 2 + 0.5 * abs(w), bounds=(-9, 9), method="bounded")
        assert w == pytest.approx(best.x, abs=1e-5)
    assert (after.W == 0).any() or np.abs(free.W).min() > 0.5
    np.testing.assert_array_equal(after.b, free.b)


@pytest.mark.parametrize("strength", [0.01, 0.1, 0.3])
def test_training_a_line_with_penalties_finds_lasso_and_ridge(strength):
    settings = replace(FULL, data="plane", noise=1.0, hidden=(), features=("x1", "x2", "sin x1"), learning_rate=0.05)
    for penalty, judge in (("l1", Lasso(alpha=strength / 2, tol=1e-12)), ("l2", Ridge(alpha=200 * strength / 2, tol=1e-12))):
        run = train(replace(settings, penalty=penalty, strength=strength), 2000)
        x, y = run.train
        judge.fit(x, y[:, 0])
        np.testing.assert_allclose(run.theta[0].W[:, 0], judge.coef_, atol=1e-8)
        np.testing.assert_allclose(run.theta[0].b, judge.intercept_, atol=1e-8)


def test_gradient_of_a_run_is_that_of_its_loss():
    run = train(replace(Settings(), hidden=(3,)), 20)
    theta = run.path[-1]

    def loss(vector):
        return mean_square(run._replace(theta=run.layers(vector)), *run.train)

    np.testing.assert_allclose(run.gradient(theta), finite_difference_gradient(loss, theta), atol=1e-9)


def test_wrong_side_counts_signs():
    assert wrong_side(np.array([[0.2], [-3.0], [0.0], [1.0]]), np.array([[1.0], [1.0], [1.0], [-1.0]])) == 0.75


@pytest.mark.parametrize("data", ["circle", "xor"])
def test_circle_and_xor_are_linear_in_their_features(data):
    run = train(replace(FULL, data=data, noise=0.0, hidden=(), features=tuple(FEATURES), learning_rate=0.01), 3000)
    assert wrong_side(run.predict(run.test[0]), run.test[1]) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": "moons"}, "data: 'moons' is not known"),
        ({"features": ("x3",)}, "features: 'x3' is not known"),
        ({"penalty": "l3"}, "penalty: 'l3' is not known"),
        ({"activation": "swish"}, "'swish' is not known"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"hidden": (0,)}, "sizes"),
        ({"seed": -1}, "seed"),
        ({"batch": 0}, "batch"),
        ({"noise": -1.0}, "noise: expected a finite number from 0 to inf, got -1"),
        ({"share": 1.0}, "share"),
        ({"strength": np.nan}, "strength"),
    ],
)
def test_bad_settings_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        train(replace(Settings(), **changes), 1)


def test_a_run_that_leaves_the_numbers_is_an_error():
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(ValueError, match="expected finite numbers"):
        train(replace(FULL, data="plane", hidden=(), learning_rate=10.0), 1000)
