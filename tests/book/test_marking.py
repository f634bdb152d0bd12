"""A class with hostile submissions is marked: everybody gets what the answers deserve, and nobody stops the others."""

import copy
import csv
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

import confined
import examples
import marker_steps
import marking
import marksheet
import one_submission
import submissions
from course_lib.basics.td import sheet as td
from editions import teachers_notebook
from exercises import exercises
from submissions import Submission
from tests.book.sources import FRONT_MATTER

ROOT = Path(__file__).parents[2]
MARKING = ROOT / "book" / "_ext" / "marking" / "marking.py"


def code_exercise(name, signature, solution, points, wrong, other):
    function = name.replace("-", "_")
    return f"""
:::{{exercise}} The {name}
:label: small-{name}

Write it.
:::

```{{code-cell}} ipython3
:nbgrader: {{grade: false, grade_id: {name}, locked: false, schema_version: 3, solution: true, task: false}}
def {function}({signature}):
    ### BEGIN SOLUTION
    return {solution}
    ### END SOLUTION
```

```{{code-cell}} ipython3
:nbgrader: {{grade: true, grade_id: check-{name}, locked: true, points: {points}, schema_version: 3, solution: false}}
check("{name}", {function})
### BEGIN HIDDEN TESTS
from course_lib.basics.td import check
check("{name}", {function})
### END HIDDEN TESTS
```

```{{code-cell}} ipython3
:tags: [wrong-answer]
# Says: this is
def {function}({signature}):
    return {wrong}
```

```{{code-cell}} ipython3
:tags: [other-answer]
def {function}({signature}):
    return {other}
```
"""


SHEET = (
    FRONT_MATTER
    + "\n# A small sheet\n\n```{code-cell} ipython3\nimport numpy as np\nfrom course_lib.basics.td import check\n```\n"
    + code_exercise("quadratic-gradient", "x, A", "(A + A.T) @ x", 2, "2 * A @ x", "A @ x + x @ A")
    + code_exercise("trace-gradient", "X, A, B", "A @ X @ B + A.T @ X @ B.T", 3, "2 * A @ X @ B", "A @ X @ B + (B @ X.T @ A).T")
    + """
:::{exercise} A proof
:label: small-proof

Prove it.
:::

+++ {"nbgrader": {"grade": true, "grade_id": "proof", "locked": false, "points": 4, "schema_version": 3, "solution": true}}

### BEGIN SOLUTION
It is clear.
### END SOLUTION

+++

The end.
"""
)
QUADRATIC, TRACE, PROOF = "quadratic-gradient (of 2)", "trace-gradient (of 3)", "proof (of 4, by hand)"


