import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from course_lib.invariance.few_labels import (
    CLASSIFIERS,
    centred,
    choose,
    cross_validated,
    draw_labelled,
    logistic,
    shrinkage_discriminant,
)


def problem(seed, distance=3.0, n=20, p=30):
    """Three classes whose centres have the same distance from each other, in all coordinates."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], n)
    return distance * np.resize(np.eye(3), (p, 3)).T[labels] + rng.normal(size=(3 * n, p)), labels


@pytest.mark.parametrize("seed", range(5))
def test_labelled_images_are_k_of_each_class_and_never_among_the_others(seed):
    labels = np.repeat([3, 5, 9], [7, 10, 8])
    labelled, others = draw_labelled(labels, 4, np.random.default_rng(seed))
    assert np.unique(labels[labelled], return_counts=True)[1].tolist() == [4, 4, 4]
    assert sorted([*labelled, *others]) == list(range(25))


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("k", [1, 6])
def test_every_classifier_tells_distant_classes_apart(name, k):
    features, labels = problem(0, distance=30)
    labelled, others = draw_labelled(labels, k, np.random.default_rng(0))
    named = CLASSIFIERS[name](features[labelled], labels[labelled], features[others])
    np.testing.assert_array_equal(named, labels[others])


@pytest.mark.parametrize("seed", range(3))
def test_logistic_regression_on_the_span_is_that_on_all_features(seed):
    features, labels = problem(seed, distance=1, n=8)
    train, test = np.arange(0, 24, 2), np.arange(1, 24, 2)
    x, others = centred(features[train], features[test])
    theirs = LogisticRegression(C=1, max_iter=2000).fit(x, labels[train])
    np.testing.assert_array_equal(logistic(features[train], labels[train], features[test]), theirs.predict(others))


def test_with_one_image_a_class_there_is_no_covariance_and_logistic_regression_decides():
    features, labels = problem(0)
    labelled, others = draw_labelled(labels, 1, np.random.default_rng(1))
    given = features[labelled], labels[labelled], features[others]
    np.testing.assert_array_equal(shrinkage_discriminant(*given), logistic(*given))


def test_of_those_within_a_standard_error_of_the_best_the_first_is_taken():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    good = labels[:, None] * 6.0 + rng.normal(size=(100, 2))
    slightly_worse = good + 0.3 * rng.normal(size=(100, 2))
    noise = rng.normal(size=(100, 2))
    everything = np.arange(100)
    assert choose({"first": slightly_worse, "second": good}, labels, everything, everything).features == "first"
    assert choose({"noise": noise, "second": good}, labels, everything, everything).features == "second"


def test_scale_and_mean_come_from_the_first_set_alone_and_the_scale_is_common():
    ours, theirs = centred(np.array([[1.0, 5.0], [7.0, 9.0]]), np.array([[4.0, 5.0]]))
    np.testing.assert_allclose(ours, np.array([[-3, -2], [3, 2]]) / np.sqrt(6.5))
    np.testing.assert_allclose(theirs, np.array([[0, -2]]) / np.sqrt(6.5))
    assert np.mean(ours.var(axis=0)) == pytest.approx(1)
    np.testing.assert_array_equal(centred(np.ones((2, 2)), np.zeros((1, 2)))[1], [[-1, -1]])


def test_cross_validation_never_shows_a_classifier_what_it_must_name():
    features, labels = problem(0)
    features[:, 0] = np.arange(len(labels))  # a number for each image

    def spy(train, known, others):
        assert not set(train[:, 0]) & set(others[:, 0])
        return np.full(len(others), known[0])

    assert cross_validated(spy, features, labels, 5) == pytest.approx(1 / 3, abs=1e-12)


def test_choice_does_not_see_the_labels_of_the_others():
    features, labels = problem(1)
    tables = {"noise": np.random.default_rng(0).normal(size=features.shape), "signal": features}
    labelled, others = draw_labelled(labels, 5, np.random.default_rng(0))
    chosen = choose(tables, labels, labelled, others)
    spoiled = labels.copy()
    spoiled[others] = 0
    again = choose(tables, spoiled, labelled, others)
    assert chosen.features == again.features == "signal"
    assert chosen.classifier == again.classifier
    np.testing.assert_array_equal(chosen.predicted, again.predicted)
    assert np.mean(chosen.predicted == labels[others]) > 0.8


def test_with_one_image_a_class_the_first_of_all_is_taken():
    features, labels = problem(0)
    labelled, others = draw_labelled(labels, 1, np.random.default_rng(0))
    chosen = choose({"one": features, "two": features}, labels, labelled, others)
    assert (chosen.features, chosen.classifier) == ("one", next(iter(CLASSIFIERS)))


def test_bad_input_is_named():
    features, labels = problem(0)
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="k: expected at most 20"):
        draw_labelled(labels, 21, rng)
    with pytest.raises(ValueError, match="k: expected a whole number"):
        draw_labelled(labels, 0, rng)
    with pytest.raises(ValueError, match="k: expected at most 0"):
        draw_labelled(np.array([]), 1, rng)
    with pytest.raises(ValueError, match="candidates: expected features"):
        choose({}, labels, np.arange(3), np.arange(3))
    with pytest.raises(ValueError, match="candidates: expected shape"):
        choose({"short": features[:5]}, labels, np.arange(3), np.arange(3))
