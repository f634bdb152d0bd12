import numpy as np
import pytest
import torch

from course_lib.trust.column import OUTPUTS, budget_matrix
from course_lib.trust.column_scores import column_scores, predicted
from course_lib.trust.column_weather import weather_samples
from course_lib.trust.emulators import Emulator, EmulatorLoss, units_of

KINDS = ("none", "completion", "projection")


@pytest.fixture(scope="module")
def samples():
    return weather_samples(25, 6, np.random.default_rng(3))


@pytest.fixture(scope="module")
def units(samples):
    return units_of(samples)


def emulator(units, kind, seed=0, **options):
    return Emulator(units, kind, torch.Generator().manual_seed(seed), **options)


def test_in_its_units_inputs_are_white_and_outputs_have_variance_one(samples, units):
    white = (samples.x - units.x_mean.numpy()) @ units.x_whitener.numpy()
    np.testing.assert_allclose(np.cov(white.T, ddof=0), np.eye(14), atol=1e-8)
    np.testing.assert_allclose(((samples.y - units.y_mean.numpy()) / units.y_scale.numpy()).std(axis=0), 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_keep_the_budgets_to_round_off_even_untrained(samples, units, seed, dtype, kind):
    model = emulator(units, kind, seed)
    x = torch.tensor(samples.x).to(dtype)
    y = predicted(model, x)
    assert y.dtype == dtype
    stacked = torch.cat([x, y], dim=1).double()
    violation, terms = (stacked @ torch.tensor(budget_matrix()).T).abs(), stacked.abs() @ torch.tensor(budget_matrix()).abs().T
    if kind == "none":
        assert violation.mean() > 1  # W/m²
    else:
        assert (violation <= 16 * torch.finfo(dtype).eps * terms).all()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_root_mean_squares_in_the_stated_units(samples, units, kind):
    model = emulator(units, kind)
    scores = column_scores(model, samples, torch.float64)
    y = predicted(model, torch.tensor(samples.x)).numpy()
    errors = np.sqrt(np.mean((y - samples.y) ** 2, axis=0)) / samples.y.std(axis=0)
    np.testing.assert_allclose(scores.errors, errors)
    assert scores.error == pytest.approx(np.sqrt(np.mean(errors**2)))
    violations = np.sqrt(np.mean((np.concatenate([samples.x, y], axis=1) @ budget_matrix().T) ** 2, axis=0))
    np.testing.assert_allclose(scores.violations, violations, atol=1e-9)
    assert scores.violation == pytest.approx(np.sqrt(np.mean(violations**2)), abs=1e-9)
    assert next(model.parameters()).dtype == torch.float32


def test_the_network_of_completion_does_not_predict_what_it_completes(units):
    model = emulator(units, "completion", residual=("dT1", "r1", "P"))
    assert model.network[-1].out_features == 15
    assert model.predicted == [index for index, name in enumerate(OUTPUTS) if name not in ("dT1", "r1", "P")]
    assert emulator(units, "projection").network[-1].out_features == 18
    assert sorted(emulator(units, "completion").layer.residual) == emulator(units, "completion").layer.residual


def test_projection_never_moves_a_prediction_away_from_the_truth(samples, units):
    for seed in range(3):
        plain, projected = emulator(units, "none", seed), emulator(units, "projection", seed)
        projected.load_state_dict(plain.state_dict())
        x, truth = torch.tensor(samples.x), torch.tensor(samples.y)
        distances = [((predicted(model, x) - truth) / units.y_scale).norm(dim=1) for model in (plain, projected)]
        assert (distances[1] < distances[0]).all()


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.99])
def test_loss_is_the_weighted_sum_of_error_and_penalty(samples, units, alpha):
    model = emulator(units, "none").double()
    x, y = torch.tensor(samples.x), torch.tensor(samples.y)
    scores, C_y = column_scores(model, samples, torch.float64), budget_matrix()[:, 14:]
    spread = np.sqrt((C_y**2) @ samples.y.var(axis=0))  # of the budgets, were the outputs independent
    expected = (1 - alpha) * scores.error**2 + alpha * np.mean((scores.violations.numpy() / spread) ** 2)
    assert EmulatorLoss(units, alpha)(model, x, y).item() == pytest.approx(expected)


def test_seeds_decide_the_first_weights(units):
    weights = [emulator(units, "none", seed).network[0].weight for seed in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_bad_arguments_are_refused(units):
    with pytest.raises(ValueError, match=r"^kind: 'penalty' is not known; expected one of none, completion, projection"):
        emulator(units, "penalty")
    with pytest.raises(ValueError, match=r"^residual: 'rain' is not known"):
        emulator(units, "completion", residual=("rain", "dT1", "r1"))
    with pytest.raises(ValueError, match=r"^residual: expected 3 different outputs"):
        emulator(units, "completion", residual=("P",))
    with pytest.raises(ValueError, match=r"^residual: C_r of the outputs .*does not determine them; take .* instead"):
        emulator(units, "completion", residual=("r1", "r2", "P"))
    for alpha in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match=r"^alpha: expected a share from 0 to below 1"):
            EmulatorLoss(units, alpha)
