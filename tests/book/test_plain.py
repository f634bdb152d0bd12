import pytest

from plain import plain_markdown


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("Text with $x$ and `code`.", "Text with $x$ and `code`."),
        (":::{exercise} Sum, 1 mark\n:label: a\n\nAdd $x$.\n:::", "### Sum, 1 mark\n\nAdd $x$."),
        (":::{admonition} Note\n:class: tip\n**One** two.\n\nThree.\n:::", "> **Note**\n>\n> **One** two.\n>\n> Three."),
        (
            "::::{admonition} Hint 1\n:class: tip dropdown\n\n$$\nx\n$$ (eq-a)\n::::",
            "<details><summary><b>Hint 1</b> (click to unfold)</summary>\n\n$$\nx\n$$\n\n</details>",
        ),
        ("See {doc}`the Gaussians <gaussians>` and {doc}`more of them <a/b>`.", "See the Gaussians and more of them."),
        ("Press {kbd}`Tab`.", "Press Tab."),
        (":::{admonition} One\nA\n:::\n\n:::{admonition} Two\nB\n:::", "> **One**\n>\n> A\n\n> **Two**\n>\n> B"),
    ],
)
def test_text_is_written_plainly(myst, plain):
    assert plain_markdown(myst) == plain


@pytest.mark.parametrize(
    "myst", ["{doc}`gaussians`", "{eq}`eq-a`", "{cite:t}`bishop`", "```{figure} a.png\n```", ":::{note}\nopen"]
)
def test_what_cannot_be_written_plainly_is_refused(myst):
    with pytest.raises(ValueError, match="cannot be written in plain Markdown"):
        plain_markdown(myst)