class Class:
    """A sheet, its course folder, and a folder of submissions that the tests fill."""

    def __init__(self, root):
        self.source, self.course, self.folder = root / "book" / "small.md", root / "course", root / "submissions"
        self.source.parent.mkdir()
        self.folder.mkdir()
        self.source.write_text(SHEET)
        (root / "_toc.yml").write_text("format: jb-book\nroot: book/small\nparts: []\n")
        self.root = root
        self.asked = {exercise.label.removeprefix("small-"): exercise for exercise in exercises(self.source, root)}
        self.right = {name: exercise.reference for name, exercise in self.asked.items()}
        solved = self.course / "source" / "small" / "small.ipynb"
        solved.parent.mkdir(parents=True)
        nbformat.write(teachers_notebook(self.source, root), solved)
        settings = (ROOT / "jupyter" / "nbgrader_config.py").read_text()
        (self.course / "nbgrader_config.py").write_text(settings.replace("timeout = 60", "timeout = 12"))

    def hand_in(self, name, answers, change=lambda notebook: None):
        """Write a submission: answers, and what else the student did to the notebook."""
        file = examples.submission(self.source, answers, self.folder / f"{name}.ipynb", self.root)
        notebook = nbformat.read(file, as_version=4)
        change(notebook)
        file.write_text(json.dumps(notebook))
        return file

    def mark(self, *options, folder=None, table=None):
        """Run the program; its output and the mark sheet by student."""
        table = table or self.root / "marks.csv"
        command = [sys.executable, MARKING, "mark", folder or self.folder, "--course", self.course, "--marks", table, *options]
        done = subprocess.run(
            command, cwd=self.root, capture_output=True, encoding="utf8", env=os.environ | {"TEACHERS_SECRET": "x"}
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert not done.stderr
        return done.stdout, rows(table)


def rows(table):
    with table.open(encoding="utf-8-sig", newline="") as opened:
        return {row["student"]: row for row in csv.DictReader(opened)}


def cell(notebook, name):
    return next(one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == name)


def top(source):
    """A change: a cell of the student's own behind the imports."""
    return lambda notebook: notebook.cells.insert(2, nbformat.v4.new_code_cell(source))


def without(*names):
    def change(notebook):
        for name in names:
            notebook.cells.remove(cell(notebook, name))

    return change


def twice(notebook):
    for name in ("quadratic-gradient", "check-trace-gradient", "proof"):
        notebook.cells.insert(notebook.cells.index(cell(notebook, name)), copy.deepcopy(cell(notebook, name)))


def forged(notebook):
    """More points, an open check with the student's own text, no marks for another, another kernel, a check that says yes."""
    cell(notebook, "check-quadratic-gradient").metadata["nbgrader"].update(points=100, solution=True, locked=False)
    cell(notebook, "check-quadratic-gradient").source = "100"
    cell(notebook, "check-trace-gradient").metadata["nbgrader"].update(grade=False, points=-1)
    notebook.metadata["kernelspec"] = {"name": "julia-1.10", "display_name": "Julia", "language": "julia"}
    top("def check(*answer):\n    pass")(notebook)


def ends(notebook):
    """Two cells that end Python, one at once, one when it is through."""
    top("exit()")(notebook)
    top("import os\nos._exit(1)")(notebook)


WATCHES = """
import os, subprocess, sys
assert "TEACHERS_SECRET" not in os.environ
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
"""


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A class, marked once, with the program's output and the mark sheet."""
    group = Class(tmp_path_factory.mktemp("class"))
    right = group.right
    wrong = {name: exercise.wrong[0][1] for name, exercise in group.asked.items() if exercise.wrong}
    other = {name: exercise.other[0] for name, exercise in group.asked.items() if exercise.other}
    crash = {"trace-gradient": "import os\ndef trace_gradient(X, A, B):\n    os._exit(3)", "proof": "It is."}
    loop = {"quadratic-gradient": right["quadratic-gradient"], "trace-gradient": "while True:\n    pass"}
    loud = "def quadratic_gradient(x, A):\n    print('spam' * 10**6)\n    return (A + A.T) @ x\nprint('spam' * 10**6)"
    group.hand_in("right", right)
    group.hand_in("wrong", wrong)
    group.hand_in("mixed", {**wrong, "trace-gradient": other["trace-gradient"]})
    group.hand_in("untouched", {})
    group.hand_in("missing", right, without("quadratic-gradient", "check-quadratic-gradient", "check-trace-gradient", "proof"))
    group.hand_in("twice", right, twice)
    group.hand_in("forged", {"proof": "It is."}, forged)
    group.hand_in("crash", crash | {"quadratic-gradient": right["quadratic-gradient"]}, ends)
    group.hand_in("loop", loop)
    group.hand_in("loud", {**right, "quadratic-gradient": loud}, top(WATCHES))
    (group.folder / "=cmd|' -C calc'!A1.ipynb").write_text("")
    (group.folder / "empty.ipynb").write_text("")
    (group.folder / "text.ipynb").write_text("Dear teacher,")
    (group.folder / "list.ipynb").write_text("[1, 2]")
    (group.folder / "deep.ipynb").write_text("[" * 10**5)
    (group.folder / "binary.ipynb").write_bytes(bytes(range(256)))
    (group.folder / "link.ipynb").symlink_to(group.folder / "right.ipynb")
    with (group.folder / "huge.ipynb").open("wb") as file:
        file.truncate(100 * 2**20)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), group.folder / "other.ipynb")
    (group.folder / "nothing").mkdir()
    (group.folder / "nothing" / "answers.pdf").write_text("%PDF")
    (group.folder / "class-list.xlsx").write_text("")
    handed_in = {file: file.read_bytes() for file in group.folder.rglob("*") if file.is_file()}
    group.output, group.marks = group.mark()
    assert handed_in == {file: file.read_bytes() for file in group.folder.rglob("*") if file.is_file()}
    return group


