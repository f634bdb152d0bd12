import numpy as np
import pytest
import torch
from kymatio.numpy import Scattering2D

from course_lib.invariance import batches
from course_lib.invariance.scattering import paths_2d, scattering_2d

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(5, 16, 16))


@pytest.mark.parametrize(
    ("size", "J", "L", "max_order"), [(16, 2, 8, 2), (16, 4, 3, 2), (30, 3, 4, 2), (8, 1, 8, 2), (8, 3, 8, 1), (8, 2, 1, 2)]
)
def test_front_equals_bare_kymatio(size, J, L, max_order):
    images = np.random.default_rng(size).normal(size=(3, size, size)).astype(np.float32)
    expected = Scattering2D(J, (size, size), L, max_order)(images)
    ours = scattering_2d(images, J, L, max_order)
    assert ours.values.shape == expected.shape == (3, len(ours.paths), size // 2**J, size // 2**J)
    assert ours.values.dtype == np.float32
    assert ours.paths == paths_2d(J, L, max_order)
    np.testing.assert_allclose(ours.values, expected, atol=1e-6)


def test_angles_and_orders_are_by_default_those_of_kymatio():
    expected = Scattering2D(2, (16, 16))(IMAGES.astype(np.float32))
    np.testing.assert_allclose(scattering_2d(IMAGES, 2).values, expected, atol=1e-6)


def test_torch_gives_the_same():
    by_numpy, by_torch = scattering_2d(IMAGES, 2, 4), scattering_2d(IMAGES, 2, 4, device="cpu")
    np.testing.assert_allclose(by_torch.values, by_numpy.values, atol=1e-6)
    assert by_torch.paths == by_numpy.paths


def test_a_gpu_gives_the_same_or_is_refused_where_there_is_none():
    if torch.cuda.is_available():
        values = scattering_2d(IMAGES, 2, 4, device="cuda").values
        np.testing.assert_allclose(values, scattering_2d(IMAGES, 2, 4).values, atol=1e-5)
    else:
        with pytest.raises(ValueError, match=r"^device: 'cuda' is not available here"):
            scattering_2d(IMAGES, 2, 4, device="cuda")


@pytest.mark.parametrize("batch", [1, 2, 5, 100, None])
def test_batches_do_not_show_in_the_result_and_are_reported(batch):
    reports = []
    values = scattering_2d(IMAGES, 2, 4, batch=batch, progress=lambda done, of: reports.append((done, of))).values
    np.testing.assert_allclose(values, scattering_2d(IMAGES, 2, 4).values, atol=1e-7)
    assert reports == [(min(done + (batch or 5), 5), 5) for done in range(0, 5, batch or 5)]


def test_images_are_not_changed():
    copy = IMAGES.copy()
    scattering_2d(IMAGES, 1, 2)
    np.testing.assert_array_equal(IMAGES, copy)


def test_stored_result_is_read_and_not_computed(tmp_path, monkeypatch):
    reports = []
    first = scattering_2d(IMAGES, 2, 4, cache=tmp_path, progress=lambda *counts: reports.append(counts))
    monkeypatch.setattr(batches, "_in_batches", lambda *arguments: pytest.fail("computed although it is stored"))
    again = scattering_2d(IMAGES.copy(), 2, 4, cache=str(tmp_path), batch=1)
    np.testing.assert_array_equal(again.values, first.values)
    assert again.paths == first.paths
    assert reports == [(5, 5)]


def test_another_image_or_setting_is_not_taken_from_the_cache(tmp_path):
    other = IMAGES.copy()
    other[4, 3, 2] += 1
    calls = [
        (IMAGES, 2, 4, 2),
        (other, 2, 4, 2),
        (IMAGES, 1, 4, 2),
        (IMAGES, 2, 3, 2),
        (IMAGES, 2, 4, 1),
        (IMAGES[:4], 2, 4, 2),
    ]
    for call in calls:
        np.testing.assert_array_equal(scattering_2d(*call, cache=tmp_path).values, scattering_2d(*call).values)
    assert len(list(tmp_path.iterdir())) == len(calls)


def test_damaged_cache_is_replaced_with_a_warning(tmp_path):
    first = scattering_2d(IMAGES, 1, 2, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.warns(UserWarning, match="cannot be used"):
        again = scattering_2d(IMAGES, 1, 2, cache=tmp_path)
    np.testing.assert_array_equal(again.values, first.values)
    np.testing.assert_array_equal(scattering_2d(IMAGES, 1, 2, cache=tmp_path).values, first.values)


@pytest.mark.parametrize(
    ("images", "settings", "message"),
    [
        (np.ones((2, 8, 4)), {}, r"images: expected square images, shape \(B, N, N\), got \(2, 8, 4\)"),
        (np.ones((8, 8)), {}, "images: expected shape"),
        (np.ones((2, 2, 8, 8)), {}, "images: expected shape"),
        (np.ones((0, 8, 8)), {}, "images: expected shape"),
        (np.full((1, 8, 8), np.nan), {}, "images: expected finite numbers"),
        (np.full((1, 8, 8), np.inf), {}, "images: expected finite numbers"),
        (np.full((1, 8, 8), 1e30), {}, "images: expected numbers up to 1e18 in size"),
        ([["a"]], {}, "images: expected an array of numbers"),
        (np.ones((2, 8, 8)), {"J": 4}, r"J: 2\^J must not exceed the size 8; expected at most 3, got 4"),
        (np.ones((2, 8, 8)), {"J": 0}, "J: expected a whole number, at least 1, got 0"),
        (np.ones((2, 8, 8)), {"J": 1.5}, "J: expected a whole number"),
        (np.ones((2, 8, 8)), {"L": 0}, "L: expected a whole number"),
        (np.ones((2, 8, 8)), {"max_order": 3}, "max_order: expected 1 or 2, got 3"),
        (np.ones((2, 8, 8)), {"max_order": 0}, "max_order: expected a whole number, at least 1"),
        (np.ones((2, 8, 8)), {"batch": 0}, "batch: expected a whole number"),
        (np.ones((2, 8, 8)), {"device": "abacus"}, "device: expected None, 'cpu' or 'cuda', got 'abacus'"),
        (np.ones((2, 8, 8)), {"device": "meta"}, "device: 'meta' is not available here"),
        (np.ones((2, 8, 8)), {"device": 1.5}, "device: expected None, 'cpu' or 'cuda', got 1.5"),
        (np.ones((2, 8, 8)), {"progress": 3}, "progress: expected a function"),
    ],
)
def test_bad_input_is_refused(images, settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        scattering_2d(images, **{"J": 2, **settings})
