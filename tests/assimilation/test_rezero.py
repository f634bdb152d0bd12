"""The residual block: identity at the start, and a trained α."""

import pytest
import torch
from scipy.stats import kstest

from course_lib.assimilation.rezero import ReZero, linear


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_block_adds_alpha_times_the_leaky_relu_of_an_affine_map(seed):
    block = ReZero(5, generator(seed), alpha=0.3)
    h = torch.randn(4, 2, 5, generator=generator(seed), dtype=torch.double)
    z = h @ block.linear.weight.T + block.linear.bias
    torch.testing.assert_close(block(h), h + 0.3 * torch.where(z > 0, z, 0.01 * z), rtol=0, atol=1e-14)


def test_untrained_block_is_the_identity_and_its_alpha_is_trained():
    block = ReZero(3, generator())
    h = torch.randn(7, 3, generator=generator(), dtype=torch.double)
    assert torch.equal(block(h), h)
    assert "alpha" in dict(block.named_parameters())  # a plain tensor would stay 0 for ever
    (block(h) ** 2).sum().backward()
    assert block.alpha.grad.abs() > 0.1
    assert block.linear.weight.grad.abs().max() == 0


def test_gradient_equals_central_differences():
    block = ReZero(3, generator(), alpha=0.5)
    h = torch.randn(4, 3, generator=generator(), dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda h, *_: block(h), (h, *block.parameters()))


def test_first_weights_come_from_the_generator_alone():
    before = torch.get_rng_state()
    layers = [linear(9, 4, generator(seed)) for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(layers[0].weight, layers[1].weight)
    assert not torch.equal(layers[0].weight, layers[2].weight)
    assert layers[0].weight.dtype == torch.double
    assert 0.2 < layers[0].weight.abs().max() <= 1 / 3


@pytest.mark.parametrize("inputs", [1, 4, 9])
def test_first_weights_and_biases_are_uniform_within_one_over_the_root_of_the_inputs(inputs):
    layer, bound = linear(inputs, 2000, generator()), inputs**-0.5
    for parameter in layer.parameters():
        assert kstest(parameter.detach().numpy().ravel(), "uniform", (-bound, 2 * bound)).pvalue > 0.001


@pytest.mark.parametrize(("inputs", "outputs"), [(0, 2), (2, 0), (2, 1.5)])
def test_sizes_that_are_none_are_refused(inputs, outputs):
    with pytest.raises(ValueError, match="expected a whole number"):
        linear(inputs, outputs, generator())
