import numpy as np
import pytest

from course_lib.learning.parameters import Layer, check_layers, descent_step, from_vector, init, shapes, to_vector

SIZES = [3, 5, 4, 2]


def test_init_has_one_layer_between_each_two_sizes():
    assert shapes(init(SIZES, np.random.default_rng(0))) == [((3, 5), (5,)), ((5, 4), (4,)), ((4, 2), (2,))]


def test_init_keeps_the_variance_of_what_passes_through():
    rng = np.random.default_rng(0)
    (W, b), *_ = init([400, 300], rng)
    assert W.std() == pytest.approx(1 / np.sqrt(400), rel=0.02)  # 120 000 draws: one standard error is 0.2 %
    assert abs(W.mean()) < 4 / 400 / np.sqrt(300)
    assert not b.any()


def test_init_depends_on_the_generator_alone():
    first, again, other = (to_vector(init(SIZES, np.random.default_rng(seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_vector_and_layers_are_the_same_numbers():
    theta = init(SIZES, np.random.default_rng(0))
    vector = to_vector(theta)
    assert vector.shape == (3 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2,)
    for (W, b), (W_again, b_again) in zip(theta, from_vector(vector, theta), strict=True):
        np.testing.assert_array_equal(W, W_again)
        np.testing.assert_array_equal(b, b_again)


def test_descent_step_goes_against_the_gradient_and_keeps_its_arguments():
    theta, gradient = (init(SIZES, np.random.default_rng(seed)) for seed in (0, 1))
    before = to_vector(theta), to_vector(gradient)
    moved = descent_step(theta, gradient, learning_rate=0.25)
    np.testing.assert_array_equal(to_vector(moved), before[0] - 0.25 * before[1])
    np.testing.assert_array_equal(to_vector(theta), before[0])
    np.testing.assert_array_equal(to_vector(gradient), before[1])


@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf])
def test_descent_step_refuses_a_rate_that_is_not_positive(rate):
    theta = init(SIZES, np.random.default_rng(0))
    with pytest.raises(ValueError, match="learning_rate: expected a positive number, got"):
        descent_step(theta, theta, rate)


def test_descent_step_refuses_a_gradient_of_other_shapes():
    theta = init([2, 3, 1], np.random.default_rng(0))
    with pytest.raises(ValueError, match="gradient: expected the shapes of theta"):
        descent_step(theta, [Layer(W.T, b) for W, b in theta], 0.1)


@pytest.mark.parametrize("sizes", [[], [3], [2, 0, 1], [2, -1], [2, 1.5, 1]])
def test_init_refuses_sizes_that_make_no_network(sizes):
    with pytest.raises(ValueError, match="sizes: expected at least two positive whole numbers, got"):
        init(sizes, np.random.default_rng(0))


def test_from_vector_refuses_a_wrong_length():
    with pytest.raises(ValueError, match=r"vector: expected shape \(13,\), got \(12,\)"):
        from_vector(np.zeros(12), init([2, 3, 1], np.random.default_rng(0)))


def test_layers_that_fit_each_other_come_back_as_doubles():
    theta = init(SIZES, np.random.default_rng(0))
    checked = check_layers([Layer(W.tolist(), b.tolist()) for W, b in theta])
    assert shapes(checked) == shapes(theta)
    np.testing.assert_array_equal(to_vector(checked), to_vector(theta))


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        ([], "theta: expected at least one layer, got none"),
        ([Layer(np.ones((2, 3)), np.ones(2))], r"theta\[0\]\.b: expected shape \(3,\), got \(2,\)"),
        (
            [Layer(np.ones((2, 3)), np.ones(3)), Layer(np.ones((2, 1)), np.ones(1))],
            r"theta\[1\]\.W: expected shape \(3, any\), got \(2, 1\)",
        ),
    ],
)
def test_layers_that_do_not_fit_are_refused_by_name(theta, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        check_layers(theta)
