"""The scripts that pages load from the book itself are what their authors released."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "book" / "assets" / "vendor"


def test_every_vendored_file_has_its_recorded_checksum():
    recorded = dict(reversed(line.split(maxsplit=1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    files = [file for folder in ("mathjax", "widgets", "requirejs") for file in (VENDOR / folder).rglob("*") if file.is_file()]
    assert {str(f.relative_to(VENDOR)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files} == recorded


def test_refresh_script_and_readme_name_the_same_versions():
    fetched = set(re.findall(r"@(\d+\.\d+\.\d+)", (VENDOR / "refresh.sh").read_text()))
    described = set(re.findall(r"(?:MathJax|html-manager|RequireJS) (\d+\.\d+\.\d+)", (VENDOR / "README.md").read_text()))
    assert fetched == described
    assert len(fetched) == 3


def test_each_vendored_project_has_its_licence():
    assert "Apache License" in (VENDOR / "mathjax" / "LICENSE").read_text()
    assert (
        "BSD 3-Clause" in (VENDOR / "widgets" / "LICENSE").read_text()
        or "Redistribution and use" in (VENDOR / "widgets" / "LICENSE").read_text()
    )
    assert "MIT license" in (VENDOR / "requirejs" / "require.js").read_text()[:400]
