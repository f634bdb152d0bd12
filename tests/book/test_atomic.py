"""A file is there as a whole or not at all."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from atomic import whole_file

ROOT = Path(__file__).parents[2]


def test_file_appears_when_it_is_finished(tmp_path):
    target = tmp_path / "new" / "file"
    with whole_file(target) as file:
        file.write(b"all")
        assert not target.exists()
    assert target.read_bytes() == b"all"
    assert target.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("too large")])
def test_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def write():
        with whole_file(target) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(type(error)):
        write()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_two_writers_at_once_do_not_mix(tmp_path):
    target = tmp_path / "file"
    with whole_file(target) as one:
        one.write(b"one ")
        with whole_file(target) as other:
            other.write(b"other")
        one.write(b"and all")
    assert target.read_bytes() == b"one and all"
    assert len(list(tmp_path.iterdir())) == 1


# The program may write 4000 bytes to a file and no more, as when a disk is full.
WRITER = """
import resource, sys
from pathlib import Path
from atomic import whole_file
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
with whole_file(Path(sys.argv[1])) as file:
    for _ in range(1000):
        file.write(b"some bytes")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_disk_that_takes_no_more_leaves_the_old_file(tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(target)]
    ended = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "book" / "_ext")})
    assert ended.returncode == 1
    assert "OSError" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert target.read_bytes() == b"old"
