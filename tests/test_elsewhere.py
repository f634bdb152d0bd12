"""Chapters are executed as another processor would, and every claim that fails there is named."""

from tests import elsewhere
from tests.book.small_book import CHAPTER

CODE = """import exercises  # as sheets do
import torch
assert torch.backends.cpu.get_cpu_capability() != "DEFAULT"
```

```{code-cell} ipython3
1 / 0"""


def test_libraries_are_told_and_each_cell_that_fails_is_shown(tmp_path, capsys):
    page = tmp_path / "chapter.md"
    page.write_text(CHAPTER.format(title="A chapter", code=CODE))
    assert elsewhere.main([page], ["SSE", "as it is"], 2) == 2
    old, own = capsys.readouterr().out.split("chapter.md, as it is:")
    assert old.count("→") == 2
    assert "assert torch.backends.cpu.get_cpu_capability()" in old
    assert own.count("→") == 1
    assert "ZeroDivisionError: division by zero" in own
