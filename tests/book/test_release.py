"""The release: what is in it, that the same files give the same zip, and that it is whole or not there."""

import hashlib
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import numpy as np
import pytest

import editions
import release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built(tmp_path):
    """What `make book students pdf` leaves, in small."""
    files = {
        "html/index.html": "<html>front door</html>",
        "html/book/a.html": "<html>a page</html>",
        "html/_static/big.js": "reads /srv/x",
        "html/.buildinfo": "hidden",
        "html/reports/book/a.err.log": f"a traceback through {ROOT}/course_lib",
        "students/README.md": "how to install",
        "students/book/a.ipynb": "{}",
        "course.pdf": "%PDF",
        "jupyter_execute/book/a.ipynb": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def wheel():
    return release.wheel()


@pytest.fixture
def contents(monkeypatch, wheel):
    """`release.contents` with the one wheel, since building it takes seconds."""
    monkeypatch.setattr(release, "wheel", lambda root: wheel)
    return release.contents


def names(archive):
    with zipfile.ZipFile(archive) as packed:
        return packed.namelist()


def test_release_has_pages_paper_notebooks_wheel_and_a_readme_and_nothing_else(built, contents):
    files = contents(built)
    assert sorted(files) == [
        "README.txt",
        "SHA256SUMS",
        "course.pdf",
        f"course_lib-{release.version()}-py3-none-any.whl",
        "html/_static/big.js",
        "html/book/a.html",
        "html/index.html",
        "notebooks/README.md",
        "notebooks/book/a.ipynb",
    ]
    readme = files["README.txt"].decode()
    for name in ("html/index.html", "course.pdf", "notebooks/README.md", "SHA256SUMS", f"version {release.version()}"):
        assert name in readme


def test_checksums_are_those_of_all_other_files(built, contents, tmp_path_factory):
    target = tmp_path_factory.mktemp("out") / "course-1.zip"
    release.pack(contents(built), target)
    with zipfile.ZipFile(target) as packed:
        packed.extractall(target.parent)
    folder = target.parent / "course-1"
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert sums.keys() == found.keys() - {"SHA256SUMS"}
    assert all(hashlib.sha256(found[name].read_bytes()).hexdigest() == digest for name, digest in sums.items())


@pytest.mark.parametrize(
    ("missing", "target"), [("html/index.html", "book"), ("students/README.md", "students"), ("course.pdf", "pdf")]
)
def test_what_is_not_built_is_named_with_the_command_that_builds_it(built, contents, missing, target):
    (built / missing).unlink()
    with pytest.raises(ValueError, match=f"built: there is no .*{missing}; run `make {target}`"):
        contents(built)


def test_page_with_solutions_stops_the_release(built, contents):
    sheet = ROOT / "book" / "basics" / "td.md"
    (built / "html/book/td.html").write_text(editions.page(sheet))
    assert "html/book/td.html" in contents(built)
    (built / "html/book/td.html").write_text(editions.page(sheet, teachers=True))
    with pytest.raises(ValueError, match=r"files: html/book/td\.html shows solutions, as `make book EDITION=teachers` does"):
        contents(built)


def planned(*words):
    """What make would do, started by hand: these tests may themselves run under a make, whose options are inherited."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("target", ["release", "pdf", "students", "book release", "test"])
def test_make_refuses_the_teachers_edition_for_all_that_students_get(target):
    refused = planned(*target.split(), "EDITION=teachers")
    assert refused.returncode != 0
    assert f'What "make {target}" makes shows none: leave EDITION out' in refused.stderr
    assert not refused.stdout


def test_make_knows_two_editions():
    for edition, folder in (("students", "."), ("teachers", "_build/teachers-edition")):
        assert f"jupyter-book build . --path-output {folder} " in planned("book", f"EDITION={edition}").stdout
    assert 'EDITION is students or teachers, not "teacher"' in planned("book", "EDITION=teacher").stderr


@pytest.mark.parametrize("folder", [ROOT, Path.home()])
def test_page_that_names_a_folder_of_this_machine_stops_the_release(built, contents, folder):
    (built / "html/book/a.html").write_text(f"<td>{folder}/course_lib/weights.npz</td>")
    with pytest.raises(ValueError, match=r"files: they name folders of this machine: html/book/a\.html"):
        contents(built)


def test_same_files_give_the_same_zip_whatever_their_order_and_date(tmp_path):
    files = {f"html/{number}": bytes([number]) * 1000 for number in range(20)}
    backwards = dict(reversed(files.items()))
    one, other = tmp_path / "one" / "course-1.zip", tmp_path / "other" / "course-1.zip"
    release.pack(files, one)
    release.pack(backwards, other)
    assert one.read_bytes() == other.read_bytes()
    assert names(one) == sorted(f"course-1/{name}" for name in files)
    with zipfile.ZipFile(one) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_size_is_told_and_a_release_that_is_too_large_is_not_written(tmp_path):
    noise = np.random.default_rng(0)
    files = {"html/a": noise.bytes(400_000), "course.pdf": noise.bytes(300_000), "README.txt": b"r"}
    target = tmp_path / "course-1.zip"
    assert release.pack(files, target) == pytest.approx(0.7, abs=0.01) == target.stat().st_size / 1e6
    before = target.read_bytes()
    message = r"files: 0\.7 MB, more than 0\.5 MB; most of it: html 0\.4 MB, course\.pdf 0\.3 MB"
    with pytest.raises(ValueError, match=message):
        release.pack(files, target, limit_mb=0.5)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["course-1.zip"]


def test_disk_that_is_full_leaves_the_old_release(tmp_path, monkeypatch):
    target = tmp_path / "course-1.zip"
    release.pack({"a": b"old"}, target)
    before = target.read_bytes()

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", no_space)
    with pytest.raises(OSError, match="No space left"):
        release.pack({"a": b"new"}, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["course-1.zip"]


@pytest.mark.parametrize("error", [ValueError("built: there is no book"), OSError(28, "No space left on device")])
def test_failure_is_told_in_one_line(monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(release, "contents", fail)
    with pytest.raises(SystemExit, match=r"No release was written: .*[nN]o "):
        release.main()


def test_wheel_has_the_library_with_its_data_and_nothing_else(wheel, tmp_path):
    name, data = wheel
    (tmp_path / name).write_bytes(data)
    inside = set(names(tmp_path / name))
    assert {entry.split("/")[0] for entry in inside} == {"course_lib", f"course_lib-{release.version()}.dist-info"}
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "course_lib"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    there = {name for name in files.stdout.split() if (ROOT / name).exists()}  # not what was removed since the commit
    assert {entry for entry in inside if entry.startswith("course_lib/")} == there
    with zipfile.ZipFile(tmp_path / name) as packed:
        about = Parser().parsestr(packed.read(f"course_lib-{release.version()}.dist-info/METADATA").decode())
    assert about["Requires-Python"] == "<3.14,>=3.11"


def test_wheel_is_the_same_when_it_is_built_again(wheel):
    assert release.wheel() == wheel


def test_wheel_alone_can_be_imported_with_its_data(wheel, tmp_path):
    name, data = wheel
    (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / name) as packed:
        packed.extractall(tmp_path / "site")
    program = (
        "import course_lib, matplotlib.pyplot as p; p.style.use('course_lib.teaching.course'); print(course_lib.__path__[0])"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, env={"PYTHONPATH": "site"}, capture_output=True, text=True
    )
    assert ended.stdout.strip() == str(tmp_path / "site" / "course_lib")
