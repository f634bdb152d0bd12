"""The training of the networks for the linear 2-d system, on a scale that a test can afford."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.linear2d_scores import linear2d_scores
from course_lib.assimilation.linear2d_training import Settings, sequences, train_linear2d, train_plain
from course_lib.assimilation.train_linear2d import VARIANTS

SHORT = Settings(phases=((10, 64, 25), (20, 64, 5)), blocks=2)


def test_turned_sequences_start_all_around_the_circle_and_are_the_same_when_turned_back():
    plain = sequences(6, 8, seed=3, turned=False)
    turned = sequences(6, 8, seed=3, turned=True)
    for k in range(8):
        angle = 2 * np.pi * k / 8
        back = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for a, b in zip(plain, turned, strict=True):
            torch.testing.assert_close(b[k] @ back.T, a[k], rtol=0, atol=1e-12)
    torch.testing.assert_close(turned[3].mean(0), torch.zeros(2, dtype=torch.double), rtol=0, atol=1e-12)


def test_turned_sequences_obey_the_system():
    initial, states, observations, mean = sequences(50, 400, seed=0, turned=True)
    before = torch.cat([initial[:, None], states[:, :-1]], dim=1)
    assert (states - linear2d.step(before)).std().item() == pytest.approx(linear2d.SIGMA_P, rel=0.03)
    assert (observations - states).std().item() == pytest.approx(linear2d.SIGMA_O, rel=0.03)
    assert (initial - mean).std().item() == pytest.approx(linear2d.SIGMA_0, rel=0.1)


def test_a_short_training_lowers_the_cost_and_can_be_repeated():
    one, same = train_linear2d(SHORT), train_linear2d(SHORT)
    assert [history.loss for history in one.histories] == [history.loss for history in same.histories]
    assert min(one.histories[0].loss) < one.histories[0].loss[0] - 5
    assert one.seconds > 0
    assert one.cpu_seconds > 0


class Interrupt:
    """Somebody stops the training after its first part."""

    def on_epoch(self, state):
        raise KeyboardInterrupt


def test_an_interrupted_training_ends_with_a_network():
    trained = train_linear2d(SHORT, callbacks=[Interrupt()])
    assert len(trained.histories) == 1
    assert np.isfinite(linear2d_scores(trained.dan, 0, size=8)["rmse_ratio_1_50"])


def test_the_plain_training_begins_with_the_density_of_the_start():
    trained = train_plain(iterations=0)
    start = trained.dan.initial()
    assert trained.histories[0].loss == []
    np.testing.assert_allclose(start.mean.detach(), linear2d.START, atol=0.005)
    sigma = start.covariance().diagonal().sqrt().detach()
    np.testing.assert_allclose(sigma, linear2d.SIGMA_0, rtol=0.3)


def test_variants_of_the_study_are_settings():
    for change in VARIANTS.values():
        Settings(**change)
