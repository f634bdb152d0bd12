"""Run a competition, or take part: ``python -m course_lib.project COMMAND --help`` says what each command does.

For the teacher: prepare, score, board. For students: fit, predict, physics. For both, at the end: verify.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from pathlib import Path

from course_lib.project import commands
from course_lib.project.competition import SPLITS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and print what it did.

    Raises
    ------
    SystemExit
        With a message if an input is refused, or as :mod:`argparse` does.
    """
    options = vars(_parser().parse_args(arguments))
    run = options.pop("run")
    try:
        print(run(**options))
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_lib.project", description=__doc__)
    add = parser.add_subparsers(required=True, metavar="COMMAND").add_parser
    _add_prepare(add("prepare", help="make the folders handout/ and teacher/"))
    _add_students(add)
    one = add("score", help="score a submission; with --team, add it to the board")
    one.add_argument("submission", type=Path)
    one.add_argument("--competition", type=Path, required=True, help="the folder of `prepare --out`")
    one.add_argument("--team")
    one.set_defaults(run=commands.score)
    one = add("board", help="write the page of the leaderboard")
    one.add_argument("--competition", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True, help="an HTML file")
    one.add_argument("--title", default="Molecular energy: leaderboard")
    one.add_argument("--reveal", action="store_true", help="with the private scores")
    one.set_defaults(run=commands.board)
    one = add("verify", help="check the published truth against the handout")
    one.add_argument("truth", type=Path)
    one.add_argument("--handout", type=Path, required=True)
    one.set_defaults(run=commands.check)
    return parser


def _add_prepare(one: argparse.ArgumentParser) -> None:
    one.add_argument("--out", type=Path, required=True, help="folder to make")
    one.add_argument("--data", default="embedded", help="a file of molecules, a folder of xyz files, or 'embedded'")
    one.add_argument("--energies", type=Path, help="for a folder: its table id,energy")
    one.add_argument("--seed", type=int, default=secrets.randbits(64), help="drawn at random unless given; keep it secret")
    one.add_argument("--split", choices=list(SPLITS), default="composition", help="how the test is chosen")
    one.add_argument("--test", type=float, default=0.25, help="share of the molecules in the test; half of them public")
    one.add_argument("--checked", type=int, default=20, help="public molecules with copies for the physical score")
    one.add_argument("--a-day", type=int, default=5, help="submissions of a team a day")
    one.set_defaults(run=commands.prepare)


def _add_students(add) -> None:
    one = add("fit", help="train a recipe of the course on the training molecules")
    one.add_argument("--handout", type=Path, required=True, help="the folder that your teacher gave out")
    one.add_argument("--recipe", required=True, help="its name: an unknown one lists those that there are")
    one.add_argument("--model", type=Path, required=True, help="file to write, NAME.npz")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--jobs", type=int, default=1, help="processes at once")
    one.set_defaults(run=commands.fit)
    one = add("predict", help="write a submission with a stored model")
    one.add_argument("--handout", type=Path, required=True)
    one.add_argument("--model", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True, help="file to write, NAME.csv")
    one.add_argument("--jobs", type=int, default=1)
    one.set_defaults(run=commands.predict)
    one = add("physics", help="measure what a stored model breaks of physics")
    one.add_argument("--handout", type=Path, required=True)
    one.add_argument("--model", type=Path, required=True)
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--jobs", type=int, default=1)
    one.set_defaults(run=commands.physics)


if __name__ == "__main__":
    main()
