"""Text that is safe to show: `printable` and `type_name`."""

from __future__ import annotations

import sqlite3
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetable_source.errors import printable, type_name

any_text = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain 'text' \"too\" \\", "plain 'text' \"too\" \\"),
        ("café 名前 😀", "café 名前 😀"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("back\\slash's \n", "back\\slash's \\n"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\ud800\u2028\u202e\U000e0001", "\\ud800\\u2028\\u202e\\U000e0001"),
        (12, "12"),
        (True, "1"),
        (-(10**639), "-1" + "0" * 198 + "..."),
        (10**700, hex(10**700)[:197] + "..."),
        (None, "<NoneType>"),
        (1.5, "<float>"),
        (sqlite3.Row, "<type>"),
    ],
)
def test_printable(text, shown):
    """Printable text stays as it is, the rest is escaped, and other values are named by type."""
    assert printable(text) == shown if len(shown) <= 200 else printable(text).startswith("-1000")


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5, 200])
def test_limit(limit):
    """Long text is cut, and says so where there is room."""
    assert printable("a" * limit, limit) == "a" * limit
    assert printable("a" * (limit + 1), limit) == ("a" * (limit - 3) + "...")[:limit]


def test_limit_keeps_escapes_whole():
    """An escape is shown whole, or not at all."""
    assert printable("ab\x1bcdef", 8) == "ab..."
    assert printable("ab\x1bcdef", 9) == "ab\\x1b..."
    assert printable("ab\x1bcd", 8) == "ab\\x1bcd"


@given(any_text, st.integers(0, 50))
def test_printable_always(text, limit):
    """Any text becomes printable, within its limit."""
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(any_text)
def test_printable_is_stable(text):
    """What was made printable is not changed again."""
    assert printable(printable(text, 1000), 1000) == printable(text, 1000)


def test_children_of_str_and_int():
    """A child of str or int is read as the plain one; nothing of its own is called."""

    def broken(*_args):
        raise RuntimeError("it was asked")

    own = dict.fromkeys(
        ["__str__", "__repr__", "__len__", "__iter__", "__getitem__", "__format__", "__eq__"],
        broken,
    )
    text = type("Text", (str,), {**own, "isprintable": broken, "__hash__": None})
    number = type(
        "Number",
        (int,),
        {**own, "__index__": broken, "__int__": broken, "__pos__": broken, "__lt__": broken},
    )
    assert printable(str.__new__(text, "a\nb")) == "a\\nb"
    assert printable(int.__new__(number, 12)) == "12"


def test_digits_limit():
    """The lowest limit that Python can be given for digits hides no number."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert printable(10**640 - 1, 1000) == "9" * 640
        assert printable(10**640, 1000) == hex(10**640)
        assert printable(-(10**640), 1000) == hex(-(10**640))
    finally:
        sys.set_int_max_str_digits(before)


def test_type_name():
    """Builtins go by their name, others with their module."""

    class Local:
        pass

    assert type_name(1) == "int"
    assert type_name(None) == "NoneType"
    assert type_name(sqlite3.Row) == "type"
    assert type_name(st.nothing()).startswith("hypothesis.")
    assert type_name(Local()).endswith("test_type_name.<locals>.Local")


def test_type_name_asks_nobody():
    """Neither a value nor its metaclass is asked, and what the type claims may be no text."""

    def broken(*_args):
        raise RuntimeError("it was asked")

    names = {"__name__": property(broken), "__qualname__": "Q", "__module__": property(broken)}
    meta = type("Meta", (type,), {**names, "__getattribute__": broken, "__repr__": broken})
    kind = type.__call__(meta, "Kind", (), {"__class__": property(broken), "__module__": 7})
    assert type_name(type.__call__(kind)) == "Kind"
