"""Elman's network against torch.nn.RNN; truncated gradients against detached loops; products of Jacobians against autograd."""

import pytest
import torch
from scipy.stats import kstest

from course_lib.assimilation.elman import Elman, memory_jacobians, truncated

SEEDS = [0, 1, 2]


def problem(seed, T=7):
    rng = torch.Generator().manual_seed(seed)
    return Elman(2, 5, 3, rng), torch.randn(4, T, 2, generator=rng, dtype=torch.double)


def gradient(model, loss):
    model.zero_grad()
    loss.backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


@pytest.mark.parametrize("seed", SEEDS)
def test_outputs_memories_and_gradients_equal_those_of_torch(seed):
    model, x = problem(seed)
    twin = torch.nn.RNN(2, 5, batch_first=True, dtype=torch.double)
    weights = {"weight_ih_l0": model.U, "weight_hh_l0": model.W, "bias_ih_l0": model.b, "bias_hh_l0": 0 * model.b}
    twin.load_state_dict({name: value.detach() for name, value in weights.items()})
    start = torch.randn(4, 5, dtype=torch.double, generator=torch.Generator().manual_seed(9))
    memories, _ = twin(x, start[None])
    torch.testing.assert_close(model.memories(x, start), memories, rtol=0, atol=1e-14)
    torch.testing.assert_close(model(x, start), memories @ model.V.T, rtol=0, atol=1e-14)
    model.memories(x, start).square().sum().backward()
    memories.square().sum().backward()
    torch.testing.assert_close(model.W.grad, twin.weight_hh_l0.grad, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(model.U.grad, twin.weight_ih_l0.grad, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(model.b.grad, twin.bias_ih_l0.grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("length", [1, 3, 7, 50])
def test_truncation_changes_no_output(seed, length):
    model, x = problem(seed)
    torch.testing.assert_close(truncated(model, x, length), model(x), rtol=0, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("length", [1, 2, 4])
def test_truncated_gradient_is_that_of_loops_with_a_detached_start(seed, length):
    model, x = problem(seed)
    found = gradient(model, truncated(model, x, length).square().sum())
    total = 0
    for t in range(7):
        h = torch.zeros(4, 5, dtype=torch.double)
        for j in range(t + 1):
            if j == t - length + 1:
                h = h.detach()
            h = model.cell(h, x[:, j])
        total = total + (h @ model.V.T).square().sum()
    torch.testing.assert_close(found, gradient(model, total), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_without_truncation_is_the_full_one(seed):
    model, x = problem(seed)
    full = gradient(model, model(x).square().sum())
    torch.testing.assert_close(gradient(model, truncated(model, x, 7).square().sum()), full, rtol=1e-12, atol=1e-13)
    shorter = gradient(model, truncated(model, x, 2).square().sum())
    assert (shorter - full).norm() > 1e-3 * full.norm()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("length", "lag"), [(1, 1), (2, 2), (3, 3)])
def test_truncated_gradient_cannot_see_an_input_that_lies_further_back(seed, length, lag):
    model, x = problem(seed)
    x.requires_grad_()
    truncated(model, x, length)[:, -1].sum().backward()
    assert (x.grad[:, : 7 - lag] == 0).all()
    assert (x.grad[:, 7 - lag :] != 0).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_products_of_jacobians_are_the_derivatives_of_the_last_memory(seed):
    model, x = problem(seed)
    memories = model.memories(x)
    found = memory_jacobians(model, memories)
    torch.testing.assert_close(found[0], torch.eye(5, dtype=torch.double).expand(4, 5, 5))
    for k in (1, 3, 6):

        def last(h, k=k):
            for t in range(7 - k, 7):
                h = model.cell(h, x[0, t])
            return h

        exact = torch.autograd.functional.jacobian(last, memories[0, 6 - k].detach())
        torch.testing.assert_close(found[k, 0], exact, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("memory", [1, 25])
def test_first_weights_are_uniform_within_one_over_the_root_of_the_memory(memory):
    model, bound = Elman(40, memory, 40, torch.Generator().manual_seed(0)), memory**-0.5
    weights = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    assert kstest(weights.numpy(), "uniform", (-bound, 2 * bound)).pvalue > 0.001


@pytest.mark.parametrize("lengths", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 2.5, 1)])
def test_network_refuses_lengths_that_are_no_positive_whole_numbers(lengths):
    with pytest.raises(ValueError, match="expected a whole number, at least 1"):
        Elman(*lengths, torch.Generator())


def test_wrong_inputs_and_truncations_are_refused():
    model, x = problem(0)
    with pytest.raises(ValueError, match=r"x: expected shape \(B, T, 2\)"):
        model(x[..., :1])
    with pytest.raises(ValueError, match="with T at least 1"):
        model(x[:, :0])
    with pytest.raises(ValueError, match="length: expected a whole number, at least 1, got 0"):
        truncated(model, x, 0)
