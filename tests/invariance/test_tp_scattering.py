"""The references of the exercise sheet against other implementations, and what its checks and its words rest on."""

from pathlib import Path

import numpy as np
import pytest
from kymatio.numpy import Scattering2D
from kymatio.scattering2d.filter_bank import filter_bank, gabor_2d
from scipy.ndimage import convolve
from scipy.stats import kstest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import exercises
from course_lib.invariance.tp_scattering import choosing, choosing_mistakes, direct, features, pictures, sheet, twins
from course_lib.invariance.wavelets import morlet_bank
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.questions import judge
from tests.book.sheets import by_name

SOURCE = Path(__file__).parents[2] / "book" / "invariance" / "tp-scattering.md"
ASKED, reference, drawn = by_name(SOURCE)
PI_IN_KYMATIO = 3.1415


def test_sheet_asks_each_question_once_and_gives_thirty_marks():
    assert list(ASKED) == list(sheet.questions)
    assert sum(exercise.points for exercise in exercises.exercises(SOURCE)) == 30


# --- the references against other implementations ----------------------------------------------------------------------------


@pytest.mark.parametrize(("sigma", "xi", "theta", "slant"), [(0.8, 2.4, 0.3, 0.5), (1.6, 1.2, -1.1, 1.0), (3.2, 0.6, 2.0, 2.0)])
def test_gabor_is_kymatios(sigma, xi, theta, slant):
    theirs = np.fft.fft2(gabor_2d(32, 32, sigma, theta, xi, slant)).real * PI_IN_KYMATIO / np.pi
    np.testing.assert_allclose(reference("gabor")(32, sigma, xi, theta, slant), theirs, atol=5e-7)


