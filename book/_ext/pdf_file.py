"""The PDF as a file, after the browser has printed it: on which page its places are, and what it says about itself."""

from __future__ import annotations

import io

import pikepdf


def page_numbers(data: bytes, names: list[str]) -> dict[str, int]:
    """The page, counted from 1, on which each of the named places of a PDF is."""
    with pikepdf.open(io.BytesIO(data)) as file:
        numbers = {page.objgen: number for number, page in enumerate(file.pages, start=1)}
        return {name: numbers[file.Root.Dests[f"/{name}"][0].objgen] for name in names}


def finished(data: bytes, about: dict[str, str]) -> tuple[int, bytes]:
    """The number of pages, and the PDF with its title, author and date, packed, and no trace of when and where it was made."""
    date = f"D:{about['date'].replace('-', '')}000000Z"
    known = {"/Title": about["title"], "/Author": about["author"], "/CreationDate": date, "/ModDate": date}
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as file:
        file.trailer.Info = file.make_indirect(pikepdf.Dictionary({name: pikepdf.String(text) for name, text in known.items()}))
        file.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        with file.open_outline() as bookmarks:
            _each_once(bookmarks.root)
        # A tag for each word of the code makes most of the file: packed together they weigh little.
        file.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        return len(file.pages), out.getvalue()


def _each_once(bookmarks: list[pikepdf.OutlineItem]) -> None:
    """Mend the titles of bookmarks: Chromium says a heading that begins a page twice."""
    for bookmark in bookmarks:
        half = bookmark.title[: len(bookmark.title) // 2]
        if bookmark.title == half + half:
            bookmark.title = half
        _each_once(bookmark.children)
