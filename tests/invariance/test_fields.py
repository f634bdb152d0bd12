from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest

import course_lib.invariance.fields
from course_lib.invariance.fields import CLASSES, fields, standardised
from course_lib.invariance.gaussian_fields import wavenumbers


@pytest.fixture(scope="module")
def small():
    return fields(list(CLASSES), 2, 64, np.random.default_rng(0))


def test_there_are_nine_kinds_and_each_has_its_label(small):
    images, labels = small
    assert len(CLASSES) == 9
    assert images.shape == (18, 64, 64)
    assert images.dtype == np.float32
    assert labels.tolist() == [c for c in range(9) for _ in range(2)]


def test_every_image_is_standardised_and_no_two_are_alike(small):
    images, _ = small
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1, atol=1e-5)
    alike = np.corrcoef(images.reshape(18, -1)) - np.eye(18)
    assert np.abs(alike).max() < 0.9


def test_same_seed_same_images_and_a_kind_does_not_depend_on_how_many_kinds_follow():
    again = [fields(["shallow", "sea"], 2, 64, np.random.default_rng(5))[0] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    alone, _ = fields(["shallow"], 2, 64, np.random.default_rng(5))
    np.testing.assert_array_equal(alone, again[0][:2])
    other, _ = fields(["shallow"], 2, 64, np.random.default_rng(6))
    assert np.abs(other - alone).max() > 0.5


@pytest.mark.parametrize(("name", "bounds"), [("shallow", (2.2, 2.4)), ("steep", (2.4, 2.6))])
def test_spectra_of_the_gaussian_kinds_fall_as_they_are_said_to(name, bounds):
    k = np.hypot(*wavenumbers(256))
    ring = np.geomspace(4, 100, 12)
    slopes = []
    for seed in range(6):
        power = np.abs(np.fft.fft2(CLASSES[name](256, np.random.default_rng(seed)))) ** 2
        means = [power[(k >= a) & (k < b)].mean() for a, b in pairwise(ring)]
        slopes.append(-np.polyfit(np.log(np.sqrt(ring[1:] * ring[:-1])), np.log(means), 1)[0])
    assert bounds[0] - 0.06 < min(slopes)
    assert max(slopes) < bounds[1] + 0.06


def test_kinds_of_spins_have_two_values_and_the_critical_one_is_more_magnetised():
    magnetisation = {}
    for name in ("critical", "hot"):
        images = [CLASSES[name](128, np.random.default_rng(seed)) for seed in range(5)]
        assert all(set(np.unique(image)) == {-1, 1} for image in images)
        magnetisation[name] = np.mean([abs(image.mean()) for image in images])
    assert magnetisation["critical"] > 1.5 * magnetisation["hot"]


def test_turbulence_and_its_twin_share_the_spectrum_when_made_from_the_same_seed():
    flow, twin = (CLASSES[name](64, np.random.default_rng(1)) for name in ("turbulence", "twin"))
    ours, theirs = np.abs(np.fft.fft2(flow)), np.abs(np.fft.fft2(twin))
    np.testing.assert_allclose(theirs, ours, atol=1e-10 * ours.max())


def test_wind_blows_from_every_direction():
    angles = []
    for seed in range(8):
        power = np.abs(np.fft.fft2(CLASSES["sea"](128, np.random.default_rng(seed)))) ** 2
        kx, ky = wavenumbers(128)
        angles.append(np.angle(np.sum(power * np.exp(2j * np.arctan2(ky, kx)))) / 2)
    assert abs(np.mean(np.exp(2j * np.array(angles)))) < 0.8


@pytest.mark.parametrize(
    ("name", "maker", "place", "low", "high"),
    [
        ("shallow", "power_law", 1, 2.2, 2.4),
        ("shallow", "power_law", 2, 1, 2),
        ("steep", "power_law", 1, 2.4, 2.6),
        ("sea", "sea_surface", 1, 10, 20),
        ("sea", "sea_surface", 2, 0, np.pi),
        ("turbulence", "decaying_vorticity", 1, 6, 10),
        ("turbulence", "decaying_vorticity", 2, 1, 2),
    ],
)
def test_what_an_observer_does_not_control_takes_all_values_of_its_range(monkeypatch, name, maker, place, low, high):
    drawn = []

    def noted(*arguments):
        drawn.append(arguments[place])
        return np.ones((64, 64))

    monkeypatch.setattr(course_lib.invariance.fields, maker, noted)
    rng = np.random.default_rng(0)
    for _ in range(300):
        CLASSES[name](64, rng)
    share = (np.array(drawn) - low) / (high - low)
    assert share.min() >= 0
    assert share.max() <= 1
    assert kstest(share, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 1, 64), "classes: expected a list of names, at least one"),
        (("sea", 1, 64), "classes: expected a list of names"),
        ((["lake"], 1, 64), "classes: 'lake' is not known; expected one of shallow"),
        ((["sea"], 0, 64), "count: expected a whole number"),
        ((["sea"], 1, 32), "size: expected a whole number, at least 64"),
        ((["sea"], 1, 72), "size: expected a multiple of 16"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fields(*arguments, np.random.default_rng(0))


def test_a_constant_image_cannot_be_standardised():
    with pytest.raises(ValueError, match="image: expected one that is not constant"):
        standardised(np.ones((4, 4)))
