import copy

import numpy as np
import pytest
import torch
from scipy.linalg import null_space
from scipy.optimize import minimize

from course_lib.trust.constraints import Completion, LinearLaw, Projection, penalty
from course_lib.trust.splits import best_split


def random_law(rng, n=3, m=4, p=7):
    return LinearLaw(rng.normal(size=(n, m + p)), m)


def normal(rng, *shape):
    return torch.tensor(rng.normal(size=shape))


def scales(rng, p=7):
    return np.exp(rng.normal(size=p))


def test_law_is_the_matrix_times_the_stacked_vector():
    rng = np.random.default_rng(0)
    law = random_law(rng)
    x, y = normal(rng, 5, 2, 4), normal(rng, 5, 2, 7)
    expected = np.concatenate([x, y], axis=-1) @ law.C.T
    np.testing.assert_allclose(LinearLaw(law.C, 4)(x, y), expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (1, 0, 4), (3, 4, 7), (4, 2, 4), (2, 30, 50)])
def test_completed_and_projected_outputs_obey_any_law_to_round_off(seed, n, m, p):
    rng = np.random.default_rng(seed)
    law = random_law(rng, n, m, p)
    scale = scales(rng, p)
    x, y = 100 * normal(rng, 20, m), 100 * normal(rng, 20, p)
    completion = Completion(law, best_split(law.C[:, m:], scale), scale)
    for dtype in (torch.float64, torch.float32):
        for result in (
            completion(x.to(dtype), y[:, completion.direct].to(dtype)),
            Projection(law, scale)(x.to(dtype), y.to(dtype)),
        ):
            assert result.dtype == dtype
            assert result.shape == (20, p)
            terms = np.abs(np.concatenate([x, result.double()], axis=1)) @ np.abs(law.C).T
            violation = law(x.to(dtype).double(), result.double()).abs().numpy()
            # some digits go to the solution of C_r; none to the size of x and y, to which this is relative
            assert (violation <= 300 * torch.finfo(dtype).eps * terms.max()).all()


