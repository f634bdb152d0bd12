"""Explorations: every combination drawn and described once, the sliders tied to the pictures, mistakes named."""

import itertools
import json

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets.embed import dependency_state

from course_lib.teaching.explore import LIMIT_MB, explore


def draw(a=0.0, b=0.0, c=0.0):
    figure, axes = plt.subplots(figsize=(2, 1.5))
    axes.plot([0, 1], [a, a + b])
    axes.text(0, 0, str(c))
    return figure


def alt(**values):
    return f"line at {values}"


def models(exploration):
    return dependency_state([exploration], drop_defaults=False)


def seen(exploration, positions):
    """The picture that the browser shows once the links are followed: walk the stacks, one slider after the other."""
    stack = exploration.children[-1].children[-1]
    for position in positions:
        assert isinstance(stack, widgets.Stack)
        stack = stack.children[position]
    return stack.value


@pytest.mark.parametrize("grid", [{"a": [1, 2]}, {"a": [1, 2, 3], "b": [0, 1]}, {"a": [1, 2], "b": [0, 1], "c": ["x", "y"]}])
def test_each_combination_shows_its_own_picture_and_text(grid):
    exploration = explore(draw, alt, **grid)
    for positions in itertools.product(*(range(len(values)) for values in grid.values())):
        chosen = {name: values[index] for (name, values), index in zip(grid.items(), positions, strict=True)}
        assert alt(**chosen).replace("'", "&#x27;") in seen(exploration, positions)


def test_each_slider_drives_every_stack_at_its_depth():
    exploration = explore(draw, alt, a=[1, 2, 3], b=[0, 1])
    state = models(exploration)
    links = [model["state"] for model in state.values() if model["model_name"] == "LinkModel"]
    driven = {(link["source"][0], link["target"][0]) for link in links}
    sliders = [f"IPY_MODEL_{slider.model_id}" for slider in exploration.children[:2]]
    outer = exploration.children[-1].children[-1]
    expected = {(sliders[0], f"IPY_MODEL_{outer.model_id}")}
    expected |= {(sliders[1], f"IPY_MODEL_{inner.model_id}") for inner in outer.children}
    assert driven == expected
    assert all(link["source"][1] == "index" and link["target"][1] == "selected_index" for link in links)


def test_sliders_and_stacks_start_together_at_the_given_values():
    exploration = explore(draw, alt, start={"b": 1}, a=[1, 2, 3], b=[0, 1])
    assert [slider.index for slider in exploration.children[:2]] == [0, 1]
    outer = exploration.children[-1].children[-1]
    assert [outer.selected_index, *(inner.selected_index for inner in outer.children)] == [0, 1, 1, 1]


def test_still_picture_is_the_one_at_the_start():
    exploration = explore(draw, alt, start={"a": 2}, a=[1, 2])
    assert alt(a=2).replace("'", "&#x27;") in exploration.still.markup


def test_slider_shows_values_and_label():
    slider = explore(draw, alt, labels={"a": "rate γ"}, a=[0.1, 1e-3]).children[0]
    assert slider.description == "rate γ"
    assert [label for label, _ in slider.options] == ["0.1", "0.001"]


def test_several_figures_stand_side_by_side_in_a_frame():
    exploration = explore(lambda a: (draw(a), draw(-a)), lambda a: [f"up {a}", f"down {a}"], a=[1, 2])
    assert seen(exploration, [1]).count("<img") == 2


def test_summary_changes_when_a_picture_changes():
    def summary(height):
        return explore(lambda a: draw(a * height), lambda a: "same words", a=[1, 2]).summary

    assert summary(1.0) == summary(1.0)
    assert summary(1.0) != summary(1.5)


def test_hundred_ordinary_frames_stay_within_the_limit():
    def curves(a, b):
        figure, axes = plt.subplots()
        x = np.linspace(0, 1, 80)
        for shift in range(3):
            axes.plot(x, np.sin(9 * a * x + b + shift), label=f"shift {shift}")
        axes.set(xlabel="time", ylabel="height", ylim=(-1.1, 1.1))
        axes.legend()
        return figure

    with plt.style.context("course_lib.teaching.course"):
        exploration = explore(curves, alt, a=np.linspace(0.1, 2, 10), b=np.linspace(0, 3, 10))
    assert exploration.weight_mb() == pytest.approx(len(json.dumps(models(exploration)).encode()) / 1e6)
    assert exploration.weight_mb() <= LIMIT_MB


def test_too_heavy_an_exploration_is_refused():
    def scribble(a):
        figure, axes = plt.subplots()
        axes.plot(np.random.default_rng(a).normal(size=(120000, 2)))
        return figure

    with plt.rc_context({"path.simplify": False}), pytest.raises(ValueError, match=r"weigh .* MB together.*fewer"):
        explore(scribble, alt, a=[1, 2])
    plt.close("all")


def failing(a):
    raise RuntimeError("the ship sank")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"a": []}, "a: the slider has no values"),
        ({}, "one to three sliders, got 0"),
        ({"a": [1], "b": [1], "c": [1], "d": [1]}, "one to three sliders, got 4"),
        ({"a": [1], "draw": failing}, "failed at a=1: RuntimeError: the ship sank"),
        ({"a": [1], "alt": failing}, "failed at a=1: RuntimeError: the ship sank"),
        ({"a": [1], "draw": lambda a: None}, "at a=1: .*expected a matplotlib Figure, got NoneType"),
        ({"a": [1], "draw": lambda a: plt}, "at a=1: .*expected a matplotlib Figure, got module"),
        ({"a": [1], "alt": lambda a: ""}, "at a=1: alt: expected a text"),
        ({"a": [1], "alt": lambda a: None}, "at a=1: "),
        ({"a": [1, 2], "start": {"a": 3}}, r"a=3 is not one of the slider's values \[1, 2\]"),
        ({"a": [1], "start": {"z": 3}}, "start: no slider is called z; there are a"),
        ({"a": [1], "labels": {"z": "Z"}}, "labels: no slider is called z"),
        ({"a": 3}, "a: expected a list of values, got 3"),
        ({"a": [1], "draw": None}, "draw: expected a function"),
        ({"a": [1], "alt": "words"}, "alt: expected a function"),
    ],
)
def test_mistakes_are_named(arguments, message):
    arguments = {"draw": draw, "alt": alt, **arguments}
    with pytest.raises(ValueError, match=message):
        explore(arguments.pop("draw"), arguments.pop("alt"), **arguments)
    plt.close("all")
