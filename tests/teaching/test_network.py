"""Drawings of small networks: every number is written once, where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.teaching.network import draw_network, written

WEIGHTS = [np.array([[0.61, -1.02], [0.83, 0.44]]), np.array([[1.25], [-0.56]])]
INSIDE = {(0, 0): "1.00", (0, 1): "0.50", (1, 0): "0.76", (1, 1): "−0.66", (2, 0): "0.78"}
NAMES = {unit: f"unit {unit}" for unit in INSIDE}


def texts(figure):
    found = [(text.get_text(), text.get_fontweight()) for text in figure.axes[0].texts if text.get_text()]
    plt.close(figure)
    return found


def test_each_weight_value_and_name_is_written_once():
    found = [text for text, _ in texts(draw_network(WEIGHTS, INSIDE, NAMES, note="L = 0.34"))]
    expected = [*(written(w) for array in WEIGHTS for w in array.ravel()), *INSIDE.values(), *NAMES.values(), "L = 0.34"]
    assert sorted(found) == sorted(expected)


def test_derivatives_stand_behind_their_sign():
    derivatives = {(2, 0): 1.16, (1, 1): -0.07, (0, 1, 0): 0.05}
    found = [text for text, _ in texts(draw_network(WEIGHTS, INSIDE, NAMES, derivatives=derivatives)) if "∂" in text]
    assert sorted(found) == sorted(["∂ 1.16", "∂ −0.07", "∂ 0.05"])


def test_only_what_is_new_is_bold():
    derivatives = {(2, 0): 1.16, (1, 0, 0): 0.2}
    figure = draw_network(WEIGHTS, INSIDE, NAMES, derivatives=derivatives, bold=[(1, 0)], bold_derivatives=[(1, 0, 0)])
    assert sorted(text for text, weight in texts(figure) if weight == "bold") == ["0.76", "∂ 0.20"]


def test_units_of_one_layer_do_not_touch_and_stay_inside():
    figure = draw_network([np.ones((3, 2)), np.ones((2, 3)), np.ones((3, 1))], {}, {})
    ax = figure.axes[0]
    circles = np.array([line.get_xydata()[0] for line in ax.lines if len(line.get_xdata()) == 1])
    plt.close(figure)
    gaps = [np.linalg.norm(a - b) for k, a in enumerate(circles) for b in circles[:k]]
    assert len(circles) == 9
    assert min(gaps) > 1
    assert (circles > [ax.get_xlim()[0], ax.get_ylim()[0]]).all()
    assert (circles < [ax.get_xlim()[1], ax.get_ylim()[1]]).all()


def test_weights_that_do_not_follow_each_other_are_refused():
    with pytest.raises(ValueError, match="weights: 2 units after one array, but 3 before the next"):
        draw_network([np.ones((2, 2)), np.ones((3, 1))], {}, {})
