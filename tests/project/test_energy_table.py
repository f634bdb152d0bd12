import csv
import io

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_lib.project import energy_table as module
from course_lib.project.energy_table import MOST_ENERGY, energy_table, read_energy_table, shown
from course_lib.project.writers import write_energy_table

GOOD = "id,energy\nm1,-12.5\nm2,-3\n"
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)


def test_a_plain_table_is_read():
    assert energy_table(GOOD.encode()) == {"m1": -12.5, "m2": -3.0}


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD + "\n\n ,\n",
        '"id","energy"\n"m1","-12.5"\n"m2","-3"\n',
        GOOD.replace("-12.5", " -1.25E+01 "),
    ],
)
def test_other_ways_of_writing_the_same_table_give_the_same(text):
    assert energy_table(text.encode()) == {"m1": -12.5, "m2": -3.0}


@given(st.dictionaries(IDS, st.floats(-MOST_ENERGY, MOST_ENERGY), min_size=1))
def test_what_is_written_is_read_to_the_last_digit(table):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("id", "energy"), *((name, repr(energy)) for name, energy in table.items())])
    assert energy_table(buffer.getvalue().encode()) == table


def test_a_written_file_is_read_to_the_last_digit(tmp_path):
    table = dict(zip("abc", np.random.default_rng(0).normal(size=3), strict=True))
    write_energy_table(tmp_path / "t.csv", table)
    assert read_energy_table(tmp_path / "t.csv") == table


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"\xef\xbb\xbf\n", "line 1: expected the columns 'id,energy', got ''"),
        (b"id,energy\n", "expected a line for each molecule below 'id,energy', got none"),
        (b"PK\x03\x04rest", "this is a zip file or a spreadsheet; save it as comma-separated text"),
        (b"\x1f\x8brest", "this is packed; save it"),
        (GOOD.encode("utf-16"), "this is text in UTF-16; save it as"),
        (GOOD.encode("utf-16-le"), "byte 2 is zero, so this is no text"),
        (b"id,energy\nm1,\xe9\n", "byte 14 is no text in UTF-8"),
        (b"id,energy\nm1,-1\x00\n", "byte 16 is zero"),
        (b"\x00" * 100, "byte 1 is zero"),
        (b"id;energy\nm1;-1,5\n", "line 1: .*separated by semicolons: write commas between cells, and decimal points"),
        (b"id\tenergy\nm1\t-1.5\n", "line 1: .*it is separated by tabulators"),
        (b"m1,-1.5\n", "line 1: expected the columns 'id,energy', got 'm1,-1.5'"),
        (b"Id,Energy\nm1,-1.5\n", "line 1: expected the columns 'id,energy', got 'Id,Energy'"),
        (b"id,energy,note\nm1,-1.5,x\n", "line 1: expected the columns"),
        (b",id,energy\n0,m1,-1.5\n", r"line 1: expected the columns .* index: leave it out with to_csv\(FILE, index=False\)"),
        (b"id,energy\nm1,-1.5,x\n", "line 2: expected 2 cells, id and energy, got 3$"),
        (b"id,energy\nm1,-12,5\n", "line 2: expected 2 cells.*got 3; if the energy has a decimal comma, write a point"),
        (b"id,energy\nm1;-12\n", "line 2: expected 2 cells.*got 1; write commas between cells"),
        (b'id,energy\nm1,"-12,5"\n', "line 2: .*'-12,5': write a decimal point for the comma"),
        (b"id,energy\nm1\n", "line 2: expected 2 cells, id and energy, got 1$"),
        (b"id,energy\nm1,\n", "line 2: expected an energy in eV such as -42.17, got an empty cell"),
        (b"id,energy\nm1,-1\nm2,nan\n", "line 3: .*'nan', which is no finite number"),
        (b"id,energy\nm1,-Infinity\n", "line 2: .*'-Infinity', which is no finite number"),
        (b"id,energy\nm1,1e999\n", "line 2: '1e999' is no energy of a molecule in eV"),
        (b"id,energy\nm1,-1000001\n", "line 2: '-1000001' is no energy of a molecule in eV"),
        (b"id,energy\nm1,1_000\n", "line 2: expected an energy in eV"),
        ("id,energy\nm1,−12\n".encode(), "line 2: expected an energy in eV"),
        ("id,energy\nm1,١٢\n".encode(), "line 2: expected an energy in eV"),
        (b"id,energy\nm1,0x10\n", "line 2: expected an energy in eV"),
        (b"id,energy\nm1,high\n", "line 2: expected an energy in eV such as -42.17, got 'high'"),
        (b"id,energy\nm1,=cmd|'/C calc'!A0\n", "line 2: .*looks like a spreadsheet's formula: write its value"),
        (b"id,energy\nm1,@SUM(1)\n", "line 2: .*looks like a spreadsheet's formula"),
        (b"id,energy\nm1,+2*3\n", "line 2: .*looks like a spreadsheet's formula"),
        (b"id,energy\n=cmd|x,-1\n", "line 2: the id '=cmd|x' looks like a spreadsheet's formula"),
        (b"id,energy\n-m1,-1\n", "line 2: the id '-m1' looks like a spreadsheet's formula"),
        (b"id,energy\nm1 ,-1\n", "line 2: the id 'm1 ' has spaces around it; take them away"),
        (b"id,energy\nm 1,-1\n", "line 2: 'm 1' is no id"),
        (b"id,energy\n,-1\n", "line 2: '' is no id"),
        (b"id,energy\n../x,-1\n", "line 2: '../x' is no id"),
        (b"id,energy\n<script>,-1\n", "line 2: '<script>' is no id"),
        (b"id,energy\nm1,-1\nm2,-1\nm1,-2\n", "line 4: m1 stands there twice"),
        (b'id,energy\n"m1\n",-1\n', "line 3: the id"),
        (b'id,energy\n"m1,-1\n', "line 2: this is not comma-separated text"),
        (b"id,energy\n" + b"a" * 200_000 + b",-1\n", "line 2: this is not comma-separated text .*field larger than"),
        (b"id,energy\nm1,\x1b[31mred\n", r"line 2: .*'\\x1b\[31mred'"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_line_and_what_to_do(content, message):
    expected = message.replace("|", r"\|").replace("-42.17", r"-42\.17")
    with pytest.raises(ValueError, match=expected) as refused:
        energy_table(content, "team.csv")
    assert str(refused.value).startswith("team.csv")
    assert str(refused.value).isascii()
    assert str(refused.value).isprintable()


def assert_valid_or_refused(content):
    try:
        table, message = energy_table(content), ""
    except ValueError as error:
        table, message = {"m": 0.0}, str(error)
    assert message.isprintable()
    assert table
    assert all(isinstance(name, str) and abs(energy) <= MOST_ENERGY for name, energy in table.items())


@settings(max_examples=500)
@given(st.binary(max_size=200))
@example(b"id,energy\n\x85")
def test_any_bytes_give_a_valid_table_or_a_value_error(content):
    assert_valid_or_refused(content)


@settings(max_examples=500)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(["", "id,energy\n", "id,energy\nm1,"]))
@example('"', "id,energy\nm1,")
@example("1e5\r\n\r\n'", "id,energy\nm1,")
@example("1\x85\u2028", "id,energy\nm1,")
def test_any_text_behind_a_good_start_gives_a_valid_table_or_a_value_error(text, start):
    assert_valid_or_refused((start + text).encode())


def test_what_is_too_large_is_refused_before_it_is_taken_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    (tmp_path / "t.csv").write_text(GOOD + "#" * 1000)
    with pytest.raises(ValueError, match="expected at most 0 MB"):
        read_energy_table(tmp_path / "t.csv")


def test_up_to_20_megabytes_are_read():
    with pytest.raises(ValueError, match=r"^submission: expected at most 20 MB; a line for each molecule"):
        energy_table(bytes(20_000_001))
    with pytest.raises(ValueError, match="byte 1 is zero"):
        energy_table(bytes(20_000_000))


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_what_is_no_ordinary_file_is_not_opened(tmp_path, name):
    with pytest.raises(ValueError, match="expected an ordinary file"):
        read_energy_table(tmp_path / name)


def test_a_table_of_many_lines_is_read():
    content = b"id,energy\n" + b"".join(b"m%06d,-1\n" % i for i in range(200_000))
    assert len(energy_table(content)) == 200_000


def test_quotations_are_short_and_do_nothing_to_a_terminal():
    assert shown("\x1b[2J") == r"'\x1b[2J'"
    assert len(shown("é" * 10_000)) < 200