def marks(group, student):
    row = group.marks[student]
    return row[QUADRATIC], row[TRACE], row[PROOF], row["state"]


@pytest.mark.parametrize(
    ("student", "expected"),
    [
        ("right", ("2", "3", "", "marked")),
        ("wrong", ("0", "0", "0", "marked")),
        ("mixed", ("0", "3", "0", "marked")),
        ("untouched", ("0", "0", "0", "marked")),
        ("missing", ("0", "3", "0", "marked")),  # without its answer a check that is put back has nothing to call
        ("twice", ("2", "3", "", "marked")),
        ("forged", ("0", "0", "", "marked")),
        ("crash", ("2", "0", "", "crashed")),
        ("loop", ("2", "0", "0", "marked")),
        ("loud", ("2", "3", "", "marked")),
        ("empty", ("0", "0", "0", "cannot be read")),
        ("text", ("0", "0", "0", "cannot be read")),
        ("list", ("0", "0", "0", "cannot be read")),
        ("deep", ("0", "0", "0", "cannot be read")),
        ("binary", ("0", "0", "0", "cannot be read")),
        ("link", ("0", "0", "0", "cannot be read")),
        ("huge", ("0", "0", "0", "cannot be read")),
        ("other", ("0", "0", "0", "no notebook")),
        ("nothing", ("0", "0", "0", "no notebook")),
    ],
)
def test_each_submission_gets_its_marks_whatever_the_others_do(marked, student, expected):
    assert marks(marked, student) == expected, marked.marks[student]["remark"]


def test_marks_are_full_exactly_where_check_says_right(marked):
    answered = {"right": "reference", "untouched": "stub", "wrong": "wrong", "mixed": "mixed"}
    for student in answered:
        space = {"np": __import__("numpy")}
        notebook = nbformat.read(marked.folder / f"{student}.ipynb", as_version=4)
        for name, column, points in (("quadratic-gradient", QUADRATIC, "2"), ("trace-gradient", TRACE, "3")):
            exec(cell(notebook, name).source, space)  # noqa: S102 (our own answers)
            said = td.verdict(name, space[name.replace("-", "_")], seed=1).state
            assert marked.marks[student][column] == (points if said == "right" else "0"), (student, name, said)


def test_total_counts_what_is_marked_and_says_what_is_not(marked):
    row = marked.marks["right"]
    assert (row["total"], row["out of"], row["not marked yet"]) == ("5", "9", "4")
    row = marked.marks["untouched"]
    assert (row["total"], row["out of"], row["not marked yet"]) == ("0", "9", "0")


@pytest.mark.parametrize(
    ("student", "remark"),
    [
        ("right", ""),
        ("crash", "cell 3 (“import os”) ended Python and was left out; cell 4 (“exit()”) ended Python and was left out"),
        (
            "missing",
            "put back, because it was missing: quadratic-gradient, check-quadratic-gradient, check-trace-gradient, proof",
        ),
        ("empty", "the file is empty"),
        ("text", "the file is not JSON"),
        ("list", "the file is not a notebook"),
        ("huge", "the file has 100 MB; no more than 20 are read"),
        ("other", "no cell of this sheet is in the notebook: is it another one?"),
        ("nothing", "the folder holds no notebook: answers.pdf"),
    ],
)
def test_remark_says_what_the_teacher_should_know(marked, student, remark):
    assert marked.marks[student]["remark"] == remark


def test_formula_in_a_name_stays_a_text_in_a_spreadsheet(marked):
    assert "cmd_' -C calc'_A1" in marked.marks
    assert [marksheet._field(text) for text in ("=1", "+1", "-1", "@a", " =1", "Ada")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'=1",
        "Ada",
    ]


def test_output_counts_the_students_and_names_what_was_left_aside(marked):
    assert "Left aside, because their names do not end in .ipynb: class-list.xlsx" in marked.output
    assert re.search(r"\[20/20\] .*\nsmall: 20 students: 9 marked, 8 cannot be read, 2 no notebook, 1 crashed", marked.output)


