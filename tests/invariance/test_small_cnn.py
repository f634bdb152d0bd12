import numpy as np
import pytest
import torch

from course_lib.invariance.small_cnn import Settings, move_digits, move_fields, network, train_network


def bars(count, size, seed):
    """Lying (0) and standing (1) bars at random places."""
    rng = np.random.default_rng(seed)
    images, labels = 0.05 * rng.normal(size=(count, size, size)), np.arange(count) % 2
    for image, label, place in zip(images, labels, rng.integers(size, size=count), strict=True):
        (image if label == 0 else image.T)[place] += 1
    return images, labels


@pytest.mark.parametrize(("size", "moved"), [(8, True), (8, False), (32, False)])
def test_it_learns_to_tell_lying_from_standing_bars(size, moved):
    images, labels = bars(120, size, 0)
    named = train_network(images, labels, Settings(8, 120, moved=moved), seed=0)
    others, truth = bars(100, size, 1)
    assert np.mean(named(others) == truth) > 0.9


def test_same_seed_same_network_and_the_global_generator_stays_as_it_was():
    images, labels = bars(12, 8, 0)
    state = torch.random.get_rng_state()
    one, two = (train_network(images, labels, Settings(4, 5), seed=3) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    others, _ = bars(50, 8, 2)
    np.testing.assert_array_equal(one(others), two(others))


def test_a_network_for_large_images_takes_any_size_and_forgets_the_place():
    torch.manual_seed(0)
    model = network(64, 3, 4).eval()
    image = torch.zeros(1, 1, 128, 128)
    image[..., 40:60, 40:60] = torch.randn(20, 20)
    with torch.no_grad():
        scores, shifted = model(image), model(image.roll((16, 16), (2, 3)))
    assert scores.shape == (1, 3)
    torch.testing.assert_close(scores, shifted, rtol=1e-5, atol=1e-6)


def test_a_moved_digit_stays_near_and_a_moved_field_is_a_piece_of_it():
    rng = torch.Generator().manual_seed(0)
    images = torch.zeros(50, 1, 8, 8)
    images[:, :, 3:5, 3:5] = 1
    moved = move_digits(images, rng)
    assert moved.shape == images.shape
    torch.testing.assert_close(moved.sum((1, 2, 3)), torch.full((50,), 4.0), rtol=0.1, atol=0)
    assert not torch.equal(moved[0], moved[1])
    field = torch.arange(256.0).view(1, 1, 16, 16)
    for _ in range(20):
        piece = move_fields(field, rng)
        assert piece.shape == (1, 1, 8, 8)
        assert len(piece.unique()) == 64
        assert set(piece.diff(dim=2).abs().unique().tolist()) in ({1.0}, {16.0})


def test_digits_turn_by_up_to_ten_degrees_and_shift_by_up_to_a_sixteenth_both_ways():
    size, count = 64, 400
    y, x = np.meshgrid(*2 * [np.arange(size) - (size - 1) / 2], indexing="ij")
    ellipse = torch.tensor(np.exp(-(x**2) / 128 - y**2 / 32), dtype=torch.float32).expand(count, 1, size, size)
    mass = move_digits(ellipse, torch.Generator().manual_seed(0))[:, 0].double().numpy()
    mass /= mass.sum(axis=(1, 2), keepdims=True)

    def mean(values):
        return np.sum(mass * values, axis=(1, 2))

    shift = np.stack([mean(x), mean(y)], axis=1)
    xy, xx, yy = (mean(a * b) - mean(a) * mean(b) for a, b in ((x, y), (x, x), (y, y)))
    angle = np.degrees(np.arctan2(2 * xy, xx - yy) / 2)  # of the long axis
    for values, bound in ((angle, 10), (shift[:, 0], size / 16), (shift[:, 1], size / 16)):
        # Uniform up to the bound; what it moves leaves each a little more.
        assert bound * 0.95 < values.max() < bound * 1.2
        assert bound * 0.95 < -values.min() < bound * 1.2
        assert abs(values.mean()) < 4 * bound / np.sqrt(3 * count)


def test_bad_input_is_named():
    images, labels = bars(6, 8, 0)
    for wrong in (labels[:4], np.arange(7) % 2):
        with pytest.raises(ValueError, match="labels: expected one for each image"):
            train_network(images, wrong, Settings(), 0)
    with pytest.raises(ValueError, match="labels: expected one for each image"):
        train_network(images[0], labels[:1], Settings(), 0)
    with pytest.raises(ValueError, match="images: expected square images"):
        train_network(images[:, :, :5], labels, Settings(), 0)
    with pytest.raises(ValueError, match="seed: expected a whole number"):
        train_network(images, labels, Settings(), -1)
