"""What the playground runs in a browser does the same in any other Python."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import sys
import weakref
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PLAYGROUND = Path(__file__).resolve().parents[1] / "assets" / "playground"
EXAMPLES = PLAYGROUND / "examples"
EXPECTED = json.loads((Path(__file__).parent / "playground_examples.json").read_text("utf-8"))

PREAMBLE = """\
from sidetable_core import SideTable
from sidetable_source import LocalSource
class Pool:
    def __init__(self, name):
        self.name = name
table = SideTable("pools")
"""


@pytest.fixture(scope="module", autouse=True)
def playground():
    """The playground's package can be imported, and leaves no bytecode among the site's files."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(PLAYGROUND))
    yield
    sys.path.remove(str(PLAYGROUND))
    sys.dont_write_bytecode = before


def run_steps(source):
    """Runs code as the playground does."""
    return importlib.import_module("sidetable_playground.stepping").run_steps(source)


def states(*lines):
    """Returns each step of some code below the preamble: its line there, and the step."""
    steps = run_steps(PREAMBLE + "\n".join(lines))["steps"]
    first = PREAMBLE.count("\n")
    return [(step["lines"][0] - first, step) for step in steps if step["lines"][0] > first]


def names_in(state):
    """Returns what the objects of a state are called, by number."""
    return {one["number"]: f"{one['kind']} “{one['name']}”" for one in state["things"]}


def means(state):
    """Returns what each index means; "" for nothing."""
    names = names_in(state)
    rows = [row for table in state["tables"] for row in table["rows"]]
    return {str(row["index"]): names.get(row["bound"], "") for row in rows}


def lives(state):
    """Returns which objects are alive."""
    names = names_in(state)
    return {names[one["number"]]: one["life"] for one in state["things"]}


def test_every_example_is_in_the_list_and_is_expected_to_do_something():
    """What is not in the list cannot be chosen, and what is not expected is not looked at."""
    listed = [row["file"] for row in json.loads((EXAMPLES / "index.json").read_text("utf-8"))]
    assert sorted(listed) == sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert listed == list(EXPECTED)


@pytest.mark.parametrize("file", EXPECTED)
def test_an_example_is_a_plain_program(file):
    """It prints the same where nobody watches it."""
    source = (EXAMPLES / file).read_text("utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, file, "exec"), {"__name__": "__main__"})
    assert printed.getvalue().startswith(EXPECTED[file]["printed"])


@pytest.mark.parametrize("file", EXPECTED)
def test_the_last_state_of_an_example_is_the_expected_one(file):
    """What each index means, and which objects are alive."""
    done = run_steps((EXAMPLES / file).read_text("utf-8"))
    assert done["failure"] is None
    assert done["printed"].startswith(EXPECTED[file]["printed"])
    last = done["steps"][-1]["state"]
    assert (means(last), lives(last)) == (EXPECTED[file]["means"], EXPECTED[file]["lives"])


@pytest.mark.parametrize("file", EXPECTED)
def test_an_example_fits_beside_its_picture(file):
    """No line is so long that it would be cut off on a wide screen."""
    lines = (EXAMPLES / file).read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 58] == []


def test_each_statement_that_can_change_a_table_is_a_step():
    """Definitions and imports are none; a block that is left is one more."""
    source = """\
from contextlib import nullcontext
def f():
    return 1
with nullcontext():
    f()
"""
    assert [step["lines"][0] for step in run_steps(source)["steps"]] == [4, 5, 3, 5, 4]


def test_a_store_is_seen_when_it_has_been_done():
    """The state of a step is the one after its statement."""
    one, two = states('pool = Pool("one")', "table.store(pool)")
    assert means(one[1]["state"]) == {}
    assert means(two[1]["state"]) == {"0": "Pool “one”"}
    assert two[1]["told"] == ("Index 0 means Pool “one”.",)


def test_a_frame_is_seen_with_what_it_found():
    """Innermost last, above what was bound before the first of them."""
    steps = states(
        'pool = Pool("one")', "table.store(pool)",
        'with table.frame(Pool("two")):', '    with table.frame(Pool("three")):', "        pass",
    )  # fmt: skip
    inside = next(step["state"] for line, step in steps if line == 5)
    assert [layer["kind"] for layer in inside["layers"]] == ["found", "frame", "frame"]
    names = names_in(inside)
    bound = [names[number] for layer in inside["layers"] for _, number in layer["binds"]]
    assert bound == ["Pool “one”", "Pool “two”", "Pool “three”"]
    assert steps[-1][1]["state"]["layers"] == ()