def test_nothing_that_a_submission_started_is_left(marked):
    for process in psutil.process_iter(["cmdline"]):
        assert "import time; time.sleep(600)" not in (process.info["cmdline"] or [])


def test_submissions_stay_as_they_were_handed_in(marked):
    for student in ("crash", "forged", "text"):
        kept = marked.course / "submitted" / student / "small" / "small.ipynb"
        assert kept.read_bytes() == (marked.folder / f"{student}.ipynb").read_bytes()


def test_nbgrader_writes_into_the_course_folder_only(marked):
    assert sorted(path.name for path in marked.root.iterdir()) == ["_toc.yml", "book", "course", "marks.csv", "submissions"]
    assert not (ROOT / "gradebook.db").exists()
    assert not (ROOT / ".nbgrader.log").exists()


def test_second_run_marks_only_what_is_new_and_keeps_the_earlier_submission(marked, tmp_path):
    for student in ("right", "wrong"):
        (tmp_path / f"{student}.ipynb").write_bytes((marked.folder / f"{student}.ipynb").read_bytes())
    (tmp_path / "twice.ipynb").write_text("")
    with marksheet.gradebook(marked.course) as book:
        for student in ("right", "twice"):
            grade = book.find_grade("proof", "small", "small", student)
            grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.db.commit()
    earlier = (tmp_path / "right.ipynb").read_bytes()
    notebook = nbformat.reads(earlier.decode(), as_version=4)
    cell(notebook, "trace-gradient").source = "def trace_gradient(X, A, B):\n    return X"
    nbformat.write(notebook, tmp_path / "right.ipynb")
    output, table = marked.mark(folder=tmp_path, table=tmp_path / "marks.csv")
    assert "1 of 3 submissions are marked already" in output
    assert "right: marked (the earlier submission is kept as submitted-before/right/small/small-1.ipynb)" in output
    assert (marked.course / "submitted-before" / "right" / "small" / "small-1.ipynb").read_bytes() == earlier
    row = table["right"]
    assert (row[QUADRATIC], row[TRACE], row[PROOF], row["not marked yet"]) == ("2", "0", "3.5", "0"), "the proof is the same"
    row = table["twice"]
    assert (row[QUADRATIC], row[TRACE], row[PROOF], row["state"]) == ("0", "0", "", "cannot be read")
    with marksheet.gradebook(marked.course) as book:
        assert book.find_grade("proof", "small", "small", "twice").manual_score == 3.5, "a mark given by hand is not lost"
    assert table.keys() == marked.marks.keys(), "the mark sheet keeps those who handed in before"


def test_interrupted_marking_keeps_what_is_done_and_leaves_no_process(marked, tmp_path, request):
    slow = marked.hand_in("slow", {}, top("import time\ntime.sleep(11)"))
    slow.rename(tmp_path / "slow.ipynb")
    (tmp_path / "right.ipynb").write_bytes((marked.course / "submitted" / "right" / "small" / "small.ipynb").read_bytes())
    command = [sys.executable, MARKING, "mark", tmp_path, "--course", marked.course, "--marks", tmp_path / "marks.csv"]
    # What a shell starts in the background is deaf to Ctrl-C, and all that it starts: then this test would be, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf8") as process:
        read = ""
        while "slow: " not in read:
            read += process.stdout.read(1)
        deadline = time.monotonic() + 60
        while not any("marker.py" in " ".join(child.cmdline()) for child in psutil.Process(process.pid).children()):
            assert time.monotonic() < deadline
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from here" in rest
    assert not psutil.wait_procs(children, timeout=5)[1]
    table = rows(tmp_path / "marks.csv")
    assert (table["slow"]["state"], table["right"]["state"]) == ("not marked yet", "marked")


