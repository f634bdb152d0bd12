import numpy as np
import pytest
from kymatio.numpy import Scattering1D

from course_lib.invariance.scattering import scattering_1d

SERIES = np.random.default_rng(0).normal(size=(3, 256))


@pytest.mark.parametrize(("J", "Q", "octaves"), [(3, 1, (1, 1)), (4, 4, (4, 1)), (3, (2, 2), (2, 2))])
def test_front_equals_bare_kymatio_with_its_paths(J, Q, octaves):
    transform = Scattering1D(J, 256, octaves, out_type="list")
    listed = transform(SERIES)
    ours = scattering_1d(SERIES, J, Q, batch=2)
    np.testing.assert_allclose(ours.values, np.stack([entry["coef"] for entry in listed], axis=1), atol=1e-6)
    assert [(path.j, path.n) for path in ours.paths] == [(entry["j"], entry["n"]) for entry in listed]
    assert [path.order for path in ours.paths] == sorted(path.order for path in ours.paths)


def test_wavelets_and_orders_are_by_default_those_of_kymatio():
    np.testing.assert_allclose(scattering_1d(SERIES, 3).values, Scattering1D(3, 256)(SERIES), atol=1e-6)


def test_torch_gives_the_same():
    np.testing.assert_allclose(scattering_1d(SERIES, 3, device="cpu").values, scattering_1d(SERIES, 3).values, atol=1e-6)


@pytest.mark.parametrize("frequency", [0.05, 0.12, 0.3])
def test_tone_answers_at_the_path_of_its_frequency(frequency):
    tone = np.cos(2 * np.pi * frequency * np.arange(512))
    first = scattering_1d(tone[None], 5, 8, 1).order(1)
    loudest = first.paths[np.argmax(first.mean()[0])]
    assert abs(np.log2(loudest.xi[0] / frequency)) < 0.13


def test_cache_and_reports(tmp_path):
    reports = []
    first = scattering_1d(SERIES, 3, cache=tmp_path, batch=2, progress=lambda *counts: reports.append(counts))
    again = scattering_1d(SERIES, 3, cache=tmp_path, progress=lambda *counts: pytest.fail("computed although it is stored"))
    np.testing.assert_array_equal(again.values, first.values)
    assert reports == [(2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("series", "settings", "message"),
    [
        (np.ones(256), {}, "series: expected shape"),
        (np.ones((0, 256)), {}, "series: expected shape"),
        (np.full((1, 256), np.nan), {}, "series: expected finite"),
        (SERIES, {"J": 9}, r"J: 2\^J must not exceed the size 256; expected at most 8, got 9"),
        (SERIES, {"Q": 0}, "Q: expected a whole number"),
        (SERIES, {"Q": (4, 0)}, "Q: expected a whole number"),
        (SERIES, {"Q": (4,)}, "Q: expected a number or two"),
        (SERIES, {"Q": (1, 2, 3)}, "Q: expected a number or two"),
        (SERIES, {"max_order": 3}, "max_order: expected 1 or 2"),
    ],
)
def test_bad_input_is_refused(series, settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        scattering_1d(series, **{"J": 3, **settings})
