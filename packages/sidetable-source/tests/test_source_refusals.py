"""Bad input: refused where the source is made, by an error that says what and why."""

from __future__ import annotations

import enum
import math
import sys

import pytest

from sidetable_source import (
    AttrSource,
    CallSource,
    ClosureSource,
    ConstantSource,
    GetItemSource,
    GlobalSource,
    ImportSource,
    InvalidSourceError,
    LocalSource,
)

X = LocalSource("x")


def untouchables():
    """Makes two objects that fail whatever is done to them, or to the class of the second."""

    def fail(*_args):
        raise RuntimeError("it was touched")

    touched_by = (
        "__bool__ __call__ __class__ __eq__ __format__ __getattribute__ __getitem__ __hash__ "
        "__index__ __instancecheck__ __iter__ __len__ __reduce_ex__ __repr__ __str__ "
        "__subclasscheck__"
    )
    own = dict.fromkeys(touched_by.split(), fail)
    touchy = type("Touchy", (), own)
    of_touchy_class = type("TouchyMeta", (type,), own)("C", (), {})
    return touchy(), type.__call__(of_touchy_class)


class Liar:
    """Claims to be a source, and is none."""

    __class__ = LocalSource
    parts = ()


class Text(str):
    """A child of str, which could do anything where a str is used."""

    __slots__ = ()


class Number(enum.IntEnum):
    """A child of int."""

    ONE = 1


BAD_NAMES = [
    "",
    " ",
    "a b",
    "a..b",
    "1a",
    "a-b",
    "x\n",
    "x;import os",
    '__import__("os").system("true")',
    "x\x00",
    "\ud800",
    "class",
    "None",
    "True",
    "lambda",
    "__debug__",
    "ﬁ",  # NFKC makes it two letters
    "𝐱",  # noqa: RUF001  # NFKC makes it a plain x
    "a" * 10_000 + " ",
    Text("x"),
    b"x",
    1,
    None,
    ["x"],
    X,
]

BAD_CONSTANTS = [
    [],
    {},
    set(),
    bytearray(b""),
    range(1),
    slice(1),
    object(),
    print,
    int,
    sys,
    Number.ONE,
    Text("x"),
    (1, [2]),
    frozenset({(1, Text("a"))}),
    ((((object(),),),),),
    10**640,
    -(10**640),
    (1, 10**100_000),
    Liar(),
    NotImplemented,
]


def type_of(value):
    """Name a case by its type: nothing of the value itself may be touched."""
    return type.__dict__["__name__"].__get__(type(value))


@pytest.mark.parametrize(
    "make",
    [
        LocalSource,
        ClosureSource,
        GlobalSource,
        ImportSource,
        X.attr,
        lambda name: CallSource(X, (), ((name, 1),)),
    ],
    ids=["local", "closure", "global", "import", "attr", "keyword"],
)
@pytest.mark.parametrize("name", BAD_NAMES, ids=type_of)
def test_names(make, name):
    """A name that code cannot use just as it stands is refused; nothing of it is called."""
    with pytest.raises(InvalidSourceError):
        make(name)


@pytest.mark.parametrize(
    "name", ["_", "x1", "é", "ß", "名前", "match", "type", "__import__", "print"]
)
def test_good_names(name):
    """Any identifier that Python reads as itself is a name, soft keywords and builtins too."""
    assert GlobalSource(name).name == name


@pytest.mark.parametrize("module", [".", ".a", "a.", "a..b", "..", "a.class", "a. b", "a/b", "a.1"])
def test_module_names(module):
    """A module has a full dotted name: not a relative one, and no part that is no name."""
    with pytest.raises(InvalidSourceError):
        ImportSource(module)


@pytest.mark.parametrize("value", BAD_CONSTANTS, ids=type_of)
@pytest.mark.parametrize(
    "make",
    [
        ConstantSource,
        X.item,
        X.call,
        lambda value: X.call(k=value),
        lambda value: X.item((value,)),
        lambda value: ConstantSource(((value,), 1)),
    ],
    ids=["constant", "key", "argument", "keyword", "in a key", "in a constant"],
)
def test_constants(make, value):
    """A constant that code cannot hold is refused wherever it stands; nothing of it is called."""
    with pytest.raises(InvalidSourceError):
        make(value)


@pytest.mark.parametrize(
    "make",
    [ConstantSource, lambda source: X.item((source,)), lambda source: X.call((1, (source,)))],
    ids=["constant", "in a key", "in an argument"],
)
def test_source_is_no_constant(make):
    """A source stands where a source can stand, and inside no constant."""
    with pytest.raises(InvalidSourceError):
        make(LocalSource("y"))


