import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from course_lib.invariance.shrinkage_lda import fit_discriminant, ledoit_wolf_shrinkage, predict, within_classes


def problem(seed, n=12, p=40, classes=3):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), n)
    mix = rng.normal(size=(p, p)) / np.sqrt(p)
    centres = rng.normal(size=(classes, p))
    return (centres[labels] + rng.normal(size=(len(labels), p))) @ mix, labels, rng


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("p", [4, 40, 200])
def test_shrinkage_is_that_of_scikit_learn(seed, p):
    features, labels, _ = problem(seed, p=p)
    residuals, _, _ = within_classes(features, labels)
    _, theirs = ledoit_wolf(residuals, assume_centered=True)
    assert ledoit_wolf_shrinkage(residuals) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shrinkage", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("p", [5, 60])
def test_scores_and_predictions_are_those_of_scikit_learn(seed, shrinkage, p):
    features, labels, rng = problem(seed, p=p)
    ours = fit_discriminant(features, labels, shrinkage)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(features, labels)
    others = rng.normal(size=(200, p))
    scores = others @ ours.weights.T + ours.offsets
    expected = theirs.decision_function(others)
    np.testing.assert_allclose(scores - scores[:, :1], expected - expected[:, :1], rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(predict(ours, others), theirs.predict(others))


def test_more_samples_need_less_shrinkage():
    found = [fit_discriminant(*problem(0, n=n)[:2]).shrinkage for n in (5, 50, 600)]
    assert found[0] > found[1] > found[2] > 0
    assert found[2] < 0.03


def test_a_covariance_that_is_a_multiple_of_the_identity_is_shrunk_fully():
    residuals = np.concatenate([np.eye(3), -np.eye(3)])
    assert ledoit_wolf_shrinkage(residuals) == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_turn_of_the_features_changes_no_prediction(seed):
    features, labels, rng = problem(seed)
    turn = np.linalg.qr(rng.normal(size=(40, 40)))[0]
    others = rng.normal(size=(100, 40))
    straight, turned = fit_discriminant(features, labels), fit_discriminant(features @ turn, labels)
    np.testing.assert_array_equal(predict(straight, others), predict(turned, others @ turn))


def test_residuals_have_mean_zero_in_each_class():
    features, labels, _ = problem(0)
    residuals, means, classes = within_classes(features, labels)
    for c in classes:
        np.testing.assert_allclose(residuals[labels == c].mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(means[c], features[labels == c].mean(axis=0))


@pytest.mark.parametrize(
    ("features", "labels", "shrinkage", "message"),
    [
        (np.ones((4, 2)), [0, 0, 1], None, "labels: expected shape"),
        (np.ones((4, 2)), [0, 0, 0, 0], None, "labels: expected at least two classes"),
        (np.full((4, 2), np.nan), [0, 0, 1, 1], None, "features: expected finite numbers"),
        (np.arange(8.0).reshape(4, 2), [0, 1, 2, 3], None, "residuals: expected some that are not zero"),
        (np.arange(8.0).reshape(4, 2), [0, 1, 2, 3], 0.5, "labels: expected two different samples"),
        (np.arange(8.0).reshape(4, 2), [0, 0, 1, 1], 0.0, "shrinkage: expected a number above 0"),
        (np.arange(8.0).reshape(4, 2), [0, 0, 1, 1], 1.5, "shrinkage: expected a number above 0"),
    ],
)
def test_bad_input_is_named(features, labels, shrinkage, message):
    with pytest.raises(ValueError, match=message):
        fit_discriminant(features, np.array(labels), shrinkage)


def test_features_of_another_length_are_refused():
    fitted = fit_discriminant(*problem(0)[:2])
    with pytest.raises(ValueError, match="features: expected shape"):
        predict(fitted, np.ones((3, 5)))
