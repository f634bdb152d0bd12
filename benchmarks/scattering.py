"""Scattering: what the front costs on top of kymatio, the error of the readable version, and accuracies with few labels.

Time is that of 64 × 64 images through three scales, by the front and by kymatio alone, in batches of the same size; they take
turns, and seconds of the processor are compared. The accuracies are means over the ten draws of the few-label study. Those of
digits and twins, and of scattering on the nine kinds of fields, are computed here, the latter two from the study's stored
features; what needs the images of the fields or a network is read from the study's table. What is in both must agree.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
from kymatio.numpy import Scattering2D

from course_lib.invariance import study
from course_lib.invariance.reference import scattering_reference
from course_lib.invariance.scattering import scattering_2d
from course_lib.invariance.score_table import mean_accuracy, read_scores
from course_lib.invariance.study_features import DataSet, digit_data, scattering_features, stored_fields, stored_twin_spectrum

COUNT, SIZE, J, BATCH, TURNS = 96, 64, 3, 32, 7
CHECKED = ((32, 2), (32, 3))
SEEDS = study.SEEDS


def runs(images: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """What is timed; both return the coefficients of all images."""
    bare = Scattering2D(J=J, shape=images.shape[1:], L=8)

    def kymatio() -> np.ndarray:
        return np.concatenate([bare(images[start : start + BATCH]) for start in range(0, len(images), BATCH)])

    return {"front": lambda: scattering_2d(images, J, batch=BATCH).values, "kymatio": kymatio}


def measure(timed: dict[str, Callable], turns: int) -> dict[str, list[float]]:
    """Processor seconds of a run in each turn; the first runs, which build the filters, do not count."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    for turn in range(turns + 1):
        for name, run in timed.items():
            start = process_time()
            run()
            if turn:
                times[name].append(process_time() - start)
    return times


def reference_error(rng: np.random.Generator) -> float:
    """Largest difference between the readable version and kymatio, relative to the largest coefficient."""
    errors = []
    for size, scales in CHECKED:
        image = rng.normal(size=(2, size, size)).astype(np.float32)
        theirs = Scattering2D(J=scales, shape=(size, size), L=8)(image)
        errors.append(np.abs(scattering_reference(image, scales) - theirs).max() / np.abs(theirs).max())
    return float(max(errors))


def field_sets() -> dict[str, DataSet]:
    """The fields and the twins, with those features that the study has stored."""
    averaged, labels = stored_fields()
    features = {name: {name: values} for name, values in scattering_features(averaged, 5).items()}
    fields = DataSet(np.zeros((len(labels), 1, 1)), labels, np.ones(len(labels), dtype=bool), features)
    twins = study.only(fields, study.TWINS)
    spectrum = {"isotropic spectrum": {"isotropic spectrum": stored_twin_spectrum()}}
    return {"fields": fields, "twins": twins._replace(features={**twins.features, **spectrum})}


def accuracies() -> tuple[dict[str, float], dict[str, float]]:
    """Mean accuracies computed here, and the same from the study's table."""
    sets = field_sets() | {"digits": digit_data()}
    wanted = {
        "twins_scattering_20": ("twins", "scattering, order 2", 20),
        "twins_spectrum_20": ("twins", "isotropic spectrum", 20),
        "digits_10": ("digits", "scattering, order 2", 10),
        "digits_50": ("digits", "scattering, order 2", 50),
    } | {f"fields_20 {name}": ("fields", name, 20) for name in sets["fields"].features}
    table = [row for row in read_scores() if row.seed in SEEDS]
    stored = {key: mean_accuracy(table, *place)[0] for key, place in wanted.items()}
    computed = {
        key: float(np.mean([study.feature_scores(name, sets[name], features, k, seed).accuracy for seed in SEEDS]))
        for key, (name, features, k) in wanted.items()
    }
    return computed, stored


def main() -> None:
    """Measure, check, print."""
    rng = np.random.default_rng(0)
    timed = runs(rng.normal(size=(COUNT, SIZE, SIZE)).astype(np.float32))
    ours, theirs = (run() for run in timed.values())
    if not np.allclose(ours, theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max()):
        raise SystemExit("the front and kymatio find different coefficients")
    seconds = {name: median(values) for name, values in measure(timed, TURNS).items()}
    print(f"{COUNT} images of {SIZE} × {SIZE} pixels, J = {J}, L = 8, one thread, median of {TURNS} runs")
    for name, value in seconds.items():
        print(f"{name:10}{COUNT / value:10.0f} images/s")
    error = reference_error(rng)
    print(f"readable version: relative error {error:.1e}")

    computed, stored = accuracies()
    print(f"{'accuracy, mean of the draws':42}{'here':>8}{'table':>8}")
    for key, value in computed.items():
        print(f"{key:42}{value:8.4f}{stored[key]:8.4f}")
        if not abs(value - stored[key]) < 0.005:
            raise SystemExit(f"{key}: {value:.4f} here, but {stored[key]:.4f} in the table; run the study again")
    fields = {key.split(" ", 1)[1]: value for key, value in computed.items() if key.startswith("fields_20")}
    for row in read_scores():
        if (row.data, row.k) == ("fields", 20) and row.features not in fields:
            fields[row.features] = mean_accuracy(read_scores(), "fields", row.features, 20)[0]
            print(f"{'fields_20 ' + row.features:42}{'':8}{fields[row.features]:8.4f}")
    result = {"overhead": round(seconds["front"] / seconds["kymatio"] - 1, 4), "reference_error": error}
    result |= {key: round(value, 4) for key, value in computed.items() if not key.startswith("fields_20")}
    print(json.dumps(result | {"fields_20": {name: round(value, 4) for name, value in fields.items()}}))


if __name__ == "__main__":
    main()
