"""The pages of the library, where somebody looks a function up."""

import re

import pytest

from tests.book.pages import built
from tests.book.pages.built import ROOT

PAGES = sorted((ROOT / "book/library").glob("*.md"))


@pytest.mark.parametrize("source", PAGES, ids=lambda file: file.stem)
class TestLibraryPage:
    def test_each_module_has_its_title(self, source):
        modules = re.findall(r"automodule:: course_lib\.(\S+)", source.read_text(encoding="utf8"))
        titles = _tree(source).xpath("//article//section/*[self::h2 or self::h3][code]")
        assert [title.findtext("code/span") for title in titles] == modules

    def test_whatever_is_in_a_module_stands_under_its_title(self, source):
        for name in _tree(source).xpath("//article//dt[starts-with(@id, 'course_lib.')]"):
            module = next(name.iterancestors("section")).xpath("string((h2 | h3)/code)")
            assert name.get("id").startswith(f"course_lib.{module}.")

    def test_no_field_of_a_tuple_is_listed_only_to_say_its_number(self, source):
        assert "Alias for field number" not in _tree(source).text_content()


def _tree(source):
    return built.tree(source.relative_to(ROOT).with_suffix(".html").as_posix())