@pytest.mark.parametrize("base", [None, "x", 1, object, Liar()], ids=type_of)
@pytest.mark.parametrize(
    "make",
    [lambda base: AttrSource(base, "y"), lambda base: GetItemSource(base, 0), CallSource],
    ids=["attr", "item", "call"],
)
def test_bases(make, base):
    """The base of a step is a source, whatever else something may claim to be."""
    with pytest.raises(InvalidSourceError):
        make(base)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ([1], ()),
        ("ab", ()),
        (None, ()),
        ((), {"k": 1}),
        ((), [("k", 1)]),
        ((), (["k", 1],)),
        ((), (("k",),)),
        ((), (("k", 1, 2),)),
        ((), ("kv",)),
        ((), (("k", 1), ("k", 2))),
    ],
)
def test_arguments(args, kwargs):
    """Arguments are tuples, and keywords pairs of which no two are alike."""
    with pytest.raises(InvalidSourceError):
        CallSource(X, args, kwargs)


@pytest.mark.parametrize(
    "make",
    [
        LocalSource,
        ImportSource,
        ConstantSource,
        X.attr,
        X.item,
        X.call,
        lambda touchy: X.call(k=touchy),
        lambda touchy: X.item((1, (touchy,))),
        lambda touchy: AttrSource(touchy, "y"),
        lambda touchy: GetItemSource(touchy, 1),
        CallSource,
        lambda touchy: CallSource(X, touchy),
        lambda touchy: CallSource(X, (), touchy),
        lambda touchy: CallSource(X, (), (touchy,)),
        lambda touchy: CallSource(X, (), ((touchy, 1),)),
    ],
)
def test_nothing_is_touched(make):
    """A value is refused by its type alone: nothing of it, or of its class, is called."""
    for touchy in untouchables():
        with pytest.raises(InvalidSourceError):
            make(touchy)


def test_largest_integer():
    """An integer of 640 digits is held, and shown even where Python's own limit is lowest."""
    largest = 10**640 - 1
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert ConstantSource(largest).name == "9" * 640
        assert ConstantSource(-largest).name == "-" + "9" * 640
        assert eval(repr(ConstantSource(-largest))) == ConstantSource(-largest)
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("value", [math.nan, "x" * 1_000_000, b"\xff" * 100_000, "\ud800", ()])
def test_unusual_constants(value):
    """A constant of the right type is held, however odd or long."""
    assert eval(repr(ConstantSource(value))) == ConstantSource(value)


TEXTS = {
    lambda: LocalSource("a b"): """\
[ST101] LocalSource cannot use "a b" as its local_name. It is not an identifier. \
Give one plain Python name, as it stands in the code.""",
    lambda: ImportSource(7): """\
[ST101] ImportSource cannot use a value of type int as its module. It is not a str. \
Give the full dotted name of a module, such as "os.path".""",
    lambda: GlobalSource("ﬁ"): """\
[ST101] GlobalSource cannot use "ﬁ" as its global_name. Python reads it as another name, fi. \
Give one plain Python name, as it stands in the code.""",
    lambda: X.item([]): """\
[ST101] GetItemSource cannot hold a value of type list here. Code can hold None, ..., bool, int, \
float, complex, str, bytes, and tuples and frozensets of these: exactly these types, no \
subclasses. Convert it to one of these, or give a source that says where to fetch it.""",
    lambda: AttrSource("x", "y"): """\
[ST101] AttrSource cannot use a value of type str as its base. It is not a source. \
Start from a source, such as LocalSource("self").""",
    lambda: CallSource(X, [1]): """\
[ST101] CallSource cannot use these arguments. Its `args` are not a tuple. \
Make the call with source.call(*args, **kwargs).""",
    lambda: CallSource(X, (), 1): """\
[ST101] CallSource cannot use these arguments. Its `kwargs` are not a tuple of pairs. \
Make the call with source.call(*args, **kwargs).""",
    lambda: CallSource(X, (), (1,)): """\
[ST101] CallSource cannot use these arguments. Its `kwargs` hold something that is not a pair. \
Make the call with source.call(*args, **kwargs).""",
    lambda: CallSource(X, (), (("k", 1), ("k", 2))): """\
[ST101] CallSource cannot use these arguments. The keyword k is given twice. \
Make the call with source.call(*args, **kwargs).""",
    lambda: ConstantSource(X): """\
[ST101] ConstantSource cannot hold a value of type sidetable_source.sources.LocalSource here. \
Code can hold None, ..., bool, int, float, complex, str, bytes, and tuples and frozensets of \
these: exactly these types, no subclasses. Convert it to one of these, or give a source that says \
where to fetch it.""",
    lambda: ConstantSource(10**640): """\
[ST101] ConstantSource cannot hold an integer of more than 640 decimal digits. Python may refuse \
to show a longer one. Fetch it from where it is kept, or compute it there.""",
    lambda: X.__setstate__({}): """\
[ST101] A pickle tries to change a LocalSource. A source is made by its constructor and never \
changed. Do not load the pickle; make a new one from the source itself.""",
    lambda: repr(object.__new__(GetItemSource)): """\
[ST101] This GetItemSource is half-made. It was not made by calling its class. \
Make it with GetItemSource(base, key).""",
}


@pytest.mark.parametrize(("make", "text"), TEXTS.items())
def test_texts(make, text):
    """The text says what happened, why, and what to do."""
    with pytest.raises(InvalidSourceError) as caught:
        make()
    assert str(caught.value) == text
