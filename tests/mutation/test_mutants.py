"""Which mutants are tried and counted; and what is stored agrees with the library as it is."""

import math

import pytest

from tests.mutation import mutants
from tests.mutation.mutants import Change, Row

SOURCE = """
def smaller(a: int | None, *, b: float = 1 + 1) -> list | None:
    c: int | None = a
    return a | b
"""


@pytest.fixture
def project(tmp_path):
    for folder in ("course_lib/one", "tests/one"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("first", "second", "third"):
        (tmp_path / "course_lib" / "one" / f"{name}.py").touch()
    (tmp_path / "tests" / "one" / "test_first.py").write_text("import course_lib.one.first, course_lib.one.second")
    return tmp_path


# --- what is tried -----------------------------------------------------------------------------------------------------------


def test_part_stands_for_its_modules_with_a_mirror(project):
    assert mutants.modules(["one"], project) == ["one/first"]
    assert mutants.modules(["one/third", "one", "one/first"], project) == ["one/third", "one/first"]


def test_unknown_module_is_named(project):
    with pytest.raises(ValueError, match="'one/fourth' is neither a part nor a module"):
        mutants.modules(["one/fourth"], project)


def test_module_is_tested_by_its_mirror_and_its_doctests(project):
    assert mutants.files_testing("one/first", project) == ["tests/one/test_first.py", "course_lib/one/first.py"]


def test_module_without_a_mirror_is_tested_by_those_that_name_it(project):
    assert mutants.files_testing("one/second", project) == ["tests/one/test_first.py", "course_lib/one/second.py"]
    with pytest.raises(ValueError, match=r"no test in tests/one names course_lib\.one\.third"):
        mutants.files_testing("one/third", project)
    (project / "course_lib" / "one" / "first.py").write_text("from course_lib.one.third import helper\n")
    assert mutants.files_testing("one/third", project) == ["tests/one/test_first.py", "course_lib/one/third.py"]
    (project / "tests" / "one" / "test_all.py").write_text("import math\nfrom course_lib.one import first, third\n")
    (project / "tests" / "one" / "test_no_third.py").write_text("from course_lib.one import third_or_more\n")
    assert mutants.files_testing("one/third", project) == ["tests/one/test_all.py", "course_lib/one/third.py"]


@pytest.mark.parametrize("file", ["course_lib/one/first.py", "tests/one/test_first.py"])
def test_change_of_a_module_or_of_its_tests_makes_earlier_results_void(project, file):
    before = mutants.digest("one/first", project)
    assert mutants.digest("one/first", project) == before
    (project / file).write_text("x = 1\n")
    assert mutants.digest("one/first", project) != before


def test_annotations_are_left_alone():
    notes = mutants.annotations(SOURCE)
    lines = SOURCE.splitlines()
    inside = [(2, lines[1].index("| None")), (2, lines[1].rindex("| None")), (3, lines[2].index("|"))]
    outside = [(2, lines[1].index("1 + 1")), (4, lines[3].index("|"))]
    assert not any(mutants.is_telling("core/ReplaceBinaryOperator_BitOr_BitAnd", place, notes) for place in inside)
    assert all(mutants.is_telling("core/NumberReplacer", place, notes) for place in outside)


@pytest.mark.parametrize(
    ("operator", "tried"),
    [
        ("core/ReplaceBinaryOperator_Add_Sub", True),
        ("core/ReplaceBinaryOperator_Add_BitOr", False),
        ("core/ReplaceBinaryOperator_BitOr_BitAnd", True),
        ("core/ReplaceComparisonOperator_Lt_LtE", True),
        ("core/ReplaceComparisonOperator_Eq_Is", False),
        ("core/ReplaceComparisonOperator_Is_IsNot", True),
        ("core/ReplaceUnaryOperator_Delete_USub", True),
        ("core/ZeroIterationForLoop", True),
    ],
)
def test_operator_is_replaced_by_one_of_its_kind(operator, tried):
    assert mutants.is_telling(operator, (1, 0), []) is tried


@pytest.mark.parametrize(
    ("operator", "replaced", "made"),
    [
        ("core/ExceptionReplacer", "np.linalg.LinAlgError", False),
        ("core/ExceptionReplacer", "ValueError", True),
        ("core/ExceptionReplacer", ".", True),  # of a dotted name that stands alone it takes the first dot
        ("core/NumberReplacer", "0.5", True),
    ],
)
def test_dotted_name_in_a_tuple_of_exceptions_is_left_alone(operator, replaced, made):
    assert mutants.can_be_made(operator, replaced) is made


def test_sample_is_the_same_each_time_and_grows_by_adding():
    possible = [(place, fault) for place in range(10) for fault in "abcde"]
    few, more = (mutants.sample(possible, size, "a seed") for size in (5, 25))
    assert more[:5] == few
    assert mutants.sample(possible, 5, "another seed") != few
    assert sorted(mutants.sample(possible, 80, "a seed")) == possible


def test_sample_takes_a_second_fault_at_a_place_only_when_each_place_has_one():
    possible = [(place, fault) for place in range(10) for fault in "abcde"] + [(10, "a")]
    places = [place for place, _ in mutants.sample(possible, 21, "a seed")]
    assert sorted(places[:11]) == list(range(11))
    assert sorted(places[11:]) == list(range(10))


# --- what came of it ---------------------------------------------------------------------------------------------------------


def test_change_is_the_line_that_differs():
    assert mutants.change("m", "a\n  b = 1\nc\n", "a\n  b = 2\nc\n") == (2, Change("m", "b = 1", "b = 2"))


def test_line_taken_out_is_a_change_to_nothing():
    assert mutants.change("m", "a\n@cache\ndef f(): ...\n", "a\ndef f(): ...\n") == (2, Change("m", "@cache", ""))


def test_survivor_judged_equivalent_counts_as_such_and_a_killed_one_does_not():
    same, other = Change("m", "a", "b"), Change("m", "c", "d")
    outcomes = [("killed", same), ("survived", same), ("survived", other), ("timed out", other)]
    assert mutants.row("m", 9, outcomes, {same}) == Row(
        "m", possible=9, drawn=4, killed=1, timed_out=1, survived=1, equivalent=1
    )


def test_kill_rate_leaves_out_equivalent_mutants():
    assert mutants.kill_rate([Row("a", 9, 6, 3, 1, 1, 1), Row("b", 9, 4, 4, 0, 0, 0)]) == pytest.approx(8 / 9)
    assert math.isnan(mutants.kill_rate([Row("c", 1, 1, 0, 0, 0, 1)]))


def test_table_is_read_as_it_was_written(tmp_path):
    rows = [Row("b", 9, 4, 4, 0, 0, 0), Row("a", 9, 6, 3, 1, 1, 1)]
    mutants.write(rows, tmp_path / "rates.csv")
    assert list(mutants.rates(tmp_path / "rates.csv").values()) == rows[::-1]
    assert (tmp_path / "rates.csv").read_text().splitlines()[-1] == "all,18,10,7,1,1,1,89%"
    assert mutants.as_text(rows).splitlines()[-1] == "all: 88.9% killed of 9"


# --- what is stored ----------------------------------------------------------------------------------------------------------


def test_counts_of_each_stored_row_add_up():
    rows = mutants.rates()
    assert list(rows) == mutants.modules(rows)
    for row in rows.values():
        assert row.drawn == row.killed + row.timed_out + row.survived + row.equivalent <= row.possible


def test_each_mutant_judged_equivalent_is_still_one_of_the_module_and_has_a_reason():
    for change, reason in mutants.equivalents().items():
        lines = [line.strip() for line in (mutants.ROOT / "course_lib" / f"{change.module}.py").read_text().splitlines()]
        assert change.before in " ".join(lines), f"{change.module} has no line {change.before!r} any more: take the mutant out"
        assert change.after != change.before
        assert len(reason) > 20, change