@pytest.mark.parametrize(("N", "J", "L"), [(32, 3, 4), (48, 2, 6), (64, 4, 8)])
def test_bank_is_kymatios_and_the_chapters(N, J, L):
    psi, phi = reference("build-bank")(N, J, L)
    theirs = filter_bank(N, N, J, L)
    for wavelet in theirs["psi"]:
        expected = wavelet["levels"][0] * PI_IN_KYMATIO / np.pi
        np.testing.assert_allclose(psi[wavelet["j"], wavelet["theta"]], expected, atol=5e-7)
    np.testing.assert_allclose(phi, theirs["phi"]["levels"][0] * PI_IN_KYMATIO / np.pi, atol=5e-7)
    bank = morlet_bank(N, J, L)
    np.testing.assert_allclose(psi * np.pi / PI_IN_KYMATIO, bank.psi, atol=1e-12)
    np.testing.assert_allclose(phi * np.pi / PI_IN_KYMATIO, bank.phi, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_maps_are_those_of_a_convolution_in_space_with_a_mirror(seed):
    rng = np.random.default_rng(seed)
    images, psi = rng.normal(size=(2, 9, 9)), morlet_bank(15, 2, 2).psi
    in_space = np.fft.fftshift(np.fft.ifft2(psi), axes=(-2, -1))  # 15 pixels, the middle one at the origin
    larger = np.pad(images, ((0, 0), (3, 3), (3, 3)), mode="reflect")
    found = reference("modulus-maps")(images, psi)
    for b, j, k in np.ndindex(found.shape[:3]):
        parts = [convolve(larger[b], part, mode="wrap") for part in (in_space[j, k].real, in_space[j, k].imag)]
        np.testing.assert_allclose(found[b, j, k], np.hypot(*parts)[3:-3, 3:-3], atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_local_averages_of_both_orders_are_kymatios_up_to_its_subsampling(seed):
    """Kymatio keeps every 2^j-th pixel of a map of scale j before it averages; that changes its coefficients by per cent."""
    images = np.array([pictures.picture(kind, 64, np.random.default_rng(seed)) for kind in ("rods", "drops")])
    theirs = Scattering2D(2, (56, 56), 4, pre_pad=True)(images)  # takes the images as periodic, and cuts a margin of 4 off
    bank = morlet_bank(64, 2, 4)
    first = reference("modulus-maps")(images, bank.psi)
    second = np.stack([reference("modulus-maps")(first[:, 0, k], bank.psi[1:])[:, 0] for k in range(4)], axis=1)
    for maps, expected in ((first, theirs[:, 1:9]), (second, theirs[:, 9:])):
        found = reference("local-averages")(maps.reshape(2, -1, 64, 64), bank.phi, 2)[:, :, 1:-1, 1:-1]
        assert np.abs(found - expected).max() < 0.05 * expected.max()
    table = reference("order-two")(images, bank.psi)[:, 0, :, 1].reshape(2, -1)
    np.testing.assert_allclose(table, second.mean(axis=(-2, -1)).reshape(2, -1), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_norms_are_means_of_powers(seed):
    maps = drawn("scale-norms", seed)["maps"]
    for power, found in zip((1, 2), reference("scale-norms")(maps), strict=True):
        expected = np.linalg.norm(maps.reshape(*maps.shape[:3], 25), power, axis=-1) / 25 ** (1 / power)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize(("J", "N"), [(1, 8), (2, 16), (3, 32)])
def test_local_averages_of_a_periodic_picture_are_those_of_a_convolution_in_space(J, N):
    maps, phi = np.random.default_rng(J).random((1, 2, N, N)), morlet_bank(N, J).phi
    window = np.roll(np.fft.ifft2(phi).real, (N // 2, N // 2), axis=(0, 1))
    found = reference("local-averages")(maps, phi, J)
    for p in range(2):
        expected = convolve(maps[0, p], window, mode="wrap")[:: 2**J, :: 2**J]
        np.testing.assert_allclose(found[0, p], expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_units_are_those_of_scikit_learn(seed):
    train, test = drawn("standardise", seed).values()
    scaler = StandardScaler().fit(train)
    for found, expected in zip(reference("standardise")(train, test), (train, test), strict=True):
        np.testing.assert_allclose(found, scaler.transform(expected), atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_discriminants_are_those_of_scikit_learn(seed):
    given = drawn("lda-scores", seed)
    machine = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=given["shrinkage"]).fit(given["train"], given["labels"])
    np.testing.assert_allclose(reference("lda-scores")(*given.values()), machine.decision_function(given["test"]), atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_table_of_energies_follows_from_the_maps(seed):
    images, psi = pictures.pictures(1, 16, np.random.default_rng(seed))[0], morlet_bank(16, 2, 2).psi
    maps = reference("modulus-maps")
    first, E = maps(images, psi), reference("second-energies")(images, psi)
    for j1, j2 in np.ndindex(2, 2):
        above = sum(np.sum(maps(first[:, j1, k], psi[j2 : j2 + 1]) ** 2) for k in range(2))
        assert E[j1, j2] == pytest.approx(above / np.sum(first[:, j1] ** 2), rel=1e-12)


def test_averages_over_rotations_stay_when_a_picture_turns_by_a_quarter():
    image = pictures.picture("rods", 32, np.random.default_rng(0))
    psi = morlet_bank(33, 3, 4).psi  # an odd grid is its own mirror image
    image = np.pad(image, (0, 1))
    turned = [reference("rotation-averaged")(*features.coefficients(np.rot90(image, n)[None], psi)) for n in (0, 1)]
    for before, after in zip(*turned, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-12)
    plain = [features.coefficients(np.rot90(image, n)[None], psi)[0] for n in (0, 1)]
    assert np.abs(plain[0] - plain[1]).max() > 0.1 * plain[0].max()


@pytest.mark.parametrize("seed", range(5))
def test_phases_of_the_twin_are_uniform_and_its_spectrum_stays(seed):
    image = pictures.picture("drops", 64, np.random.default_rng(seed)) + 1
    twin = reference("phase-twin")(image, np.random.default_rng(100 + seed))
    before, after = np.fft.fft2(image), np.fft.fft2(twin)
    np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-9)
    assert twin.mean() == pytest.approx(1)
    half = (slice(1, 32), slice(None))  # one of each pair of opposite frequencies
    assert kstest(np.angle(after[half]).ravel(), "uniform", (-np.pi, 2 * np.pi)).pvalue > 0.01


@pytest.mark.parametrize("seed", range(3))
def test_choice_of_c_is_that_of_scikit_learns_search(seed):
    given = drawn("choose-c", seed)
    split = choosing_mistakes.Split(*list(given.values())[:6])
    rows, classes = choosing_mistakes.both(split)
    held_out = PredefinedSplit(np.repeat([-1, 0], choosing_mistakes.SIZES[:2]))
    pipeline = make_pipeline(StandardScaler(), SVC(kernel="linear"))
    search = GridSearchCV(pipeline, {"svc__C": given["Cs"]}, cv=held_out).fit(rows, classes)
    C, accuracy = reference("choose-c")(*given.values())
    assert search.best_params_["svc__C"] == C
    assert search.score(split.test, split.test_labels) == accuracy


# --- what the checks rest on -------------------------------------------------------------------------------------------------


def test_filters_from_space_are_kymatios():
    for sigma, xi, theta, slant in [(0.8, 2.4, 0.3, 0.5), (1.6, 1.2, -1.1, 1.0)]:
        theirs = np.fft.fft2(gabor_2d(32, 32, sigma, theta, xi, slant)).real * PI_IN_KYMATIO / np.pi
        np.testing.assert_allclose(direct.gabor_from_space(32, sigma, xi, theta, slant), theirs, atol=5e-7)
        assert abs(direct.morlet_from_space(32, sigma, xi, theta, slant)[0, 0]) < 1e-15


@pytest.mark.parametrize("margin", [0, 1, 4])
def test_mirror_stands_on_the_outermost_pixels(margin):
    images = np.random.default_rng(margin).normal(size=(3, 5, 5))
    expected = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    np.testing.assert_array_equal(direct.mirrored(images, margin), expected)


def test_filtering_by_sums_is_filtering_by_fft():
    rng = np.random.default_rng(0)
    images, psi = rng.normal(size=(2, 7, 7)), rng.normal(size=(2, 3, 7, 7))
    expected = np.fft.ifft2(np.fft.fft2(images)[:, None, None] * psi)
    np.testing.assert_allclose(direct.filtered(images, psi), expected, atol=1e-13)


def test_each_mistake_shows_in_each_case_of_the_choice_of_c():
    assert len(set(choosing_mistakes.TELLING)) == len(choosing_mistakes.TELLING) >= 20
    for seed in choosing_mistakes.TELLING:
        assert choosing_mistakes.tells_apart(choosing_mistakes.drawn(seed))


def test_test_images_may_be_asked_once_only():
    predict, split = SVC.predict, choosing_mistakes.drawn(choosing_mistakes.TELLING[0])
    machine = SVC(kernel="linear").fit(*split[:2])
    with choosing.tested_once():
        machine.score(*split[2:4])
        machine.score(*split[2:4])
        machine.score(*split[4:])
    with pytest.raises(DetourError, match="2 times"), choosing.tested_once():
        [machine.predict(split.test) for _ in range(2)]
    assert SVC.predict is predict
    assert "predict" not in vars(SVC)


def test_free_phases_are_one_of_each_pair_of_opposite_frequencies():
    free = twins.free()
    assert free.sum() == (twins.SIZE**2 - 4) // 2
    opposite = np.roll(free[::-1, ::-1], 1, axis=(0, 1))
    assert not (free & opposite).any()


def test_random_phases_fail_by_chance_less_often_than_once_in_a_million_million_checks():
    assert 4 * np.exp(-twins.free().sum() * twins.MARGIN**2) < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_a_twin_that_is_moved_or_drawn_with_too_few_phases_is_found(seed):
    question = sheet.questions["phase-twin"]

    def with_phases(change):
        def answer(image, rng):
            before = np.fft.fft2(image)
            noise, own = np.angle(np.fft.fft2(rng.normal(size=image.shape))), np.angle(before)
            chosen = np.where(twins.free(), change(noise, own), 0)
            opposite = np.roll(chosen[::-1, ::-1], 1, axis=(0, 1))
            after = np.abs(before) * np.exp(1j * (chosen - opposite))
            alone = chosen == opposite  # a frequency that is its own opposite, where both are zero
            after[alone] = before[alone]
            return np.fft.ifft2(after).real

        return answer

    assert "new phases are not spread" in judge(question, with_phases(lambda noise, own: noise / 4), seed).message
    assert (
        "changes of the phases are not spread" in judge(question, with_phases(lambda noise, own: own + noise / 4), seed).message
    )
    assert "Right" in judge(question, with_phases(lambda noise, own: noise + own), seed).message


# --- what the words of the sheet rest on -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spotty", "gaussian"), [("drops", "clouds"), ("rods", "grain")])
def test_look_alikes_have_the_same_mean_spectrum(spotty, gaussian):
    def power(kind):
        rng = np.random.default_rng(1)
        return np.mean([np.abs(np.fft.fft2(pictures.picture(kind, 16, rng, angle=0.5))) ** 2 for _ in range(1500)], axis=0)

    ours, theirs = power(spotty), power(gaussian)
    strong = theirs > 0.01 * theirs.max()
    assert np.abs(ours[strong] / theirs[strong] - 1).max() < 0.2


def test_pictures_have_mean_zero_and_variance_one_and_repeat_with_their_seed():
    images, labels = pictures.pictures(2, 16, np.random.default_rng(3))
    again, _ = pictures.pictures(2, 16, np.random.default_rng(3))
    np.testing.assert_array_equal(images, again)
    np.testing.assert_array_equal(labels, np.repeat(range(4), 2))
    np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-15)
    np.testing.assert_allclose(images.std(axis=(1, 2)), 1)
    with pytest.raises(ValueError, match="kind: 'bricks' is not known"):
        pictures.picture("bricks", 16, np.random.default_rng(0))


def test_filtered_gaussian_noise_has_the_ratio_of_norms_that_the_sheet_says():
    """Of a field so large that its ratio is known to a per cent; the wavelets are not very narrow."""
    noise = np.random.default_rng(0).normal(size=(4, 128, 128))
    l1, l2 = reference("scale-norms")(features.moduli(noise, morlet_bank(128, 2, 4).psi))
    np.testing.assert_allclose((l2 / l1).mean(axis=(0, 2)), 2 / np.sqrt(np.pi), rtol=0.02)


@pytest.fixture(scope="module")
def shares():
    rng, psi = np.random.default_rng(0), morlet_bank(64, 4, 4).psi
    return [
        reference("second-energies")(np.array([pictures.picture(kind, 64, rng) for _ in range(6)]), psi)
        for kind in ("drops", "clouds")
    ]


def test_shares_below_the_diagonal_are_alike_and_fall_about_fourfold_with_each_scale(shares):
    drops, clouds = shares
    ratios = (drops / clouds)[np.tril_indices(4, -1)]
    assert np.abs(np.log(ratios)).max() < np.log(1.4)
    for table in shares:
        falls = [table[j1, j2 + 1] / table[j1, j2] for j1, j2 in [(2, 0), (3, 0), (3, 1)]]
        assert min(falls) > 3
        assert max(falls) < 6
    assert np.abs(np.log(np.diag(drops) / np.diag(clouds))).max() < np.log(1.7)


def test_shares_above_the_diagonal_are_larger_for_drops_up_to_four_times_and_more(shares):
    drops, clouds = shares
    ratios = (drops / clouds)[np.triu_indices(4, 1)]
    assert ratios.min() > 1.3
    assert np.sum(ratios > 2) >= 4
    assert 4 < ratios.max() < 5.5


def test_the_course_has_681_coefficients_and_all_pairs_would_make_1641():
    J, L = 5, 8
    assert 1 + J * L + L**2 * J * (J - 1) // 2 == 681
    assert 1 + J * L + L**2 * J**2 == 1641
    table = reference("order-two")(
        np.random.default_rng(0).normal(size=(1, 8, 8)), np.random.default_rng(1).normal(size=(3, 2, 8, 8))
    )
    assert [int(np.count_nonzero(table[0, j])) for j in range(3)] == [4 * 2, 4 * 1, 0]


def test_squared_modulus_of_a_filtered_image_has_no_frequency_beyond_twice_the_radius():
    rng = np.random.default_rng(0)
    omega = 2 * np.pi * np.fft.fftfreq(64)
    disc = np.hypot(omega[:, None] - 1.2, omega - 0.8) < 0.4
    filtered = np.fft.ifft2(np.fft.fft2(rng.normal(size=(64, 64))) * disc)
    spectrum = np.abs(np.fft.fft2(np.abs(filtered) ** 2))
    beyond = np.hypot(omega[:, None], omega) > 0.8
    assert spectrum[beyond].max() < 1e-12 * spectrum.max()
