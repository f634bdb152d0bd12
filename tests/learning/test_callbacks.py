"""Callbacks of the training loop: what they record, restore, set and write."""

import io
import math
import sys

import pytest
import torch
from torch import nn

from course_lib.learning.callbacks import Curves, EarlyStopping, LearningRate, Progress, measured
from course_lib.learning.history import TrainingDivergedError
from tests.learning.test_training import Call, fit, problem, sgd, square, weights


def test_curves_hold_the_untrained_model_and_one_value_an_epoch():
    model, data = problem(0)
    seen = [weights(model)]
    history = fit(
        model,
        data,
        callbacks=[
            Call("on_epoch", lambda state: seen.append(weights(state.model))),
            Curves({"loss": lambda model: square(model, *data), "length": lambda model: weights(model).norm()}),
        ],
    )
    assert history.curves["length"] == [float(theta.norm()) for theta in seen]
    assert len(history.curves["loss"]) == 4
    assert history.curves["loss"][-1] == square(model, *data).item()


def test_curves_are_measured_without_dropout_and_without_gradients():
    model, data = problem(0, dropout=0.5)
    modes = []
    fit(model, data, callbacks=[Curves({"mode": lambda model: modes.append((model.training, torch.is_grad_enabled())) or 0.0})])
    assert modes == [(False, False)] * 4


def script(values):
    """A validation loss that takes these values, one after another."""
    values = iter(values)
    return lambda model: next(values)


@pytest.mark.parametrize(
    ("losses", "patience", "epochs", "best"),
    [
        ([5, 4, 3, 3.5, 3.2, 9], 2, 4, 2),  # stops two epochs after the least value
        ([5, 4, 3, 3.0, 3.0, 9], 2, 4, 2),  # as good as before is no improvement
        ([5, 6, 7, 1, 1, 1], 2, 2, 0),  # the untrained model was the best
        ([5, 4, math.nan, 3, 6, 7, 8], 3, 6, 3),  # NaN is no improvement
        ([5, 4, 3, 2, 1, 2, 2], 5, 6, 4),  # the epochs run out first
    ],
)
def test_early_stopping_restores_the_best_weights(losses, patience, epochs, best):
    model, data = problem(0)
    seen = [weights(model)]
    stopping = EarlyStopping(script(losses), patience)
    history = fit(
        model, data, epochs=6, callbacks=[Call("on_epoch", lambda state: seen.append(weights(state.model))), stopping]
    )
    assert len(seen) == epochs + 1
    assert (stopping.best_epoch, stopping.best_loss) == (best, losses[best])
    assert torch.equal(weights(model), seen[best])
    assert len(history.curves["validation loss"]) == epochs + 1
    assert history.stopped == (epochs - best >= patience)


def test_early_stopping_restores_running_statistics_too():
    model, data = problem(0)
    model = nn.Sequential(nn.BatchNorm1d(3).double(), model)
    seen = [model[0].running_mean.clone()]
    keep = Call("on_epoch", lambda state: seen.append(state.model[0].running_mean.clone()))
    fit(model, data, callbacks=[keep, EarlyStopping(script([3, 1, 2, 2]), patience=5)])
    assert not torch.equal(seen[1], seen[3])
    assert torch.equal(model[0].running_mean, seen[1])


def interrupt(state):
    raise KeyboardInterrupt


@pytest.mark.parametrize("end", ["interrupted", "diverged"])
def test_early_stopping_restores_the_best_weights_however_the_training_ends(end):
    model, data = problem(0)
    seen = []

    def loss(model, x, y):
        return square(model, x, y) * (math.nan if end == "diverged" and len(seen) == 2 else 1.0)

    callbacks = [Call("on_epoch", lambda state: seen.append(weights(state.model))), EarlyStopping(script([3, 1, 2]), 5)]
    if end == "interrupted":
        assert fit(model, data, callbacks=[*callbacks, Call("on_epoch", lambda s: s.epoch == 2 and interrupt(s))]).interrupted
    else:
        with pytest.raises(TrainingDivergedError):
            fit(model, data, loss=loss, callbacks=callbacks)
    assert torch.equal(weights(model), seen[0])


def test_early_stopping_can_be_used_twice():
    model, data = problem(0)
    stopping = EarlyStopping(lambda model: square(model, *data), patience=1)
    fit(model, data, callbacks=[stopping])
    other, _ = problem(1)
    fit(other, data, callbacks=[stopping])
    assert stopping.best_loss == square(other, *data).item()


def test_learning_rate_is_that_of_torchs_scheduler():
    def schedule(k):
        return 0.2 / (1 + k / 4)

    model, data = problem(0)
    fit(model, data, callbacks=[LearningRate(schedule)])

    twin, _ = problem(0)
    optimizer = sgd(twin, 0.2)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1 / (1 + k / 4))
    fit(twin, data, optimizer=optimizer, callbacks=[Call("on_batch", lambda state: scheduler.step())])
    torch.testing.assert_close(weights(model), weights(twin), rtol=0, atol=1e-14)


def test_progress_writes_one_line_with_the_last_loss(capsys):
    model, data = problem(0)
    history = fit(model, data, callbacks=[Progress(show=True)])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.count("\r") == 3
    assert f"epoch 3 of 3, loss {history.loss[-1]:.4g}" in out.split("\r")[-1]


def test_progress_fills_a_bar_of_twenty_in_proportion(capsys):
    fit(*problem(0), epochs=8, callbacks=[Progress(show=True)])
    bars = [line.split(" ")[0] for line in capsys.readouterr().out.split("\r")[1:]]
    assert [bar.count("█") for bar in bars] == [2, 5, 8, 10, 12, 15, 18, 20]  # 2.5 cells an epoch, halves to the even number
    assert [bar.lstrip("█") for bar in bars] == ["·" * (20 - bar.count("█")) for bar in bars]


def test_progress_is_seen_in_a_terminal_and_in_a_notebook(monkeypatch):
    for name, module, is_terminal in (("terminal", "io", True), ("notebook", "ipykernel.iostream", False)):
        kind = type(name, (io.StringIO,), {"__module__": module, "isatty": lambda self, seen=is_terminal: seen})
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream := kind())
            fit(*problem(0), callbacks=[Progress()])
        assert "epoch 3 of 3" in stream.getvalue()


@pytest.mark.parametrize("show", [None, False])
def test_progress_is_silent_when_nobody_looks(capsys, show):
    fit(*problem(0), callbacks=[Progress(show)])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Curves({}), "curves: expected"),
        (lambda: Curves({"loss": 3}), "curves: expected"),
        (lambda: EarlyStopping(3, 1), "validation_loss: expected"),
        (lambda: EarlyStopping(script([]), 0), "patience: expected a whole number, at least 1, got 0"),
        (lambda: LearningRate(0.1), "schedule: expected"),
        (
            lambda: fit(*problem(0), callbacks=[LearningRate(lambda k: 0.1 - k)]),
            "schedule: expected a positive number, got -0.9",
        ),
        (lambda: measured(lambda model: model(torch.ones(2, 3).double()), problem(0)[0]), "function: expected"),
    ],
)
def test_bad_callbacks_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_measuring_keeps_the_mode_of_the_model():
    model, _ = problem(0)
    for mode in (True, False):
        model.train(mode)
        assert measured(lambda model: float(model.training), model) == 0.0
        assert model.training == mode
