"""The few-label study: ``python -m course_lib.invariance.study``, about half an hour on one core.

Digits, fields, twins and textures; seven kinds of features; k labelled images of each class, ten draws. Stores the accuracies,
with what was chosen, and the scattering coefficients of the fields, beside this file. With ``--cache FOLDER`` the images of the
fields are kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from course_lib.invariance.few_labels import choose, cross_validated, draw_labelled
from course_lib.invariance.fields import CLASSES
from course_lib.invariance.score_table import STORED_SCORES, Score, read_scores, write_scores
from course_lib.invariance.small_cnn import Settings, train_network
from course_lib.invariance.study_features import STORED_FIELDS, DataSet, digit_data, field_data, make_fields, texture_data

#: Draws of the labelled images; lower numbers were used while the study was being designed.
SEEDS = range(200, 210)
#: Labelled images of each class.
LABELS = {"digits": (1, 5, 10, 20, 50), "fields": (2, 5, 10, 20), "twins": (2, 5, 10, 20), "textures": (1, 2, 5, 10, 20)}
#: The network is dear on large images: fewer draws there, and fewer numbers of labels.
NETWORK_LABELS = LABELS | {"fields": (5, 20), "twins": (), "textures": (5, 20)}
NETWORK_SEEDS = {"digits": SEEDS, "fields": SEEDS[:5], "textures": SEEDS[:5]}
#: Settings of the network among which cross-validation chooses, for each k, on the labelled images of the first draw.
SETTINGS = {
    "digits": (Settings(32, 1000), Settings(32, 1000, moved=False)),
    "fields": (Settings(8, 150), Settings(8, 400)),
    "textures": (Settings(8, 200), Settings(16, 200)),
}
NETWORK = "small CNN"

#: The kinds of fields that have the same power spectrum.
TWINS = [list(CLASSES).index(name) for name in ("turbulence", "twin")]


def draw(data: DataSet, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of labelled and of test images: all that are not labelled or, if only some may be labelled, all of the others."""
    learnable = np.flatnonzero(data.learnable)
    labelled, rest = draw_labelled(data.labels[learnable], k, np.random.default_rng(seed))
    return learnable[labelled], learnable[rest] if data.learnable.all() else np.flatnonzero(~data.learnable)


def feature_scores(name: str, data: DataSet, features: str, k: int, seed: int) -> Score:
    """Choose a classifier on the labelled images, score it on the others."""
    labelled, others = draw(data, k, seed)
    chosen = choose(data.features[features], data.labels, labelled, others)
    accuracy = float(np.mean(chosen.predicted == data.labels[others]))
    words = chosen.classifier if len(data.features[features]) == 1 else f"{chosen.classifier}; {chosen.features}"
    return Score(name, features, k, seed, round(accuracy, 5), words)


def best_settings(candidates: Sequence[Settings], data: DataSet, k: int, seed: int) -> Settings:
    """The network's settings that name most labelled images rightly in three-fold cross-validation; the first, where k is 1."""
    labelled, _ = draw(data, k, seed)

    def right(settings: Settings) -> float:
        def classifier(images: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
            return train_network(images, labels, settings, seed)(others)

        return cross_validated(classifier, data.images[labelled], data.labels[labelled], min(k, 3))

    return max(candidates, key=right) if k > 1 else candidates[0]


def network_scores(name: str, data: DataSet, k: int) -> Iterator[Score]:
    """Choose settings once, then train and score the network for each draw."""
    settings = best_settings(SETTINGS[name], data, k, SEEDS[0])
    for seed in NETWORK_SEEDS[name]:
        labelled, others = draw(data, k, seed)
        named = train_network(data.images[labelled], data.labels[labelled], settings, seed)(data.images[others])
        words = f"width {settings.width}; {settings.steps} steps; {'moved' if settings.moved else 'as they are'}"
        yield Score(name, NETWORK, k, seed, round(float(np.mean(named == data.labels[others])), 5), words)


def only(data: DataSet, classes: Sequence[int]) -> DataSet:
    """The data set with some of its classes only, numbered from 0."""
    rows = np.isin(data.labels, classes)
    features = {kind: {name: table[rows] for name, table in tables.items()} for kind, tables in data.features.items()}
    labels = np.searchsorted(np.sort(classes), data.labels[rows])
    return DataSet(data.images[rows], labels, data.learnable[rows], features)


def scores(name: str, data: DataSet) -> Iterator[Score]:
    """All lines of the table for a data set."""
    for k in LABELS[name]:
        for features in data.features:
            for seed in SEEDS:
                yield feature_scores(name, data, features, k, seed)
    for k in NETWORK_LABELS[name]:
        yield from network_scores(name, data, k)


def store_fields(averaged: np.ndarray, sets: Mapping[str, DataSet]) -> None:
    """Store the scattering coefficients of all fields, and the logarithm of the isotropic spectrum of the twins."""
    spectrum = sets["twins"].features["isotropic spectrum"]["isotropic spectrum"]
    arrays = {"scattering": averaged.astype(np.float32), "twin_spectrum": spectrum.astype(np.float32)}
    np.savez_compressed(STORED_FIELDS, labels=sets["fields"].labels, **arrays)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the data, score, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=None, help="folder for the images of the fields")
    parser.add_argument("--only", choices=list(LABELS), action="append", help="score these data anew, keep the other lines")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the matrices are small: a second thread would only wait
    names = chosen.only or list(LABELS)
    table = [row for row in read_scores(STORED_SCORES) if row.data not in names] if STORED_SCORES.exists() else []
    sets: dict[str, DataSet] = {}
    if {"fields", "twins"} & set(names):
        images, averaged = make_fields(chosen.cache)
        sets["fields"] = field_data(images, averaged)
        sets["twins"] = only(sets["fields"], TWINS)
        store_fields(averaged, sets)
    if "digits" in names:
        sets["digits"] = digit_data()
    if "textures" in names:
        sets["textures"] = texture_data()
    for name in names:
        for row in scores(name, sets[name]):
            print(*row, flush=True)
            table.append(row)
        write_scores(sorted(table, key=lambda row: list(LABELS).index(row.data)), STORED_SCORES)


if __name__ == "__main__":
    main()
