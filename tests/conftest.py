"""What all tests share."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def style_of_pictures_ends_with_the_test() -> Iterator[None]:
    """Sheets and chapters choose a style; the next test in the same process begins without it."""
    with plt.rc_context():
        yield
