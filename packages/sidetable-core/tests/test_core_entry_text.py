"""The text of entry functions: what people read is the code that runs."""

from __future__ import annotations

import ast
import gc
import inspect
import linecache
import threading
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetable_core import SideTable
from sidetable_source import ConstantSource, LocalSource

X = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


def like(x, y=1):
    """The function that entry functions here stand for."""


def texts():
    """The names under which texts of entry functions can be read."""
    gc.collect()
    return {name for name in linecache.cache if name.startswith("<sidetable entry")}


def entry_of(*sources, graph=print, like=like, inputs=None):
    """An entry function that fetches these sources."""
    table = SideTable()
    for source in sources:
        table.register_user_object(None, source, hold="frame")
    return table.entry(graph, like=like, inputs=inputs)


def test_source_shows_the_prologue():
    """The text has the function's signature and one line for each object, in order."""
    entry = entry_of(X.attr("a"), X.item("b"))
    lines = [line.strip() for line in inspect.getsource(entry).splitlines()]
    assert lines[0] == "def like(x, y=1):"
    first, second = lines.index("object_0 = x.a"), lines.index("object_1 = x['b']")
    assert first < second
    assert any("graph(x, y)" in line for line in lines)


def test_source_shows_inputs():
    """The text has what the graph gets."""
    assert "graph(x.a, 5)" in inspect.getsource(
        entry_of(X, inputs=[X.attr("a"), ConstantSource(5)])
    )


def test_source_of_a_coroutine_function():
    """The text of a coroutine function is one."""

    async def waiting(x): ...

    text = inspect.getsource(entry_of(X, like=waiting))
    assert text.startswith("async def waiting(x):")
    assert "await graph(x)" in text


def test_text_is_python():
    """The text parses to one function definition, with no name left out."""
    (definition,) = ast.parse(inspect.getsource(entry_of(X, X.call(1, k=2)))).body
    assert isinstance(definition, ast.FunctionDef)
    assert [argument.arg for argument in definition.args.args] == ["x", "y"]


def test_names_of_two_entries_are_never_the_same():
    """Two entry functions never share a file name, also of one function and one table."""
    table = SideTable()
    entries = [table.entry(print, like=like) for _ in range(20)]
    entries += [SideTable().entry(print, like=like) for _ in range(20)]
    assert len({entry.__code__.co_filename for entry in entries}) == 40


def test_names_are_never_the_same_although_the_cache_is_cleared():
    """Whoever clears the cache of lines does not give an old name to a new text."""
    table = SideTable()
    first = table.entry(print, like=like)
    linecache.clearcache()
    second = table.entry(print, like=like)
    assert first.__code__.co_filename != second.__code__.co_filename
    del first
    assert "def like" in inspect.getsource(second)


def test_names_are_never_the_same_in_threads():
    """Entry functions made at once get different names."""
    table, names = SideTable(), []
    barrier = threading.Barrier(8)

    def make():
        barrier.wait()
        names.extend(table.entry(print, like=like).__code__.co_filename for _ in range(20))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 160


def test_name_of_the_function_is_in_the_file_name():
    """A traceback says which function the entry stands for."""
    assert "like" in entry_of().__code__.co_filename


def test_text_goes_with_the_function():
    """Dropping an entry function drops its text, and that of no other."""
    before = texts()
    kept, dropped = entry_of(X), entry_of(X)
    assert len(texts() - before) == 2
    del dropped
    assert texts() - before == {kept.__code__.co_filename}
    del kept
    assert texts() == before


def test_text_stays_while_a_traceback_needs_it():
    """What a traceback shows can be read as long as it exists."""
    before = texts()
    with pytest.raises(AttributeError) as caught:
        entry_of(X.attr("missing"))(5)
    assert len(texts() - before) == 1
    assert "object_0 = x.missing" in "".join(traceback.format_exception(caught.value))
    del caught
    assert texts() == before


def test_text_survives_a_check_of_the_cache():
    """No file on a disk is looked for."""
    entry = entry_of(X)
    linecache.checkcache()
    assert "object_0 = x" in inspect.getsource(entry)


def test_many_entries_leave_nothing():
    """Many entry functions made and dropped leave no text."""
    before = texts()
    table = SideTable()
    for _ in range(300):
        table.entry(print, like=like)
    assert texts() == before


@pytest.mark.parametrize("index", [0, 1, 2])
def test_traceback_shows_the_line_that_failed(index):
    """The traceback of a failed fetch shows the line of the object that failed."""
    names = ["real", "imag", "numerator"]
    names[index] = "missing"
    entry = entry_of(*(X.attr(name) for name in names))
    with pytest.raises(AttributeError) as caught:
        entry(5)
    (frame,) = [
        frame
        for frame in traceback.extract_tb(caught.value.__traceback__)
        if frame.filename.startswith("<sidetable")
    ]
    assert frame.line == f"object_{index} = x.missing"
    assert frame.name == "like"


@pytest.mark.parametrize(
    "source",
    [
        ConstantSource(-1).attr("missing"),
        ConstantSource((1, (2,))).attr("missing"),
        ConstantSource(float("nan")).attr("missing"),
        ConstantSource(frozenset({1})).attr("missing"),
        ConstantSource("text\nwith lines").attr("missing"),
        X.item(-1).attr("missing"),
    ],
    ids=str,
)
def test_traceback_shows_lines_with_constants(source):
    """Constants that are written as more than one node do not move any line."""
    entry = entry_of(ConstantSource(-1), source, X)
    with pytest.raises(AttributeError) as caught:
        entry([5])
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.line.startswith("object_1 = ")
    assert frame.line.endswith(".missing")


def test_positions_point_at_the_text():
    """Each instruction's columns are those of what it does in the text."""
    entry = entry_of(X.attr("real").attr("missing"))
    lines = inspect.getsource(entry).splitlines()
    pointed = set()
    for line, end_line, start, end in entry.__code__.co_positions():
        if None not in (line, start, end) and line == end_line:
            pointed.add(lines[line - 1].encode()[start:end].decode())
    assert {"x.real", "x.real.missing", "object_0", "graph(x, y)"} <= pointed


def test_line_of_the_graphs_call_is_in_the_traceback():
    """An error of the graph's passes through the line that calls it."""

    def graph(x, y):
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011  # has no text
        entry_of(X, graph=graph)(1)
    lines = [frame.line for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert any("graph(x, y)" in line for line in lines)


def test_first_line_is_the_definition():
    """Tools that look for the function find it at its first line."""
    entry = entry_of(X)
    lines, first = inspect.getsourcelines(entry)
    assert first == entry.__code__.co_firstlineno == 1
    assert lines[0].startswith("def like")
    assert inspect.getsourcefile(entry) == entry.__code__.co_filename


def test_lambda_has_a_text():
    """A lambda's entry function can be read too."""
    entry = entry_of(X, like=lambda x: None)
    assert "object_0 = x" in "".join(linecache.getlines(entry.__code__.co_filename))
    assert "object_0 = x" in inspect.getsource(entry)


CONSTANTS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.complex_numbers(),
        st.text(st.characters()),
        st.binary(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner)),
    max_leaves=6,
)


@given(CONSTANTS)
def test_name_and_code_agree(value):
    """The name that people read and the code that runs give the same value, of the same type."""
    table, source = SideTable(), ConstantSource(value)
    table.register_user_object(None, source, hold="frame")
    found = table.entry(lambda x: table.get(0), like=lambda x: None)(1)
    assert ConstantSource(found) == source
    assert ConstantSource(eval(source.name)) == source
