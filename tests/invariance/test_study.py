import numpy as np
import pytest

from course_lib.invariance import study, study_features
from course_lib.invariance.few_labels import CLASSIFIERS
from course_lib.invariance.fields import CLASSES
from course_lib.invariance.paths import paths_2d
from course_lib.invariance.rotation import rotation_averaged
from course_lib.invariance.score_table import Score, mean_accuracy, read_scores, write_scores
from course_lib.invariance.small_cnn import Settings
from course_lib.invariance.study_features import (
    DataSet,
    digit_data,
    enlarged,
    field_data,
    invariant_features,
    log_scattering,
    scattering_features,
    stored_fields,
    stored_twin_spectrum,
    texture_data,
)

FEATURES = (
    "pixels",
    "Fourier modulus",
    "isotropic spectrum",
    "scattering, order 1",
    "scattering, order 2",
    "rotation-averaged",
)


@pytest.fixture(scope="module")
def textures():
    return texture_data()


def toy(seed=0, n=12):
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], n)
    images = rng.normal(size=(3 * n, 8, 8)) + 3 * labels[:, None, None]
    features = {"pixels": {"pixels": images.reshape(3 * n, -1)}}
    return DataSet(images, labels, np.ones(3 * n, dtype=bool), features)


def test_labelled_patches_come_from_one_region_and_test_patches_from_the_other(textures):
    labelled, others = study.draw(textures, 5, 0)
    assert textures.learnable[labelled].all()
    assert len(labelled) == 15
    np.testing.assert_array_equal(others, np.flatnonzero(~textures.learnable))


def test_where_all_may_be_labelled_all_others_are_tested():
    labelled, others = study.draw(toy(), 3, 1)
    assert sorted([*labelled, *others]) == list(range(36))


def test_texture_features_have_one_row_for_each_patch_and_do_not_see_translations(textures):
    assert tuple(textures.features) == FEATURES
    for tables in textures.features.values():
        for table in tables.values():
            assert table.shape[0] == len(textures.labels)
            assert np.isfinite(table).all()
    shifted = np.roll(textures.images, (5, 9), axis=(1, 2))
    averaged = np.ones((len(shifted), 417))
    before, after = (invariant_features(images, averaged, 4) for images in (textures.images, shifted))
    for name in ("Fourier modulus", "isotropic spectrum"):
        np.testing.assert_allclose(after[name][name], before[name][name], atol=1e-8)
    assert np.abs(after["pixels"]["pixels"] - before["pixels"]["pixels"]).max() > 1


def test_scattering_features_are_logarithms_by_order_and_over_rotations():
    averaged = np.random.default_rng(0).uniform(0.1, 1, size=(4, len(paths_2d(3))))
    found = scattering_features(averaged, 3)
    np.testing.assert_allclose(found["scattering, order 2"], np.log(averaged[:, 1:]))
    np.testing.assert_allclose(found["scattering, order 1"], np.log(averaged[:, 1:25]))
    np.testing.assert_allclose(found["rotation-averaged"], np.log(rotation_averaged(averaged, paths_2d(3)).values[:, 1:]))
    assert np.isfinite(log_scattering(np.zeros((1, 3)))).all()


def test_enlarged_images_keep_their_ink_in_the_middle():
    image = np.zeros((2, 8, 8))
    image[0, 3:5, 3:5] = 1
    large = enlarged(image, 16)
    assert large.shape == (2, 32, 32)
    assert large[0].sum() == pytest.approx(16, rel=0.01)  # four times as many pixels
    assert large[0, 14:18, 14:18].sum() == pytest.approx(large[0].sum(), rel=0.2)
    assert np.abs(large[1]).max() < 1e-12


def test_digits_have_all_features_and_the_scattering_keeps_places(monkeypatch):
    digits = study_features.handwritten_digits()
    monkeypatch.setattr(study_features, "handwritten_digits", lambda: type(digits)(digits.image[:30], digits.digit[:30]))
    data = digit_data()
    assert tuple(data.features) == FEATURES
    assert data.features["scattering, order 2"]["two scales"].shape == (30, 81 * 16)
    assert data.features["scattering, order 2"]["three scales, enlarged"].shape == (30, 217 * 16)
    assert data.features["rotation-averaged"]["two scales"].shape == (30, 11 * 16)


def test_fields_are_labelled_kind_after_kind():
    data = field_data(np.random.default_rng(0).normal(size=(18, 64, 64)), np.ones((18, 681)))
    np.testing.assert_array_equal(data.labels, np.repeat(np.arange(9), 2))


