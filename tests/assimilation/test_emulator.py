"""Emulators: their forms, what they learn on systems whose step is known, the stored weights and their scores."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import emulator_weights, lorenz63, recurrent_emulator
from course_lib.assimilation.emulator import Emulator, cosine, forecast, linear_emulator, one_step_loss, stepper, train_emulator
from course_lib.assimilation.recurrent_emulator import RecurrentEmulator, free_run, train_recurrent, windows

SEEDS = [0, 1, 2]
ROTATION = 0.98 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])


def rotation_run(steps=300, noise=0.3, seed=0):
    rng, x = np.random.default_rng(seed), [np.array([1.0, 0.0])]
    for _ in range(steps):
        x.append(ROTATION @ x[-1] + noise * rng.standard_normal(2))
    return np.array(x)


@pytest.fixture(scope="module")
def lorenz_runs():
    return emulator_weights.training_run(), emulator_weights.unseen_runs(steps=100, size=60)


@pytest.mark.parametrize("seed", SEEDS)
def test_forms_differ_by_the_state_that_is_added(seed):
    run = rotation_run(seed=seed)
    direct, residual = (Emulator(form, run, 8, torch.Generator().manual_seed(seed)) for form in ("direct", "residual"))
    states = torch.as_tensor(run)
    x, change = states[:5], states[1:] - states[:-1]
    z = direct.network((x - states.mean(dim=0)) / states.std(dim=0))  # the same seed gives both the same network
    torch.testing.assert_close(direct(x), states[1:].mean(dim=0) + states[1:].std(dim=0) * z, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(residual(x), x + change.mean(dim=0) + change.std(dim=0) * z, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_emulator_recovers_an_affine_map(seed):
    rng = np.random.default_rng(seed)
    A, c, x = 0.9 * ROTATION, rng.standard_normal(2), [rng.standard_normal(2)]
    for _ in range(20):
        x.append(A @ x[-1] + c)
    probe = rng.standard_normal((4, 2))
    np.testing.assert_allclose(linear_emulator(x)(probe), probe @ A.T + c, rtol=1e-8, atol=1e-9)


def test_trained_emulator_beats_the_linear_one_and_persistence_on_unseen_runs(lorenz_runs):
    run, unseen = lorenz_runs
    model, _ = train_emulator("residual", run[:2001], seed=0, epochs=15)
    now, later = unseen[:, :-1], unseen[:, 1:]
    errors = [np.sqrt(np.mean((f(now) - later) ** 2)) for f in (stepper(model), linear_emulator(run), lambda x: x)]
    assert 10 * errors[0] < errors[1] < errors[2]


@pytest.mark.parametrize("form", ["direct", "residual"])
def test_same_seed_trains_the_same_network(form):
    run = rotation_run(60)
    first, second, other = (train_emulator(form, run, seed, epochs=2, width=4, batch_size=20)[0] for seed in (3, 3, 4))
    x = torch.as_tensor(run)
    assert torch.equal(first(x), second(x))
    assert not torch.equal(first(x), other(x))
    loss = (((first(x[:-1]) - x[1:]) / x.std(dim=0)) ** 2).mean()
    torch.testing.assert_close(one_step_loss(first, x[:-1], x[1:]), loss)


def test_learning_rate_falls_along_half_a_cosine():
    schedule = cosine(0.2, 100).schedule
    np.testing.assert_allclose([schedule(k) for k in (0, 50, 100, 150)], [0.2, 0.2 * 0.5005, 0.0002, 0.0002], rtol=1e-12)


def test_forecast_repeats_the_step():
    found = forecast(lambda x: x @ ROTATION.T, np.eye(2), 6)
    assert found.shape == (2, 6, 2)
    np.testing.assert_allclose(found[:, 5], np.linalg.matrix_power(ROTATION, 6).T, rtol=1e-13)
    assert not np.isfinite(forecast(lambda x: x**3, [10.0], 20)).all()


def test_windows_are_pieces_of_the_run():
    run = np.arange(20.0).reshape(10, 2)
    pieces = windows(run, 4, 3)
    assert pieces.shape == (3, 4, 2)
    np.testing.assert_array_equal(pieces[2], run[6:10])
    with pytest.raises(ValueError, match="length: expected at most the 10 rows"):
        windows(run, 11, 1)


def test_recurrent_emulator_sees_what_one_coordinate_alone_does_not_tell():
    # One coordinate of a rotation: x_{t+1} = 2 cos(0.3) x_t − x_{t−1}; the last value alone leaves the direction open.
    t = np.arange(2000)
    run = np.sin(0.3 * t + 1)[:, None]
    model, _ = train_recurrent(run, seed=0, epochs=100, memory=8, length=25, warm_up=5)
    unseen = np.sin(0.3 * t[:200] + 2.3)[None, :, None]
    with torch.no_grad():
        found = model(torch.as_tensor(unseen[:, :-1])).numpy()
    error = np.sqrt(np.mean((found - unseen[:, 1:])[:, 10:] ** 2))
    memoryless = np.sqrt(0.5) * np.sin(0.3)  # the best that a function of x_t can do
    assert error < 0.2 * memoryless


def test_learning_rate_of_the_recurrent_emulator_falls_until_the_last_step(monkeypatch):
    totals = []
    monkeypatch.setattr(recurrent_emulator, "cosine", lambda rate, total: totals.append(total) or cosine(rate, total))
    _, history = train_recurrent(rotation_run(600), seed=0, epochs=2, memory=2, length=5, warm_up=1)
    assert totals == [len(history.loss)] == [2 * 2]  # 120 windows make a whole batch and a part of one


@pytest.mark.parametrize("seed", SEEDS)
def test_free_run_feeds_the_network_its_own_predictions(seed):
    run = rotation_run(50)
    model = RecurrentEmulator(run, 6, torch.Generator().manual_seed(seed))
    past = run[None, :10]
    found = free_run(model, past, 3)
    extended = past
    for k in range(3):
        with torch.no_grad():
            following = model(torch.as_tensor(extended))[:, -1:].numpy()
        np.testing.assert_allclose(found[:, k], following[:, 0], rtol=1e-12, atol=1e-13)
        extended = np.concatenate([extended, following], axis=1)


# Stored weights


def test_stored_scores_are_those_of_the_stored_weights():
    report = emulator_weights.stored()[1]
    assert report["settings"] == emulator_weights.SETTINGS
    runs = emulator_weights.unseen_runs()
    for form, seed in (("direct", 0), ("residual", 1)):
        found = emulator_weights.scores(emulator_weights.load_emulator(form, seed), runs)
        assert np.isclose(found["one_step"], report["scores"][f"{form}-{seed}"]["one_step"], rtol=1e-6)
        assert np.isclose(found["valid_time"], report["scores"][f"{form}-{seed}"]["valid_time"], atol=0.1)


def test_each_stored_residual_emulator_is_better_than_each_direct_one():
    scores = emulator_weights.stored()[1]["scores"]
    count = emulator_weights.SETTINGS["seeds"]
    direct, residual = ([scores[f"{form}-{seed}"]["one_step"] for seed in range(count)] for form in ("direct", "residual"))
    assert max(residual) < min(direct)


def test_stored_recurrent_emulators_beat_every_memoryless_forecast(lorenz_runs):
    series = lorenz_runs[1][:, :, :1]
    now, later = series[:, :-1], series[:, 1:]
    # Nothing that sees x_t alone beats the mean over its neighbours in x, here estimated on the scored data themselves.
    order = np.argsort(now.ravel())
    sorted_later = later.ravel()[order]
    neighbours = np.convolve(sorted_later, np.ones(101) / 101, mode="same")
    memoryless = np.sqrt(np.mean((neighbours - sorted_later)[100:-100] ** 2))
    for seed in range(emulator_weights.SETTINGS["recurrent_seeds"]):
        model = emulator_weights.load_recurrent(seed)
        with torch.no_grad():
            error = (model(torch.as_tensor(now)).numpy() - later)[:, 30:]
        assert np.sqrt(np.mean(error**2)) < 0.1 * memoryless


def test_weights_of_another_architecture_or_file_are_refused(tmp_path):
    weights, _ = emulator_weights.stored()
    with pytest.raises(ValueError, match="weights: these belong to another architecture"):
        emulator_weights.fill(Emulator("direct", rotation_run(), 32, torch.Generator()), weights["direct-0"])
    with pytest.raises(ValueError, match="no weights called residual-99; there are"):
        emulator_weights.load_emulator("residual", 99)
    with pytest.raises(ValueError, match="no weights called recurrent-99"):
        emulator_weights.load_recurrent(99)
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match="holds no report"):
        emulator_weights.stored(tmp_path / "other.npz")


def test_main_writes_what_the_loader_reads(tmp_path, monkeypatch, capsys):
    small = {"training_steps": 60, "epochs": 1, "recurrent_epochs": 1, "seeds": 1, "recurrent_seeds": 1, "batch_size": 30}
    monkeypatch.setattr(emulator_weights, "SETTINGS", emulator_weights.SETTINGS | small)
    monkeypatch.setattr(emulator_weights, "unseen_runs", lambda: lorenz63.trajectory(5, 3, np.random.default_rng(0)))
    emulator_weights.main(tmp_path / "weights.npz")
    weights, report = emulator_weights.stored(tmp_path / "weights.npz")
    assert set(weights) == {"direct-0", "residual-0", "recurrent-0"}
    assert set(report["scores"]) == {"direct-0", "residual-0"}
    assert "recurrent 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Emulator("both", np.ones((5, 2)), 4, torch.Generator()), "form: 'both' is not known"),
        (lambda: Emulator("direct", np.ones((5, 2)), 4, torch.Generator()), "states: expected coordinates that change"),
        (lambda: Emulator("direct", np.ones((2, 2)), 4, torch.Generator()), "states: expected at least 3 rows"),
        (lambda: RecurrentEmulator(np.ones((5, 2)), 4, torch.Generator()), "states: expected coordinates that change"),
        (lambda: train_recurrent(rotation_run(60), 0, length=10, warm_up=9), "warm_up: expected 0 to 8, got 9"),
        (lambda: train_emulator("direct", rotation_run(60), 0, epochs=0), "epochs: expected a whole number"),
        (lambda: forecast(lambda x: x, [1.0], 0), "steps: expected a whole number"),
        (lambda: forecast(lambda x: x, [np.inf], 3), "initial: expected finite"),
    ],
)
def test_arguments_that_make_no_sense_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
