"""Rate matrices are logarithms; frames follow errors along a run and find what is known of the attractor."""

import numpy as np
import pytest
from scipy.linalg import expm

from course_lib.assimilation import lorenz63
from course_lib.trust.gradients import input_jacobian
from course_lib.trust.step_jacobians import rate_matrices, sheet_frames


@pytest.mark.parametrize("seed", range(3))
def test_rate_matrix_is_that_of_a_linear_equation(seed):
    A = np.random.default_rng(seed).standard_normal((5, 3, 3))
    np.testing.assert_allclose(rate_matrices([expm(0.2 * a) for a in A], 0.2), A, atol=1e-9)


@pytest.mark.parametrize("angle", [0.5, 2.0, 3.0])
def test_rate_of_a_rotation_is_its_angle_also_where_the_eigenvalues_have_a_negative_real_part(angle):
    c, s = np.cos(angle), np.sin(angle)
    np.testing.assert_allclose(rate_matrices([[[c, -s], [s, c]]], 0.5), [[[0, -2 * angle], [2 * angle, 0]]], atol=1e-13)


def test_rate_matrix_of_short_lorenz_steps_is_the_jacobian_of_the_tendency_at_half_time():
    x = lorenz63.trajectory(20, 1, np.random.default_rng(0))[0]
    errors = []
    for dt in (0.02, 0.01):
        rates = rate_matrices(input_jacobian(lambda x, dt=dt: lorenz63.step(x, dt=dt), x), dt)
        middle = input_jacobian(lorenz63.tendency, lorenz63.step(x, dt=dt / 2))
        errors.append(abs(rates - middle).max())
    assert 3.5 < errors[0] / errors[1] < 4.5  # second order in dt
    assert errors[1] < 0.1


def test_frames_are_orthonormal_and_grow_at_the_known_exponents():
    states = lorenz63.trajectory(4000, 1, np.random.default_rng(1))[0]
    jacobians = input_jacobian(lorenz63.step, states)
    frames = sheet_frames(jacobians[:-1], 100)
    np.testing.assert_allclose(np.swapaxes(frames, 1, 2) @ frames, np.broadcast_to(np.eye(3), frames.shape), atol=1e-12)
    grown = [abs(np.diag(np.linalg.qr(jacobian @ frame)[1])) for jacobian, frame in zip(jacobians[101:], frames, strict=True)]
    exponents = np.log(grown).mean(axis=0) / lorenz63.DT
    # Sprott 2003: 0.9056, 0, -14.5723; a run of 195 time units leaves the first uncertain by some hundredths.
    assert abs(exponents[0] - lorenz63.LYAPUNOV) < 0.15
    assert abs(exponents[1]) < 0.1
    assert abs(exponents[2] + 14.5723) < 0.2
    np.testing.assert_allclose(exponents.sum(), np.log(np.linalg.det(jacobians[101:])).mean() / lorenz63.DT, rtol=1e-9)


def test_flow_lies_in_the_plane_of_the_first_two_columns():
    def step(x):  # short, so that the step's own flow is that of the equations
        return lorenz63.step(x, dt=0.01)

    states = [lorenz63.trajectory(1, 1, np.random.default_rng(2))[0, -1]]
    for _ in range(1000):
        states.append(step(states[-1]))
    states = np.array(states)
    frames = sheet_frames(input_jacobian(step, states[:-1]), 500)
    flow = lorenz63.tendency(states[501:])
    across = abs(np.einsum("ti,ti->t", flow, frames[:, :, 2])) / np.linalg.norm(flow, axis=1)
    assert across.max() < 1e-4


def test_frames_without_spin_up_start_after_the_first_step():
    jacobians = np.array([[[0.0, -2.0], [3.0, 0.0]]])
    frame = sheet_frames(jacobians, 0)
    np.testing.assert_allclose(abs(frame), [[[0, 1], [1, 0]]], atol=1e-15)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: rate_matrices(np.ones((2, 2, 3)), 0.1), "jacobians: expected square"),
        (lambda: rate_matrices(np.eye(2), 0.1), "jacobians: expected shape"),
        (lambda: rate_matrices([-np.eye(2)], 0.1), "jacobians: expected no eigenvalue that is zero or negative, got -1"),
        (lambda: rate_matrices([np.diag([1.0, 0.0])], 0.1), "zero or negative, got 0"),
        (lambda: rate_matrices([np.eye(2)], 0), "dt: expected a positive number"),
        (lambda: sheet_frames(np.ones((2, 2, 3)), 0), "jacobians: expected square"),
        (lambda: sheet_frames([np.eye(2)], 1), "spin_up: expected a whole number, 0 to 0, got 1"),
        (lambda: sheet_frames([np.eye(2)], -1), "spin_up: expected"),
        (lambda: sheet_frames([[[np.nan, 0], [0, 1]]], 0), "jacobians: expected finite"),
    ],
)
def test_bad_input_is_named(function, message):
    with pytest.raises(ValueError, match=message):
        function()
