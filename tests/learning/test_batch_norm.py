import numpy as np
import pytest
import torch

from course_lib.learning.batch_norm import Statistics, batch_norm_eval, batch_norm_train, update_running
from course_lib.learning.differences import finite_difference_gradient

SEEDS = range(4)


def problem(seed, m=9, units=4):
    """x, scale, shift and a derivative ∂L/∂z."""
    rng = np.random.default_rng(seed)
    x = rng.normal(rng.normal(size=units) * 3, rng.uniform(0.1, 5, size=units), size=(m, units))
    return x, rng.normal(size=units), rng.normal(size=units), rng.normal(size=(m, units))


def torch_layer(scale, shift):
    layer = torch.nn.BatchNorm1d(len(scale), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(scale))
        layer.bias.copy_(torch.tensor(shift))
    return layer


def fresh(units=4):
    return Statistics(np.zeros(units), np.ones(units))


@pytest.mark.parametrize("m", [2, 3, 50])
@pytest.mark.parametrize("seed", SEEDS)
def test_training_mode_equals_torch_forward_and_backward(seed, m):
    x, scale, shift, dL_dz = problem(seed, m)
    layer, theirs = torch_layer(scale, shift), torch.tensor(x, requires_grad=True)
    expected = layer(theirs)
    expected.backward(torch.tensor(dL_dz))
    z, backward, _ = batch_norm_train(x, scale, shift)
    np.testing.assert_allclose(z, expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    for ours, torchs in zip(backward(dL_dz), (theirs.grad, layer.weight.grad, layer.bias.grad), strict=True):
        np.testing.assert_allclose(ours, torchs.numpy(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_running_statistics_and_evaluation_equal_torch_after_many_batches(seed):
    _, scale, shift, dL_dz = problem(seed)
    layer, running = torch_layer(scale, shift), fresh()
    for batch_seed in range(30):
        x = problem(100 * seed + batch_seed, m=2 + batch_seed % 5)[0]
        layer(torch.tensor(x))
        running = update_running(running, batch_norm_train(x, scale, shift)[2], len(x))
    np.testing.assert_allclose(running.mean, layer.running_mean.numpy(), rtol=1e-10)
    np.testing.assert_allclose(running.variance, layer.running_var.numpy(), rtol=1e-10)

    x = problem(seed)[0]
    theirs = torch.tensor(x, requires_grad=True)
    layer.eval()
    expected = layer(theirs)
    expected.backward(torch.tensor(dL_dz))
    z, backward = batch_norm_eval(x, scale, shift, running)
    np.testing.assert_allclose(z, expected.detach().numpy(), rtol=1e-10)
    for ours, torchs in zip(backward(dL_dz), (theirs.grad, layer.weight.grad, layer.bias.grad), strict=True):
        np.testing.assert_allclose(ours, torchs.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_equal_finite_differences(seed):
    x, scale, shift, dL_dz = problem(seed)
    _, backward, batch = batch_norm_train(x, scale, shift)
    _, backward_eval = batch_norm_eval(x, scale, shift, batch)

    def of(function, *frozen):
        return [
            lambda a: np.sum(dL_dz * function(a, scale, shift, *frozen)[0]),
            lambda a: np.sum(dL_dz * function(x, a, shift, *frozen)[0]),
            lambda a: np.sum(dL_dz * function(x, scale, a, *frozen)[0]),
        ]

    for losses, gradients in ((of(batch_norm_train), backward(dL_dz)), (of(batch_norm_eval, batch), backward_eval(dL_dz))):
        for loss, at, gradient in zip(losses, (x, scale, shift), gradients, strict=True):
            np.testing.assert_allclose(gradient, finite_difference_gradient(loss, at), atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_leaves_with_mean_shift_and_deviation_scale(seed):
    x, scale, shift, _ = problem(seed, m=200)
    z, _, batch = batch_norm_train(x, scale, shift, epsilon=1e-12)
    np.testing.assert_allclose(z.mean(axis=0), shift, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), np.abs(scale), rtol=1e-9)
    np.testing.assert_allclose(batch.variance, x.var(axis=0), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_units_and_offsets_of_the_input_do_not_matter_when_training(seed):
    x, scale, shift, dL_dz = problem(seed)
    z, backward, _ = batch_norm_train(x, scale, shift, epsilon=1e-12)
    other, _, _ = batch_norm_train(7 * x + np.array([1.0, -2.0, 3.0, 100.0]), scale, shift, epsilon=1e-12)
    np.testing.assert_allclose(other, z, atol=1e-9)
    dL_dx = backward(dL_dz)[0]
    np.testing.assert_allclose(dL_dx.sum(axis=0), 0, atol=1e-12)  # no pull along a common offset
    np.testing.assert_allclose((dL_dx * x).sum(axis=0), 0, atol=1e-9)  # nor along a common factor


def test_two_samples_leave_with_their_signs_only():
    x, *_ = problem(0, m=2)
    z, _, _ = batch_norm_train(x, np.ones(4), np.zeros(4), epsilon=1e-14)
    np.testing.assert_allclose(z, np.sign(x - x[::-1]), atol=1e-9)


@pytest.mark.parametrize("m", [2, 5])
def test_running_variance_is_unbiased(m):
    rng = np.random.default_rng(0)
    running, seen = fresh(1), []
    for _ in range(4000):
        x = rng.normal(scale=2, size=(m, 1))
        running = update_running(running, batch_norm_train(x, [1.0], [0.0])[2], m, share=0.01)
        seen.append(running.variance[0])
    # The variance of the unbiased estimate is 2σ⁴/(m − 1); the mean of 3500 of them has this standard error.
    assert abs(np.mean(seen[500:]) - 4) < 5 * np.sqrt(2 * 16 / (m - 1) / 3500)


def test_share_one_keeps_the_last_batch_only():
    batch = Statistics(np.array([3.0]), np.array([2.0]))
    running = update_running(fresh(1), batch, 4, share=1)
    np.testing.assert_allclose([running.mean, running.variance], [[3], [2 * 4 / 3]])


def test_unit_that_never_varied_is_divided_by_the_root_of_epsilon():
    z, _ = batch_norm_eval([[3.2]], [2.0], [0.5], Statistics([3.0], [0.0]), epsilon=0.01)
    np.testing.assert_allclose(z, [[2 * 0.2 / 0.1 + 0.5]])


def test_arguments_are_left_as_they_are():
    x, scale, shift, dL_dz = problem(0)
    kept = [array.copy() for array in (x, scale, shift, dL_dz)]
    batch_norm_train(x, scale, shift)[1](dL_dz)
    for before, after in zip(kept, (x, scale, shift, dL_dz), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batch_norm_train([[1.0, 2.0]], [1, 1], [0, 0]), "x: expected at least two samples"),
        (lambda: batch_norm_train([1.0, 2.0], [1.0], [0.0]), "x: expected shape"),
        (lambda: batch_norm_train([[1.0], [np.nan]], [1.0], [0.0]), "x: expected finite"),
        (lambda: batch_norm_train([[1.0], [2.0]], [1.0, 1.0], [0.0]), "scale"),
        (lambda: batch_norm_train([[1.0], [2.0]], [1.0], [0.0, 0.0]), "shift"),
        (lambda: batch_norm_train([[1.0], [2.0]], [1.0], [0.0], epsilon=0), "epsilon"),
        (lambda: batch_norm_train([[1.0], [2.0]], [1.0], [0.0])[1]([[1.0]]), "dL_dz"),
        (lambda: batch_norm_eval([[1.0]], [1.0], [0.0], Statistics([0.0], [-1.0])), "running.variance: .* -1"),
        (lambda: batch_norm_eval([[1.0]], [1.0], [0.0], Statistics([0.0, 0.0], [1.0, 1.0])), "running.mean"),
        (lambda: update_running(fresh(1), Statistics([0.0, 0.0], [1.0, 1.0]), 4), "running.mean"),
        (lambda: update_running(fresh(1), fresh(1), 1), "batch_size"),
        (lambda: update_running(fresh(1), fresh(1), 4, share=0), "share"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
