"""Lines end nowhere inside a number and its unit."""

import pytest

from metaleak.reporting.joined import joined

#: The space that no line ends at, and its narrow kind.
HARD, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a leak in 86 % of", ["86", "%"]),
        ("3 ml and more", ["3", "ml"]),
        ("in [48, 68] of", ["[48,", "68]"]),
        ("OR [−10.5, ∞]", ["[−10.5,", "∞]"]),
        ("(k = 21)", ["k", "=", "21"]),
        ("p &lt; 0.001", ["p", "&lt;", "0.001"]),
        ("τ² = 0.5", ["τ²", "=", "0.5"]),
        ("164 / 201", ["164", "/", "201"]),
    ],
)
def test_a_number_stays_with_its_unit(text, parts):
    """The spaces between the parts are hard, all others stay."""
    assert joined(f"<p>{text}</p>") == f"<p>{text.replace(' '.join(parts), HARD.join(parts))}</p>"


def test_thousands_stay_together():
    """A thin space would let a line end."""
    assert joined("<td>1\u2009862\u2009004</td>") == f"<td>1{NARROW}862{NARROW}004</td>"


@pytest.mark.parametrize(
    "html",
    [
        "<pre>x = 1, 86 %</pre>",
        "<code>k = 21</code>",
        '<svg role="img"><g><text>86 %</text></g></svg>',
        '<a aria-label="86 %" href="#a">way</a>',
        "<p>5 small, 3 methods, [a, 2], 12 hours</p>",
    ],
)
def test_the_rest_stays_as_it_is(html):
    """What is copied letter by letter, drawings, attributes, and words that only begin like a unit."""
    assert joined(html) == html
