"""Windows on a ring against torch's periodic convolution, and their derivative against finite differences."""

import pytest
import torch
from torch.nn.functional import conv1d, pad

from course_lib.assimilation.ring_windows import windows


@pytest.mark.parametrize("reach", [0, 1, 2, 4])
def test_product_with_windows_equals_torchs_periodic_convolution(reach):
    rng = torch.Generator().manual_seed(reach)
    x = torch.randn(9, 4, 3, generator=rng, dtype=torch.double)  # sites, batch, channels
    kernel = torch.randn(5, 3, 2 * reach + 1, generator=rng, dtype=torch.double)  # out, in, sites
    ours = windows(x, reach, reach) @ kernel.permute(2, 1, 0).reshape(-1, 5)
    theirs = conv1d(pad(x.permute(1, 2, 0), (reach, reach), mode="circular"), kernel).permute(2, 0, 1)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 1), (0, 3), (3, 0), (2, 1), (4, 4)])
def test_derivative_of_windows_equals_finite_differences(before, after):
    x = torch.randn(5, 2, 2, generator=torch.Generator().manual_seed(1), dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: windows(x, before, after), (x,))


def test_windows_of_a_rotated_ring_are_the_rotated_windows():
    x = torch.randn(7, 2, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(windows(x.roll(3, 0), 2, 1), windows(x, 2, 1).roll(3, 0), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("x", "before", "after"),
    [
        (torch.zeros(4, 2, 1), 4, 0),
        (torch.zeros(4, 2, 1), 0, 5),
        (torch.zeros(4, 2), 1, 1),
        (torch.zeros(4, 2, 1), -1, 0),
    ],
)
def test_windows_of_wrong_size_are_refused(x, before, after):
    with pytest.raises(ValueError, match="x: expected"):
        windows(x, before, after)