def test_who_holds_an_object_is_seen():
    """Variables, attributes, items and frames, by expressions that a reader can find."""
    steps = states(
        "class App: pass", "app, pools = App(), [Pool('one')]", "app.pool = pools[0]",
        "with table.frame(app.pool):",
        "    pass",
    )  # fmt: skip
    holders = [one["holders"] for _, step in steps for one in step["state"]["things"]]
    assert ("app.pool", "pools[0]", "a frame") in holders


def test_a_death_is_told_when_it_happens():
    """Looking at the objects keeps none of them alive."""
    *_, last = states('pool = Pool("one")', "table.store(pool)", "del pool")
    assert lives(last[1]["state"]) == {"Pool “one”": "dead"}
    assert last[1]["told"] == ("Pool “one” has died: nothing holds it any more.",)
    assert last[1]["state"]["tables"][0]["rows"][0]["bound"] == 1


def test_an_object_that_nobody_saw_alive_is_an_unknown_one():
    """A store of a temporary binds what is dead already, and not what was bound before."""
    *_, last = states('pool = Pool("one")', "table.store(pool)", 'table.store(Pool("two"))')
    assert [row["bound"] for row in last[1]["state"]["tables"][0]["rows"]] == [0]


def test_what_a_frame_bound_is_not_taken_for_what_it_found():
    """Not even where both have died."""
    *_, last = states(
        'table.store(Pool("one"))',
        'with table.frame(Pool("two")):',
        "    pass",
    )
    assert lives(last[1]["state"]) == {"Pool “two”": "dead"}
    assert [row["bound"] for row in last[1]["state"]["tables"][0]["rows"]] == [0]


def test_a_large_table_is_seen_in_part():
    """The rows are counted all the same."""
    # CPython 3.12 warns where the variables of a comprehension are read while it is traced.
    *_, last = states("pools = list(map(Pool, map(str, range(2000))))", "table.store(*pools)")
    [table] = last[1]["state"]["tables"]
    assert (len(table["rows"]), table["more"]) == (40, 1960)
    assert table["text"].splitlines()[-1] == "... and 1960 more"


def test_a_snapshot_is_seen_with_what_it_holds():
    """Until it is dropped."""
    taken, dropped = states(
        'table.store(pool := Pool("one"))', "snapshot = table.snapshot()", "del snapshot"
    )[1:]
    names = names_in(taken[1]["state"])
    [kept] = taken[1]["state"]["kept"]
    assert (kept["kind"], [names[number] for number in kept["holds"]]) == (
        "snapshot",
        ["Pool “one”"],
    )
    assert dropped[1]["state"]["kept"] == ()


def test_nothing_of_the_code_is_alive_afterwards():
    """Neither its objects nor its tables, also after an error."""
    module = importlib.import_module("sidetable_core")
    gc.unfreeze()
    before = weakref.WeakSet(one for one in gc.get_objects() if type(one) is module.SideTable)
    pools = PREAMBLE.replace("Pool", "Leftover") + 'pool = Leftover("one")\ntable.store(pool)\n'
    run_steps(pools + "1 / 0\n")
    gc.collect()
    after = [one for one in gc.get_objects() if type(one) is module.SideTable]
    assert [one for one in after if one not in before] == []
    assert [one for one in gc.get_objects() if type(one).__name__ == "Leftover"] == []


def test_an_error_shows_the_lines_of_the_code_only():
    """No line of the library's, and none of the playground's."""
    failure = run_steps(PREAMBLE + "def look():\n    table.get(7)\nlook()\n")["failure"]
    assert failure["text"].count("File ") == failure["text"].count('File "example.py"') == 2
    assert (failure["line"], failure["code"]) == (8, "ST302")
    assert run_steps("x = (\n")["failure"]["line"] == 1


def test_an_error_that_is_caught_is_told():
    """The step says what its statement raised, and with which code."""
    steps = states("try:", "    table.get(7)", "except LookupError:", "    pass")
    assert steps[0][1]["told"] == ("It raised NoBindingError (ST302).",)


def test_what_browsers_do_not_have_is_said():
    """A thread that cannot be started is no fault of the reader's."""
    failure = run_steps('raise RuntimeError("can\'t start new thread")')["failure"]
    assert "no threads" in failure["hint"]
    assert "standard library" in run_steps("import nowhere_to_be_found")["failure"]["hint"]


def test_endless_code_is_watched_for_a_while_only():
    """The steps are bounded, and so is what is printed; the code runs to its end."""
    done = run_steps("for i in range(40_000):\n    print(i)\nx = 1\n")
    assert done["full"]
    assert len(done["steps"]) == 400
    assert len(done["printed"]) == 50_000


def test_the_tracing_of_others_goes_on_afterwards():
    """A debugger, or what measures coverage, is put back."""
    before = sys.gettrace()
    run_steps("x = 1")
    assert sys.gettrace() is before