@pytest.mark.parametrize("seed", range(5))
def test_completion_leaves_what_was_predicted_and_solves_for_the_rest(seed):
    rng = np.random.default_rng(seed)
    law = random_law(rng)
    residual = [5, 0, 3]  # in any order
    layer = Completion(law, residual)
    x, direct = normal(rng, 6, 4), normal(rng, 6, 4)
    y = layer(x, direct).numpy()
    assert layer.direct == [1, 2, 4, 6]
    np.testing.assert_array_equal(y[:, [1, 2, 4, 6]], direct)
    known = x.numpy() @ law.C[:, :4].T + direct.numpy() @ law.C[:, [5, 6, 8, 10]].T
    np.testing.assert_allclose(y[:, residual].T, -np.linalg.solve(law.C[:, [9, 4, 7]], known.T), rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_projection_is_the_nearest_point_that_obeys_the_law(seed):
    rng = np.random.default_rng(seed)
    law, scale = random_law(rng), scales(rng)
    x, y = normal(rng, 4), normal(rng, 7)
    projected = Projection(law, scale)(x, y).numpy()

    def distance(candidate):
        return np.sum(((candidate - y.numpy()) / scale) ** 2)

    def broken(candidate):
        return law.C @ np.concatenate([x.numpy(), candidate])

    found = minimize(distance, np.zeros(7), constraints={"type": "eq", "fun": broken}, method="SLSQP", tol=1e-13)
    np.testing.assert_allclose(projected, found.x, atol=1e-5)
    along = null_space(law.C[:, 4:])  # a step within the law does not bring it nearer
    np.testing.assert_allclose(along.T @ ((projected - y.numpy()) / scale**2), 0, atol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_projection_changes_nothing_the_second_time_and_obeys_pythagoras(seed):
    rng = np.random.default_rng(seed)
    law, scale = random_law(rng), torch.tensor(scales(rng))
    layer = Projection(law, scale.numpy())
    x, raw = normal(rng, 9, 4), normal(rng, 9, 7)
    truth = layer(x, normal(rng, 9, 7))  # any point that obeys the law
    y = layer(x, raw)
    np.testing.assert_allclose(layer(x, y), y, rtol=1e-10, atol=1e-10)

    def square(difference):
        return (difference / scale).square().sum(-1)

    np.testing.assert_allclose(square(raw - truth), square(raw - y) + square(y - truth))


def test_gradients_pass_both_layers_and_the_penalty():
    rng = np.random.default_rng(1)
    law = random_law(rng)
    x, y = normal(rng, 3, 4).requires_grad_(), normal(rng, 3, 7).requires_grad_()
    direct = normal(rng, 3, 4).requires_grad_()
    scale = torch.tensor([1.0, 2.0, 3.0], dtype=torch.double)
    assert torch.autograd.gradcheck(Completion(law, [0, 3, 5]), (x, direct))
    assert torch.autograd.gradcheck(Projection(law, scales(rng)), (x, y))
    assert torch.autograd.gradcheck(lambda x, y: penalty(law, scale, x, y), (x, y))


def test_no_gradient_pushes_projected_outputs_off_the_law():
    rng = np.random.default_rng(2)
    law = random_law(rng)
    x, y = normal(rng, 4), normal(rng, 7)
    jacobian = torch.autograd.functional.jacobian(lambda y: Projection(law)(x, y), y)
    np.testing.assert_allclose(jacobian, jacobian @ jacobian, atol=1e-12)
    np.testing.assert_allclose(law.C_y @ jacobian, 0, atol=1e-12)
    assert torch.linalg.matrix_rank(jacobian) == 4


def test_penalty_is_the_mean_square_of_the_scaled_violations():
    rng = np.random.default_rng(3)
    law = random_law(rng)
    x, y = normal(rng, 8, 4), normal(rng, 8, 7)
    violation = np.concatenate([x, y], axis=1) @ law.C.T / [1.0, 10.0, 100.0]
    scale = torch.tensor([1.0, 10.0, 100.0], dtype=torch.double)
    np.testing.assert_allclose(penalty(law, scale, x, y), np.mean(violation**2))
    assert penalty(law, scale, x, Projection(law)(x, y)) < 1e-25


def test_layers_return_from_float32_without_loss():
    rng = np.random.default_rng(4)
    layer = Projection(random_law(rng), scales(rng))
    x, y = normal(rng, 4), normal(rng, 7)
    again = copy.deepcopy(layer).float().double()
    assert torch.equal(again(x, y), layer(x, y))
    assert not list(layer.parameters())


def test_single_samples_and_broadcast_inputs_are_taken():
    rng = np.random.default_rng(5)
    law = random_law(rng)
    layer = Completion(law, [0, 1, 2])
    x, direct = normal(rng, 3, 1, 4), normal(rng, 5, 4)
    y = layer(x, direct)
    assert y.shape == (3, 5, 7)
    np.testing.assert_allclose(layer(x[1, 0], direct[2]), y[1, 2], rtol=1e-12)


@pytest.mark.parametrize(
    ("C", "inputs", "message"),
    [
        (np.ones((3, 4)), 2, "^C: expected at most as many equations as outputs, got 3 equations for 2 outputs"),
        ([[1, 1, 0, 1], [0, 2, 0, 2]], 1, "^C: .*C_y has rank 1 with 2 rows: row [01] follows"),
        ([[1, 0, 0], [0, 1, 2]], 1, "^C: .*in row 0 all of them have coefficient 0"),
        ([[1, np.nan]], 1, "^C: expected finite"),
        ([1, 2, 3], 1, "^C: expected shape"),
        ([[1, 2, 3]], 3, "^inputs: expected fewer than the 3 columns"),
        ([[1, 2, 3]], -1, "^inputs: expected a whole number"),
        ([[1, 2, 3]], 1.0, "^inputs: expected a whole number"),
    ],
)
def test_bad_laws_are_refused(C, inputs, message):
    with pytest.raises(ValueError, match=message):
        LinearLaw(C, inputs)


def test_a_dependent_row_is_found_among_many():
    rng = np.random.default_rng(6)
    C = rng.normal(size=(4, 9))
    C[2] = 1e6 * (C[0] - 2 * C[3])
    with pytest.raises(ValueError, match=r"^C: .*rank 3 with 4 rows: row [023] follows"):
        LinearLaw(C, 2)


@pytest.mark.parametrize(
    ("residual", "message"),
    [
        ([1, 2], "^residual: C_r of the outputs 1, 2 has condition number inf.*take 0, [12] instead"),
        ([0], "^residual: expected 2 different outputs between 0 and 3, got 0"),
        ([0, 0], "^residual: expected 2 different"),
        ([0, 4], "^residual: expected 2 different"),
        ([0, -1], "^residual: expected 2 different"),
        ([0, 1.0], "^residual: expected 2 different"),
    ],
)
def test_bad_splits_are_refused_and_a_better_one_is_proposed(residual, message):
    law = LinearLaw([[1, 5, 1, 1, 0], [1, 0, 2, 2, 0.1]], 1)
    with pytest.raises(ValueError, match=message):
        Completion(law, residual)
    Completion(law, best_split(law.C_y))


def test_bad_scales_and_tensors_are_refused():
    law = random_law(np.random.default_rng(7))
    layer = Projection(law)
    with pytest.raises(ValueError, match=r"^scale: expected positive numbers, got 0 for output 2: does it vary"):
        Projection(law, [1, 1, 0, 1, 1, 1, 1])
    with pytest.raises(ValueError, match=r"^scale: expected shape \(7,\)"):
        Completion(law, [0, 1, 2], np.ones(3))
    with pytest.raises(ValueError, match=r"^scale: in these units the equations are all but dependent"):
        Projection(LinearLaw([[1, 0], [1, 1]], 0), [1, 1e-12])
    with pytest.raises(ValueError, match=r"^x: expected a tensor of shape \(\.\.\., 4\), got \(2, 3\)"):
        layer(torch.ones(2, 3), torch.ones(2, 7))
    with pytest.raises(ValueError, match=r"^y: expected a tensor of shape \(\.\.\., 7\), got list"):
        layer(torch.ones(2, 4), [1.0] * 7)
    with pytest.raises(ValueError, match=r"^direct: expected a tensor of shape \(\.\.\., 4\)"):
        Completion(law, [0, 1, 2])(torch.ones(2, 4), torch.ones(2, 7))
