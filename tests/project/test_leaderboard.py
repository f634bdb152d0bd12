import json
import multiprocessing
import os
import re
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from course_lib.project import leaderboard
from course_lib.project.board_page import board_page
from course_lib.project.entries import Entry, entry, team_name
from course_lib.project.leaderboard import append, best, read_board
from course_lib.project.physical_score import PhysicalScore
from course_lib.project.submissions import Score

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCORE = Score(0.5, 0.4, 0.625, 0.43, PhysicalScore(0.0, 0.125, 1e-9, 0.0, float("nan")))
PRIVATE = {"0.6250", "0.625", "0.4300", "0.43"}


def made(team="Noether", public=0.5, private=0.625, hours=0):
    return replace(entry(team, NOON + timedelta(hours=hours), "ab" * 32, SCORE), public_rmse=public, private_rmse=private)


def test_entries_come_back_in_the_order_in_which_they_were_added(tmp_path):
    entries = [made("Noether"), made("Curie", 0.25), made("Noether", 0.375, hours=1)]
    for one in entries:
        assert append(tmp_path / "board.jsonl", one, a_day=5) == []
    assert read_board(tmp_path / "board.jsonl") == (entries, [])
    assert entries[0].extensivity is None
    assert entries[0].symmetry == 0.125


def test_a_board_that_is_not_there_is_empty(tmp_path):
    assert read_board(tmp_path / "board.jsonl") == ([], [])


def test_earlier_lines_stay_as_they_are_byte_by_byte(tmp_path):
    file = tmp_path / "board.jsonl"
    line = json.dumps(asdict(made()), indent=None, separators=(" , ", " : ")).encode()
    file.write_bytes(line + b"\n")
    append(file, made("Curie"), a_day=5)
    assert file.read_bytes().startswith(line + b"\n")


def changed(**fields):
    return json.dumps(asdict(made()) | fields).encode()


DAMAGED = [
    *(b"{", b"\xff\xfe", b'{"team": "x"}', b"[]", b"3", b"[" * 50_000),
    *(changed(public_rmse="0"), changed(public_rmse=float("nan")), changed(time=5), changed(time="noon")),
    *(changed(private_mae=-1.0), changed(more=1), changed(team="a\nb"), changed(team=None), changed(rotation=None)),
]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_line_is_reported_put_aside_and_nothing_is_lost(tmp_path, line):
    file = tmp_path / "board.jsonl"
    append(file, made("Noether"), a_day=5)
    file.write_bytes(line + b"\n" + file.read_bytes())
    assert read_board(file) == ([made("Noether")], [line])
    assert append(file, made("Curie"), a_day=5) == [line]
    assert read_board(file) == ([made("Noether"), made("Curie")], [])
    assert (tmp_path / "board.jsonl.damaged").read_bytes() == line + b"\n"


def test_a_line_cut_off_by_a_crash_does_not_swallow_the_next(tmp_path):
    file = tmp_path / "board.jsonl"
    append(file, made("Noether"), a_day=5)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:50])
    append(file, made("Curie"), a_day=5)
    assert [one.team for one in read_board(file)[0]] == ["Noether", "Curie"]


def test_a_failure_while_writing_leaves_the_board_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "board.jsonl"
    append(file, made("Noether"), a_day=5)
    before = file.read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(leaderboard.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        append(file, made("Curie"), a_day=5)
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"board.jsonl", "board.jsonl.lock"}


def _add(file, name, count):
    for _ in range(count):
        append(file, made(name), a_day=1000)


def test_programs_that_add_at_once_lose_nothing(tmp_path):
    file, names = tmp_path / "board.jsonl", ["A", "B", "C", "D"]
    context = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
    threads = [threading.Thread(target=_add, args=(file, name, 15)) for name in names[:2]]
    workers = [context.Process(target=_add, args=(file, name, 15)) for name in names[2:]]
    for one in [*workers, *threads]:
        one.start()
    for one in [*workers, *threads]:
        one.join()
    entries, damaged = read_board(file)
    assert damaged == []
    assert sorted(one.team for one in entries) == sorted(names * 15)


