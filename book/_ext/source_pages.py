"""The pages with the library's source: Sphinx makes one again when its module's file is newer than the page.

To find the file it would import the module, and so at each build PyTorch and all else that the library needs: some seconds.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec

from sphinx.application import Sphinx
from sphinx.ext import viewcode


def file_of(app: Sphinx, module: str) -> str | None:
    """The file of a module; None if there is none. Neither the module nor a package above it is imported."""
    package, *parts = module.split(".")
    found = find_spec(package)
    for part in parts:
        if found is None:
            return None
        package = f"{package}.{part}"
        found = PathFinder.find_spec(package, found.submodule_search_locations or [])
    return found.origin if found and found.has_location else None


def setup(app: Sphinx) -> None:
    viewcode.get_module_filename = file_of  # Sphinx has no setting for it
