import numpy as np
import pytest

from course_lib.project import study, study_table
from course_lib.project.energy_units import EV_PER_KCAL
from course_lib.project.molecules import compositions
from course_lib.project.recipe_table import DEFAULT, RECIPES
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.study_table import read_compositions, read_study

MOLECULES = small_qm9().select(range(4, 204))


def one(part, recipe, split, **wanted):
    found = [row for row in read_study() if (row.part, row.recipe, row.split) == (part, recipe, split)]
    return [row for row in found if all(getattr(row, name) == value for name, value in wanted.items())]


def test_a_row_of_the_table_is_computed_again():
    """The composition's, which takes no time; the molecules of the split are the same ones."""
    training, test = study.splits(small_qm9(), 921 / 3921)["group"]
    (stored,) = one("full", "composition", "group")
    scores, _ = study.evaluate(RECIPES["composition"].way, training, test)
    assert (stored.training, stored.test) == (len(training), len(test))
    assert scores[1:4] == pytest.approx([stored.mae_kcal, stored.mae_ev, stored.rmse_ev], rel=1e-3)


def test_the_default_meets_the_goals_in_the_table_and_the_baselines_do_not():
    for split in ("random", "group"):
        (best,), (baseline,) = one("full", DEFAULT, split), one("full", "coulomb-spectrum", split)
        assert best.mae_kcal < 0.925 < 1.0 < baseline.mae_kcal
        assert best.mae_kcal == pytest.approx(best.mae_ev / EV_PER_KCAL, rel=1e-3)


def test_more_molecules_help():
    for split in ("random", "group"):
        means = [np.mean([row.mae_ev for row in one("curve", DEFAULT, split, training=n)]) for n in (100, 300, 1000)]
        (last,) = one("full", DEFAULT, split)
        assert [*means, last.mae_ev] == sorted([*means, last.mae_ev], reverse=True)


def test_errors_by_composition_have_the_mean_of_the_table():
    rows = read_compositions()
    (stored,) = one("full", DEFAULT, "group")
    assert sum(row.molecules for row in rows) == stored.test
    mean = sum(row.molecules * row.mae_ev for row in rows) / stored.test
    assert mean == pytest.approx(stored.mae_ev, rel=1e-3)
    _, test = study.splits(small_qm9(), 921 / 3921)["group"]
    assert {row.formula for row in rows} == set(compositions(test))


def test_what_is_written_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(study_table, "FILE", tmp_path / "study.csv")
    row = study_table.Row("cost", "mean", "24×18", "group", 3, 2, 0, 1e-3, 2.0, 3.0, 4.0, 5e-9)
    study_table.write(tmp_path / "study.csv", study_table.Row._fields, [row])
    assert read_study() == [row]


def test_a_split_by_composition_has_none_on_both_sides():
    training, test = study.splits(MOLECULES, 0.3)["group"]
    assert not set(compositions(training)) & set(compositions(test))


def test_test_molecules_with_an_element_not_in_training_are_left_out():
    training = MOLECULES.select(~(MOLECULES.charges == 7).any(axis=1))
    reached = study.known(training, MOLECULES)
    assert 0 < len(reached) < len(MOLECULES)
    assert not (reached.charges == 7).any()


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"^part: 'all' is not known; expected one of cost, full"):
        study.main("all")
