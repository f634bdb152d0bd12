"""The playground in the built page: its numbers against course_lib, its controls, its words."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from course_lib.learning.backprop import forward, loss_and_gradient
from course_lib.learning.mulberry import Mulberry32
from course_lib.learning.parameters import from_vector, init, to_vector
from course_lib.learning.playground import Settings, penalised_step, train
from course_lib.learning.playground_data import FEATURES, data_set
from tests.book.pages import built
from tests.book.pages.axe import findings
from tests.book.pages.survey import turn_dark
from visit import PHONE, Visit, visit

PAGE = "book/learning/playground.html"
ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")
SIZES = ([2, 1], [2, 4, 2, 1], [7, 8, 8, 1], [3, 2, 2, 2, 2, 2, 2, 1])


@pytest.fixture
def page(web: Visit) -> Page:
    return web.go(PAGE)


def in_page(settings: Settings) -> dict[str, Any]:
    """Settings under the names that the script has for them."""
    names = {"data_seed": "dataSeed", "learning_rate": "learningRate"}
    return {names.get(each.name, each.name): getattr(settings, each.name) for each in fields(Settings)}


def problem(sizes: list[int], seed: int) -> tuple[list, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    theta = [layer._replace(b=rng.normal(size=layer.b.shape) / 2) for layer in init(sizes, rng)]
    return theta, rng.normal(size=(20, sizes[0])), rng.normal(size=(20, 1))


def values(page: Page, expression: str, *args: Any) -> Any:
    return page.evaluate(f"(args) => {{ const P = window.coursePlayground; return {expression}; }}", list(args))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("f0", ACTIVATIONS)
@pytest.mark.parametrize("f1", ["tanh", "identity"])
class TestGradient:
    def test_loss_gradient_and_prediction_equal_those_of_course_lib(
        self, script: Page, sizes: list[int], f0: str, f1: str
    ) -> None:
        for seed in range(3):
            theta, x, y = problem(sizes, seed)
            args = to_vector(theta).tolist(), sizes, x.tolist(), y[:, 0].tolist(), f0, f1
            found = values(
                script,
                """(() => { const [theta, sizes, x, y, f0, f1] = args, vector = Float64Array.from(theta);
                    const {loss, gradient} = P.lossAndGradient(vector, sizes, x, y, f0, f1);
                    const last = (row) => P.forward(vector, sizes, row, f0, f1)[sizes.length - 1][0];
                    return {loss, gradient: [...gradient], prediction: x.map(last)}; })()""",
                *args,
            )
            loss, gradient = loss_and_gradient(theta, x, y, f0, f1)
            assert found["loss"] == pytest.approx(loss, rel=1e-10)
            np.testing.assert_allclose(found["gradient"], to_vector(gradient), rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(found["prediction"], forward(theta, x, f0, f1)[:, 0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("penalty", ["none", "l1", "l2"])
def test_a_step_is_the_step_of_course_lib(script: Page, penalty: str) -> None:
    theta, x, y = problem([2, 4, 2, 1], 0)
    found = values(
        script,
        """(() => { const [theta, sizes, x, y, penalty] = args, vector = Float64Array.from(theta);
            const gradient = P.penalisedGradient(vector, sizes, x, y, "tanh", "tanh", penalty, 0.3);
            return [...P.descentStep(vector, sizes, gradient, 0.5, penalty, 0.3)]; })()""",
        *(to_vector(theta).tolist(), [2, 4, 2, 1], x.tolist(), y[:, 0].tolist(), penalty),
    )
    _, gradient = loss_and_gradient(theta, x, y, "tanh", "tanh")
    expected = to_vector(penalised_step(theta, gradient, 0.5, penalty, 0.3))
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert (np.array(found) == 0).any() == (penalty == "l1")


@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_random_numbers_and_orders_are_those_of_python(script: Page, seed: int) -> None:
    found = values(script, "(r => [r(), r(), P.normal(r), P.permutation(50, r)])(P.mulberry32(args[0]))", seed)
    rng = Mulberry32(seed)
    np.testing.assert_array_equal(found[:2], rng.random(2))
    assert found[2] == pytest.approx(rng.normal(1)[0], rel=1e-14)
    np.testing.assert_array_equal(found[3], rng.permutation(50))


@pytest.mark.parametrize("data", ["circle", "xor", "gaussians", "spiral", "waals", "plane", "bumps"])
def test_data_are_those_of_python(script: Page, data: str) -> None:
    assert data in values(script, "Object.keys(P.page.DATA)")
    for seed in (1, 2):
        found = values(script, "P.makeData(...args)", data, 0.4, seed)
        x, y = data_set(data, 0.4, seed)
        np.testing.assert_allclose(found["x"], x, atol=1e-13)
        np.testing.assert_allclose(found["y"], y[:, 0], atol=1e-13)


RUNS = {
    "the start": Settings(),
    "all features": Settings(data="spiral", features=tuple(FEATURES), hidden=(8,), seed=7),
    "deep relu": Settings(data="xor", hidden=(4, 4, 4), activation="relu", batch=400, data_seed=3),
    "regression": Settings(data="bumps", hidden=(6, 3), activation="sigmoid", share=0.7, learning_rate=0.1),
    "no hidden layer": Settings(data="plane", hidden=(), learning_rate=0.01, batch=33),
    "L1": Settings(data="waals", penalty="l1", strength=0.01),
    "L2": Settings(data="gaussians", penalty="l2", strength=0.1, noise=1.5),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_the_run_of_python(script: Page, name: str) -> None:
    settings = RUNS[name]
    found = values(
        script,
        """(() => { const run = P.advance(P.newRun(args[0]), 100);
            return {theta: [...run.theta], train: P.lossOf(run, run.train), test: P.lossOf(run, run.test)}; })()""",
        in_page(settings),
    )
    run = train(settings, 100)
    np.testing.assert_allclose(found["theta"], run.path[-1], rtol=1e-8, atol=1e-8)
    for part, (x, y) in {"train": run.train, "test": run.test}.items():
        assert found[part] == pytest.approx(np.mean((run.predict(x) - y) ** 2), rel=1e-7)


@pytest.mark.parametrize("steps", [0, 5, 300])
@pytest.mark.parametrize("name", ["the start", "all features", "regression", "no hidden layer", "L2"])
def test_largest_eigenvalue_is_that_of_the_hessian_by_torch(script: Page, name: str, steps: int) -> None:
    settings = RUNS[name]
    found = values(script, "P.stabilityLimit(P.advance(P.newRun(args[0]), args[1]))", in_page(settings), steps)
    run = train(settings, steps)
    strength = settings.strength if settings.penalty == "l2" else 0.0

    def loss(flat: torch.Tensor) -> torch.Tensor:
        h, at, penalty = torch.tensor(run.train[0]), 0, 0.0
        for W, b in run.theta:
            weights, biases = flat[at : at + W.size].reshape(W.shape), flat[at + W.size : at + W.size + b.size]
            at += W.size + b.size
            penalty = penalty + torch.sum(weights**2) / 2
            name = run.f0 if at < flat.numel() else run.f1
            h = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda a: a}[name](h @ weights + biases)
        return torch.mean((h - torch.tensor(run.train[1])) ** 2) + strength * penalty

    hessian = torch.autograd.functional.hessian(loss, torch.tensor(run.path[-1])).numpy()
    largest = np.linalg.eigvalsh(hessian)[-1]
    assert found["eigenvalue"] == pytest.approx(largest, rel=1e-4)
    assert found["limit"] == pytest.approx(2 / largest, rel=1e-4)


def test_gradient_norms_are_those_of_the_layers(script: Page) -> None:
    settings = replace(Settings(), batch=400)
    found = values(script, "P.gradientNorms(P.advance(P.newRun(args[0]), 1))", in_page(settings))
    gradient = from_vector(train(settings, 0).gradient(train(settings, 0).path[0]), train(settings, 0).theta)
    np.testing.assert_allclose(found, [np.linalg.norm([*W.ravel(), *b]) for W, b in gradient], rtol=1e-10)


def test_start_of_the_page_is_that_of_python(script: Page) -> None:
    start = values(script, "P.page.START")
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in start.items()} == in_page(Settings())
    assert values(script, "Object.keys(P.FEATURES)") == list(FEATURES)


# --- The interface


def numbers(page: Page) -> str:
    return page.locator("#playground-numbers").text_content() or ""


def step_of(page: Page) -> int:
    return int(re.match(r"Step (\d+)", numbers(page))[1])


def choose(page: Page, **chosen: str) -> None:
    for name, value in chosen.items():
        control = page.locator(f"#playground-{name}")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
            control.blur()


def test_nothing_moves_before_play(page: Page) -> None:
    page.wait_for_timeout(500)
    assert step_of(page) == 0


def test_step_makes_one_step_and_reset_goes_back(page: Page) -> None:
    first = numbers(page)
    page.click("#playground-step")
    assert step_of(page) == 1
    after = numbers(page)
    assert after != first
    page.click("#playground-reset")
    assert numbers(page) == first
    page.click("#playground-step")
    assert numbers(page) == after


def test_play_and_pause_with_the_keyboard_alone(page: Page) -> None:
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "playground-play":
            break
    page.keyboard.press("Enter")
    assert page.locator("#playground-play").text_content() == "Pause"
    page.wait_for_function("window.coursePlayground.page.state.run.step >= 100")
    page.keyboard.press("Space")
    assert page.locator("#playground-play").text_content() == "Play"
    stopped = step_of(page)
    assert stopped >= 100
    assert stopped % 10 == 0  # a fixed number of steps a frame
    page.wait_for_timeout(300)
    assert step_of(page) == stopped


def test_every_control_is_reached_by_tab_has_a_name_and_answers_to_keys(page: Page) -> None:
    page.locator("#playground-play").focus()
    controls = page.locator("#playground :is(button, input, select)")
    met = []
    for _ in range(controls.count()):
        met.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        assert page.evaluate("!!document.activeElement.closest('#playground')")
        assert page.evaluate("(document.activeElement.labels?.[0] || document.activeElement).textContent.trim().length"), met[
            -1
        ]
        page.keyboard.press("Tab")
    assert len(set(met)) == controls.count()
    page.locator("#playground-noise").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#playground-depth").focus()
    page.keyboard.press("ArrowUp")
    page.locator("#playground-features input[value='x1 x2']").focus()
    page.keyboard.press("Space")
    page.locator("#playground-data").focus()
    page.keyboard.press("ArrowDown")
    settings = values(page, "P.page.state.run.settings")
    assert settings["noise"] == pytest.approx(0.4)
    assert settings["hidden"] == [4, 2, 2]
    assert settings["features"] == ["x1", "x2", "x1 x2"]
    assert settings["data"] == "xor"


def test_learning_rate_and_batch_change_without_a_new_run(page: Page) -> None:
    page.click("#playground-step")
    choose(page, learningRate="0.1", batch="400", penalty="l2", strength="0.01")
    assert step_of(page) == 1
    page.click("#playground-step")
    assert values(page, "P.page.state.run.settings.learningRate") == 0.1
    choose(page, seed="5")
    assert step_of(page) == 0


def test_last_feature_cannot_be_taken_away_and_numbers_stay_in_range(page: Page) -> None:
    for name in ("x1", "x2"):
        page.locator(f"#playground-features input[value='{name}']").click()
    assert page.locator("#playground-features input:checked").count() == 1
    choose(page, depth="99")
    assert page.locator("#playground-depth").input_value() == "6"
    choose(page, **{"units-5": "-3"})
    assert values(page, "P.page.state.run.sizes") == [1, 4, 2, 2, 2, 2, 1, 1]
    choose(page, depth="0", seed="")
    assert values(page, "P.page.state.run.sizes") == [1, 1]
    assert values(page, "P.page.state.run.settings.seed") == 0


def test_divergence_stops_with_a_message_that_names_the_limit(page: Page, web: Visit) -> None:
    choose(page, data="plane", noise="0", depth="0", batch="360", learningRate="0.3")
    A = np.c_[train(Settings(data="plane", noise=0), 0).train[0], np.ones(200)]
    limit = 2 / np.linalg.eigvalsh(2 / 200 * A.T @ A)[-1]
    page.click("#playground-play")
    page.wait_for_function("!window.coursePlayground.page.state.playing")
    message = page.locator("#playground-message").text_content()
    assert message.startswith("Diverged after ")
    assert "γ = 0.3 was too large" in message
    assert float(re.search(r"limit 2/λmax was (\d\.\d+)", message)[1]) == pytest.approx(limit, rel=5e-3)
    assert message in page.locator("#playground-status").text_content()
    page.click("#playground-step")
    assert page.locator("#playground-message").text_content() == message
    choose(page, learningRate="0.03")
    page.click("#playground-reset")
    page.click("#playground-step")
    assert page.locator("#playground-message").text_content() == ""
    assert web.troubles == []


def test_numbers_that_overflow_are_survived(page: Page, web: Visit) -> None:
    choose(page, data="bumps", activation="relu", learningRate="10", speed="50")
    page.click("#playground-play")
    page.wait_for_function("!window.coursePlayground.page.state.playing")
    assert "Diverged" in page.locator("#playground-message").text_content()
    assert web.troubles == []


def test_pictures_and_the_live_region_say_where_the_run_stands(page: Page) -> None:
    page.click("#playground-step")
    page.click("#playground-step")
    state = values(page, "({train: P.page.state.trainLoss, test: P.page.state.testLoss, limit: P.page.state.limit})")
    words = page.locator("#playground-status").text_content()
    assert "Step 2" in words
    for value in state.values():
        assert f"{float(f'{value:.3g}'):g}" in words
    labels = [canvas.get_attribute("aria-label") for canvas in page.locator("#playground canvas").all()]
    assert len(labels) == 4
    assert not any(built.says_nothing(label) for label in labels)
    assert "Step 2" in labels[0]
    assert "hidden layers of 4, 2 units" in labels[1]


def test_live_region_is_quiet_while_it_plays(page: Page) -> None:
    page.evaluate(
        """() => { window.said = 0;
            const region = document.getElementById("playground-status");
            new MutationObserver(() => window.said++).observe(region, {childList: true}); }"""
    )
    page.click("#playground-play")
    page.wait_for_timeout(5000)
    assert 1 <= page.evaluate("window.said") <= 2


def ground(page: Page) -> list[int]:
    """The lightest and darkest brightness in the middle of the large square."""
    return page.locator("#playground-surface").evaluate(
        """canvas => { const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const sums = []; for (let k = 0; k < data.length; k += 4) sums.push(data[k] + data[k + 1] + data[k + 2]);
            return [Math.min(...sums), Math.max(...sums)]; }"""
    )


def test_pictures_follow_the_theme(page: Page) -> None:
    light = ground(page)
    page.locator(".theme-switch-button").first.focus()
    assert turn_dark(page)
    page.wait_for_timeout(200)
    assert light[1] > 700  # near to white where the prediction is zero
    assert ground(page)[0] < 120  # near to black there


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_the_largest_network_and_after_divergence(browser: Browser, address: str, dark: bool) -> None:
    with visit(browser, address, color_scheme="dark" if dark else "light") as tab:
        page = tab.go(PAGE)
        choose(page, data="plane", depth="6", learningRate="10", activation="identity", batch="360")
        page.click("#playground-play")
        page.wait_for_function("!window.coursePlayground.page.state.playing")
        assert findings(page) == []
        assert tab.troubles == []


def test_largest_network_fits_a_phone(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=PHONE) as tab:
        page = tab.go(PAGE)
        for name in list(FEATURES)[2:]:
            page.locator(f"#playground-features input[value='{name}']").click()
        choose(page, depth="6")
        choose(page, **{f"units-{k}": "8" for k in range(6)})
        assert values(page, "P.page.state.run.sizes") == [7, 8, 8, 8, 8, 8, 8, 1]
        page.click("#playground-step")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        for control in page.locator("#playground :is(button, input, select, canvas)").all():
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]


def test_a_frame_takes_less_than_a_sixtieth_of_a_second(page: Page) -> None:
    times = page.evaluate(
        """() => { const {state, advance, show} = window.coursePlayground.page; state.playing = true;
            const times = Array.from({length: 60}, () => { const from = performance.now(); advance(10); show(true);
                return performance.now() - from; }); state.playing = false; return times; }"""
    )
    assert min(times) < 16  # the least of many: what else the machine does is not the page's fault


def buttons() -> list[dict[str, Any]]:
    if not (built.HTML / PAGE).exists():
        return []
    return [json.loads(button["data-playground"]) for button in built.soup(PAGE).select("button[data-playground]")]


@pytest.mark.parametrize("number", range(len(buttons())))
def test_buttons_of_the_experiments_set_the_controls(page: Page, number: int) -> None:
    wanted = {**values(page, "P.page.START"), **buttons()[number]}
    button = page.locator("button[data-playground]").nth(number)
    button.focus()
    page.keyboard.press("Enter")
    assert values(page, "P.page.state.run.settings") == wanted
    assert page.evaluate("document.activeElement.id") == "playground-play"
    for name in ("data", "noise", "share", "activation", "seed", "learningRate", "penalty", "strength", "batch"):
        shown = page.locator(f"#playground-{name}").input_value()
        assert shown == wanted[name] if isinstance(wanted[name], str) else float(shown) == wanted[name]
    page.click("#playground-step")
    assert step_of(page) == 1
    assert values(page, "P.page.state.run.settings") == wanted


def test_works_from_a_file(from_file: Visit) -> None:
    page = from_file.go(PAGE)
    page.click("#playground-play")
    page.wait_for_function("window.coursePlayground.page.state.run.step >= 50")
    page.click("#playground-play")
    assert float(re.search(r"training loss ([\d.]+)", numbers(page))[1]) < 1.3
    assert from_file.troubles == []


def test_without_javascript_a_still_picture_is_there_and_no_dead_control(browser: Browser, address: str) -> None:
    with visit(browser, address, java_script_enabled=False) as tab:
        tab.page.goto(tab.home + PAGE)
        assert tab.page.locator("#playground :is(button, input, select):visible").count() == 0
        assert tab.page.locator("button[data-playground]:visible").count() == 0
        picture = tab.page.locator("main img.course-figure").first
        assert picture.is_visible()
        assert not built.says_nothing(picture.get_attribute("alt"))