# --- the folder ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("noether.ipynb", "noether"),
        ("noether_td.ipynb", "noether"),
        ("noether/td/td.ipynb", "noether"),
        ("noether/td.ipynb", "noether"),
        ("noether/my answers.ipynb", "noether"),
        ("Emmy Noether_1882_assignsubmission_file_td.ipynb", "Emmy Noether_1882"),
        ("Emmy Noether_1882_assignsubmission_file_/td.ipynb", "Emmy Noether_1882"),
        ("1882.ipynb", "1882"),
        ("Łukasiewicz, Jan.ipynb", "Łukasiewicz_ Jan"),
        ("O'Brien.IPYNB", "O'Brien"),
        ("_*[x]?.ipynb", "x"),
        ("e\u0301va.ipynb", "\u00e9va"),
    ],
)
def test_name_of_a_file_or_folder_becomes_the_student(tmp_path, path, student):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("{}")
    assert submissions.collect(tmp_path, "td") == ([Submission(student, tmp_path / path)], [])


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ([], "holds no notebook and no folder of a student"),
        ([".hidden.ipynb"], "holds no notebook and no folder of a student"),
        (["a.pdf", "b.txt"], "holds no notebook and no folder of a student, only 2 other files"),
        (["ada.ipynb", "Ada_td.ipynb"], "has two submissions: Ada_td.ipynb, ada.ipynb"),
        (["ada.ipynb", "ada/td/td.ipynb"], "has two submissions: ada/td/td.ipynb, ada.ipynb"),
        (["ada/one.ipynb", "ada/two.ipynb"], "ada has 2 notebooks in .*, and none is called td.ipynb"),
        (["=.ipynb"], "no student's name can be made of this"),
    ],
)
def test_folder_that_leaves_a_doubt_is_refused_before_anything_is_marked(tmp_path, paths, message):
    for path in paths:
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text("{}")
    with pytest.raises(ValueError, match=message):
        submissions.collect(tmp_path, "td")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_notebook_is_read_with_a_byte_order_mark_and_another_encoding_is_named(tmp_path, encoding):
    """Some editors put the mark at the start of every file that they save."""
    answered = nbformat.v4.new_code_cell("é = 1", metadata={"nbgrader": {"grade_id": "proof"}})
    file = tmp_path / "ada.ipynb"
    file.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[answered])), encoding=encoding)
    handed_in = Submission("ada", file)
    if encoding == "utf-16":
        with pytest.raises(submissions.UnreadableError, match="the file is not text in UTF-8"):
            submissions.read(handed_in, {"proof"})
    else:
        assert submissions.read(handed_in, {"proof"}).cells[0].source == "é = 1"


@pytest.mark.parametrize("minor", [0, 2, 4, 5])
def test_notebook_with_ids_of_cells_is_read_under_whatever_version(tmp_path, minor):
    """Some editors write ids below the number of a version that had none."""
    cells = [
        nbformat.v4.new_markdown_cell("It is.", metadata={"nbgrader": {"grade_id": "proof"}}),
        nbformat.v4.new_code_cell("1"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells) | {"nbformat_minor": minor}
    del notebook["cells"][1]["id"]
    file = tmp_path / "ada.ipynb"
    file.write_text(json.dumps(notebook))
    found = submissions.read(Submission("ada", file), {"proof"})
    assert [cell.source for cell in found.cells] == ["It is.", "1"]
    assert found.nbformat_minor == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["x", "--course", "{}"], "marking: {0} holds no sheet; make it with: make teachers COURSE={0}"),
        (["", "--course", "{}"], "marking: say where the submissions are: make mark SUBMISSIONS=folder"),
        (["{}", "--course", "{}/two"], "marking: say which sheet, for example SHEET=td; {}/two holds td, tp"),
        (["{}", "--course", "{}/two", "--sheet", "tx"], "marking: {}/two holds no sheet 'tx', only td, tp"),
        (["{}/nowhere", "--course", "{}/two", "--sheet", "td"], "marking: {}/nowhere is not a folder"),
    ],
)
def test_what_is_missing_is_named(tmp_path, monkeypatch, options, message):
    for sheet in ("td", "tp"):
        (tmp_path / "two" / "source" / sheet).mkdir(parents=True)
        (tmp_path / "two" / "source" / sheet / f"{sheet}.ipynb").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["marking.py", "mark", *(option.format(tmp_path) for option in options)])
    monkeypatch.setenv("PATH", os.environ["PATH"])
    with pytest.raises(SystemExit) as ended:
        marking.main()
    assert ended.value.code == message.format(tmp_path)