def test_part_of_a_data_set_has_its_own_numbers():
    part = study.only(toy(), [0, 2])
    np.testing.assert_array_equal(part.labels, np.repeat([0, 1], 12))
    np.testing.assert_array_equal(part.images[12:], toy().images[24:])
    assert part.features["pixels"]["pixels"].shape == (24, 64)


def test_score_counts_what_is_named_rightly():
    score = study.feature_scores("toy", toy(), "pixels", 4, 0)
    assert score.accuracy == 1
    assert score.chosen in CLASSIFIERS
    spoiled = toy()
    spoiled.labels[:] = np.random.default_rng(0).permutation(spoiled.labels)
    assert study.feature_scores("toy", spoiled, "pixels", 4, 0).accuracy < 0.7


def test_network_settings_are_chosen_on_labelled_images_and_scored_on_the_others(monkeypatch):
    monkeypatch.setattr(study, "SETTINGS", {"toy": (Settings(4, 1, moved=False), Settings(8, 150, moved=False))})
    monkeypatch.setattr(study, "NETWORK_SEEDS", {"toy": (0, 1)})
    chosen = study.best_settings(study.SETTINGS["toy"], toy(), 4, 0)
    assert chosen.steps == 150
    rows = list(study.network_scores("toy", toy(), 4))
    assert [row.seed for row in rows] == [0, 1]
    assert min(row.accuracy for row in rows) > 0.9


def test_table_survives_being_written_and_read(tmp_path):
    table = [Score("toy", "scattering, order 1", 5, 3, 0.5, "one; two"), Score("toy", "pixels", 5, 4, 1.0, "x")]
    write_scores(table, tmp_path / "table.csv")
    assert read_scores(tmp_path / "table.csv") == table
    with pytest.raises(ValueError, match="table: no line for 'toy'"):
        mean_accuracy(table, "toy", "pixels", 6)


def test_mean_and_spread_are_those_of_the_draws():
    table = [Score("toy", "pixels", 5, seed, value, "") for seed, value in enumerate([0.5, 0.7, 0.9])]
    assert mean_accuracy(table, "toy", "pixels", 5) == (pytest.approx(0.7), pytest.approx(0.2))
    assert mean_accuracy(table[:2], "toy", "pixels", 5) == (pytest.approx(0.6), pytest.approx(0.2 / np.sqrt(2)))
    assert mean_accuracy(table[:1], "toy", "pixels", 5) == (0.5, 0.0)


def test_stored_table_is_complete():
    rows = read_scores()
    for name, ks in study.LABELS.items():
        for features in FEATURES:
            for k in ks:
                assert {row.seed for row in rows if row[:3] == (name, features, k)} == set(study.SEEDS)
        for k in study.NETWORK_LABELS[name]:
            assert {row.seed for row in rows if row[:3] == (name, study.NETWORK, k)} == set(study.NETWORK_SEEDS[name])
    assert all(0 <= row.accuracy <= 1 for row in rows)


def test_stored_features_give_the_stored_scores():
    averaged, labels = stored_fields()
    features = {name: {name: table} for name, table in scattering_features(averaged, 5).items()}
    data = DataSet(np.zeros((len(labels), 1, 1)), labels, np.ones(len(labels), dtype=bool), features)
    assert np.bincount(labels).tolist() == [48] * len(CLASSES)
    stored = {row[:4]: row for row in read_scores()}
    for seed in study.SEEDS[:2]:
        found = study.feature_scores("fields", data, "rotation-averaged", 5, seed)
        assert found.accuracy == pytest.approx(stored[found[:4]].accuracy, abs=0.01)
    twins = study.only(data, study.TWINS)._replace(
        features={"isotropic spectrum": {"isotropic spectrum": stored_twin_spectrum()}}
    )
    found = study.feature_scores("twins", twins, "isotropic spectrum", 20, study.SEEDS[0])
    assert found.accuracy == pytest.approx(stored[found[:4]].accuracy, abs=0.04)


def test_the_whole_study_runs_and_keeps_the_lines_of_other_data(monkeypatch, tmp_path):
    monkeypatch.setattr(study, "STORED_SCORES", tmp_path / "scores.csv")
    kept = Score("digits", "pixels", 1, 0, 0.5, "kept")
    write_scores([kept], study.STORED_SCORES)
    monkeypatch.setattr(study, "texture_data", toy)
    for name, value in {
        "SEEDS": range(2),
        "LABELS": {"digits": (1,), "textures": (2,)},
        "NETWORK_LABELS": {"textures": ()},
    }.items():
        monkeypatch.setattr(study, name, value)
    study.main(["--only", "textures"])
    first, *others = read_scores(study.STORED_SCORES)
    assert first == kept
    assert [row[:4] for row in others] == [
        ("textures", "pixels", 2, 0),
        ("textures", "pixels", 2, 1),
    ]