def test_a_team_that_hands_in_too_often_waits_until_tomorrow_whatever_its_capitals(tmp_path):
    file = tmp_path / "board.jsonl"
    for hours in (0, 1):
        append(file, made("Noether", hours=hours), a_day=2)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"^team: NOETHER has made 2 submissions today, of 2"):
        append(file, made("NOETHER", hours=2), a_day=2)
    assert file.read_bytes() == before
    append(file, made("Noether", hours=13), a_day=2)
    for other in ("Curie", "Zuse"):
        append(file, made(other), a_day=2)
    assert len(read_board(file)[0]) == 5


@pytest.mark.parametrize("name", ["", "  ", "a" * 41, "a\nb", "a\x1b[31m", "a\u202eb", "a\x00", "a\u200b", None, 5])
def test_names_that_cannot_be_printed_are_refused(name):
    with pytest.raises(ValueError, match=r"^team: expected a name of at most 40 printable characters"):
        team_name(name)


def test_two_ways_to_write_one_name_are_one_name():
    assert team_name(" Ame\u0301lie ") == team_name("Am\u00e9lie") == "Am\u00e9lie"


def test_a_team_counts_with_its_least_public_error_and_the_earlier_of_equals():
    entries = [made("A", 0.5), made("B", 0.4), made("A", 0.3, 0.9, hours=1), made("a", 0.3, 0.1, hours=2), made("B", 0.6, 0.0)]
    assert best(entries) == [entries[2], entries[1]]


def table_of(page):
    soup = BeautifulSoup(page, "html.parser")
    heads = [head.get_text() for head in soup.select("thead th")]
    return heads, [[cell.get_text() for cell in row.find_all(["td", "th"])] for row in soup.select("tbody tr")]


def test_the_page_shows_the_best_submission_of_each_team_and_no_private_number():
    page = board_page([made("A"), made("B", 0.25), made("A", 0.375)])
    heads, rows = table_of(page)
    assert heads[:4] == ["Rank", "Team", "RMSE, public", "MAE, public"]
    assert [row[:3] for row in rows] == [["1", "B", "0.2500"], ["2", "A", "0.3750"]]
    assert rows[1][heads.index("Submissions")] == "2"
    assert rows[0][heads.index("Extensivity")] == "–"
    assert rows[0][heads.index("Symmetry")] == "0.1250"
    assert not any(number in page for number in PRIVATE)


def test_the_revealed_page_ranks_by_the_private_error_of_the_submission_that_is_best_in_public():
    page = board_page([made("A", 0.3, 0.9), made("A", 0.4, 0.1), made("B", 0.5, 0.6)], reveal=True)
    heads, rows = table_of(page)
    assert heads[2] == "RMSE, private"
    assert [row[:3] for row in rows] == [["1", "B", "0.6000"], ["2", "A", "0.9000"]]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "'&amp;", "{title}", "=cmd|' /C calc'!A0"]
)
def test_hostile_names_and_titles_are_shown_as_they_are_and_do_nothing(name):
    page = board_page([made(name)], title=name)
    soup = BeautifulSoup(page, "html.parser")
    assert table_of(page)[1][0][1] == name
    assert soup.title.get_text() == soup.h1.get_text() == name
    assert len(soup.find_all("script")) == 1
    assert soup.find("img") is None
    assert soup.select_one("tbody th")["data-key"] == name


def test_the_page_loads_nothing_and_allows_only_its_own_style_and_script():
    page = board_page([made()])
    assert not re.search(r"https?:|src=|@import|url\(|href=", page)
    assert "default-src 'none'" in page


def test_an_empty_board_is_a_page_too():
    assert table_of(board_page([]))[1] == []


def test_an_entry_is_checked():
    with pytest.raises(ValueError, match=r"^checksum: expected text"):
        replace(made(), checksum=5)
    with pytest.raises(ValueError, match=r"^team: expected 'A', got ' A'"):
        replace(made(), team=" A")
    assert isinstance(made(), Entry)
