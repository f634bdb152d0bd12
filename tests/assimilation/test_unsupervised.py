"""Networks trained without the truth: the training lowers the cost, and what is shipped keeps its promise on fresh data."""

from time import process_time

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d, unsupervised
from course_lib.assimilation.dan_weights import load_weights
from course_lib.assimilation.evidence_bound import tensors, unsupervised_cost
from course_lib.assimilation.kalman import kalman_filter
from course_lib.assimilation.kalman_dan import kalman_dan
from course_lib.assimilation.linear2d_network import gated_network
from course_lib.assimilation.rotation_likelihood import TRUE, Rotation, log_likelihood, rotation_model
from course_lib.assimilation.scores import rmse
from course_lib.assimilation.unsupervised import FILES, FIRST_GUESS, KINDS, SETTINGS, Learner, RotationModel, shipped, train

DATA = linear2d.experiment(steps=50, size=300, seed=31)


def test_model_with_parameters_has_the_entries_of_the_arrays_and_a_gradient():
    values = Rotation(0.3, 0.02, 0.4)
    model = RotationModel(values)
    for found, exact in zip(model(), rotation_model(values), strict=True):
        np.testing.assert_allclose(found.detach().numpy(), exact, atol=1e-15)
    np.testing.assert_allclose(model.values(), values, rtol=1e-12)
    model().M.sum().backward()
    # the entries of M add up to 2 cos θ
    assert np.isclose(model.parts.grad[0].item(), -2 * np.sin(values.theta))


def test_cost_of_the_kalman_filter_is_the_evidence_a_step():
    learner = Learner(kalman_dan(rotation_model(TRUE)), None)
    evidence = kalman_filter(rotation_model(TRUE), DATA.observations).log_likelihood.mean() / 50
    np.testing.assert_allclose(learner.cost(torch.tensor(DATA.observations)).item(), -evidence, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_iterations_lower_the_cost(kind):
    learner, history = train(kind, iterations=3, sequences=16)
    assert min(history.loss) < history.loss[0]
    assert (learner.model is not None) == (kind == "model learned too")


def test_training_never_reads_the_states(monkeypatch):
    original = linear2d.experiment

    def hidden(*arguments):
        data = original(*arguments)
        return data._replace(initial=np.full_like(data.initial, np.nan), states=np.full_like(data.states, np.nan))

    monkeypatch.setattr(linear2d, "experiment", hidden)
    _, history = train("unsupervised", iterations=2, sequences=8)
    assert np.isfinite(history.loss).all()


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_network_filters_nearly_as_well_as_kalman_on_fresh_data(kind):
    dan, record = shipped(kind)
    with torch.no_grad():
        mean = dan(torch.tensor(DATA.observations))[1].mean.numpy()
    best = rmse(kalman_filter(rotation_model(TRUE), DATA.observations).analysis_mean, DATA.states)
    assert rmse(mean, DATA.states) < 1.1 * best
    assert record["data_seed"] != 31


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_network_was_trained_with_the_settings_that_the_module_states(kind):
    record = shipped(kind)[1]
    assert {name: record[name] for name in SETTINGS} == SETTINGS
    assert record["iterations"] == unsupervised.ITERATIONS[kind]


def test_script_stores_each_network_that_is_asked_for_with_a_record_of_its_training(monkeypatch, tmp_path, capsys):
    trained, begin = {}, process_time()

    def quickly(kind, iterations):
        trained[kind] = train(kind, iterations, sequences=4)
        return trained[kind]

    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)  # the next test in the same process keeps its own
    monkeypatch.setattr(unsupervised, "train", quickly)
    monkeypatch.setattr(unsupervised, "FILES", {kind: tmp_path / file.name for kind, file in FILES.items()})
    monkeypatch.setattr("sys.argv", ["unsupervised", "--iterations", "1", "--kinds", "unsupervised", "model learned too"])
    unsupervised.main()
    assert list(trained) == ["unsupervised", "model learned too"]
    assert all(line.startswith(kind) for line, kind in zip(capsys.readouterr().out.splitlines(), trained, strict=True))
    for kind, (learner, history) in trained.items():
        dan = gated_network(torch.Generator().manual_seed(9))
        record = load_weights(tmp_path / FILES[kind].name, dan)
        for found, stored in zip(dan.parameters(), learner.dan.parameters(), strict=True):
            assert torch.equal(found, stored)
        assert (record["iterations"], record["cost"]) == (1, min(history.loss))
        assert record["model"] == (TRUE if learner.model is None else learner.model.values())._asdict()
        assert 0 <= record["cpu_seconds"] <= process_time() - begin + 0.05


def test_cost_of_the_shipped_network_is_above_minus_the_log_evidence_on_average():
    dan, _ = shipped("unsupervised")
    y = torch.tensor(DATA.observations)
    with torch.no_grad():
        cost = unsupervised_cost(dan, tensors(rotation_model(TRUE)), y).total.numpy()
    gap = cost + kalman_filter(rotation_model(TRUE), DATA.observations).log_likelihood
    assert gap.mean() > 4 * gap.std() / np.sqrt(len(gap))


def test_learned_model_is_likelier_than_the_first_guess_and_near_the_truth():
    found = Rotation(**shipped("model learned too")[1]["model"])
    assert log_likelihood(found, DATA.observations) > log_likelihood(FIRST_GUESS, DATA.observations)
    assert abs(found.theta / TRUE.theta - 1) < 0.05
    assert abs(found.sigma_o / TRUE.sigma_o - 1) < 0.05


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="kind: 'magic' is not known"):
        train("magic")
    with pytest.raises(ValueError, match="kind: "):
        shipped("magic")
    with pytest.raises(ValueError, match="sigma_p: expected a positive number"):
        RotationModel(Rotation(0.1, 0.0, 0.1))
    assert all(file.suffix == ".npz" for file in FILES.values())