# --- limits ----------------------------------------------------------------------------------------------------------------


def test_time_is_up_for_a_command_and_for_all_that_it_started(tmp_path):
    script = (
        "import subprocess as s, time; s.Popen(['sleep', '601'], start_new_session=True); print(1, flush=True); time.sleep(602)"
    )
    begun = time.monotonic()
    ended = confined.run([sys.executable, "-c", script], tmp_path, 3, tmp_path / "log", confined.environment(tmp_path))
    assert (ended.output.strip(), ended.code) == ("1", None)
    assert time.monotonic() - begun < 30
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] in (["sleep", "601"], ["sleep", "602"])]


def test_environment_holds_nothing_of_the_teachers(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    variables = confined.environment(tmp_path)
    assert "secret" not in variables.values()
    assert variables["HOME"] == str(tmp_path)


def test_limits_of_memory_and_files_hold():
    script = "import marker; marker.limit(5); bytearray(marker.MEMORY)"
    done = subprocess.run([sys.executable, "-c", script], cwd=MARKING.parent, capture_output=True, encoding="utf8")
    assert "MemoryError" in done.stderr


def tries(monkeypatch, *ends):
    """What `_mark_apart` makes of a sequence of runs, and which cells each of them left out."""
    left_out, ends = [], list(ends)

    def attempt(marking, notebook, template, log, without):
        left_out.append(list(without))
        return ends.pop(0)

    monkeypatch.setattr(one_submission, "_try", attempt)
    marking = one_submission.Marking(Path("course"), "td", 60)
    return one_submission._mark_apart(marking, None, Path("template"), Path("log")), left_out


DONE = one_submission.Tried("marked", 9, "", [], "notebook")


def test_cell_that_never_ends_is_left_out_and_named(monkeypatch):
    stuck = one_submission.Tried("did not finish", 4, "while True:", [], None)
    outcome, left_out = tries(monkeypatch, stuck, DONE)
    assert outcome == ("did not finish", "notebook", "cell 5 (“while True:”) did not end within 60 s and was left out")
    assert left_out == [[], [4]]


def test_notebook_full_of_crashes_is_marked_without_its_cells(monkeypatch):
    crashes = [one_submission.Tried("crashed", number, "x", [], None) for number in range(4)]
    outcome, left_out = tries(monkeypatch, *crashes, DONE)
    assert (outcome[0], outcome[1]) == ("crashed", "notebook")
    assert left_out == [[], [0], [0, 1], [0, 1, 2], [marker_steps.ALL]]


def test_failure_that_is_not_the_students_is_not_tried_again(monkeypatch):
    outcome, left_out = tries(monkeypatch, one_submission.Tried("crashed", -1, "", [], None))
    assert outcome == ("crashed", None, "nbgrader could not mark it, see log.log")
    assert left_out == [[]]


def test_link_in_the_place_of_the_marked_notebook_is_not_followed(tmp_path):
    (tmp_path / "secret.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    (tmp_path / "td.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert one_submission._read_back(tmp_path / "td.ipynb") is None
    assert one_submission._read_back(tmp_path / "secret.ipynb") is not None


def test_sandbox_shows_of_the_project_only_the_library_and_the_program_that_marks(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = confined.bubblewrap(["true"], tmp_path / "course")
    assert "--unshare-all" in command
    seen = {place for option, place in itertools.pairwise(command) if option == "--ro-bind-try"}
    inside = {Path(place) for place in seen if Path(place).is_relative_to(ROOT)} - {Path(sys.prefix)}
    assert inside == {ROOT / "course_lib", ROOT / "book" / "_ext"}
    assert not {ROOT, *ROOT.parents, Path.home(), Path("/tmp")} & set(map(Path, seen))  # noqa: S108
    assert [place for option, place in itertools.pairwise(command) if option == "--bind"] == [str(tmp_path / "course")]


def test_sandbox_that_is_not_installed_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="bubblewrap"):
        confined.bubblewrap(["true"], tmp_path)
