"""The playground in Chromium, from loading Python to a verdict of the kit."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

DOCS = Path(__file__).resolve().parents[2]
PLAYGROUND = DOCS / "assets" / "playground"
EXPECTED = json.loads((DOCS / "tests" / "playground_examples.json").read_text("utf-8"))
TITLES = {
    row["file"]: row["title"]
    for row in json.loads((PLAYGROUND / "examples" / "index.json").read_text("utf-8"))
}
PAGE = "playground.html"

PREAMBLE = """\
from sidetable_core import SideTable
from sidetable_source import LocalSource
class Pool: pass
table = SideTable("pools")
pool = Pool()
"""


def wait_for(page, state):
    """Waits until the playground says that it is so far."""
    page.wait_for_selector(f"body[data-playground={state}]")


@contextmanager
def running(page):
    """Waits for the run that the block starts, so that none is under way at the next one."""
    page.evaluate("document.body.dataset.playground = ''")
    yield
    wait_for(page, "ran")


def run(page, source):
    """Puts a program into the editor, and runs it."""
    page.fill("#pg-source", source)
    with running(page):
        page.click("#pg-run")


def select(page, title):
    """Shows an example, and what was typed into it."""
    chosen = "document.querySelector('#pg-example').selectedOptions[0].label"
    if page.evaluate(chosen) != title:
        with running(page):
            page.select_option("#pg-example", label=title)


def take_back(page):
    """Takes back what was typed into the example."""
    with running(page):
        page.click("#pg-reset")


def lives_in(page):
    """Returns which objects the picture shows as alive."""
    found = page.locator("#pg-figure [data-object]")
    return {
        found.nth(at).get_attribute("data-object"): found.nth(at).get_attribute("data-life")
        for at in range(found.count())
    }


def means_in(page):
    """Returns what each index means in the picture."""
    found = page.locator("#pg-figure [data-index]")
    return {
        found.nth(at).get_attribute("data-index"): found.nth(at).get_attribute("data-means")
        for at in range(found.count())
    }


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 390),
        # Each loads Python anew, which takes longer than anything else here.
        pytest.param("light", 390, marks=pytest.mark.deep),
        pytest.param("dark", 1280, marks=pytest.mark.deep),
    ],
)
def test_the_page_loads_and_shows_how_far_it_is(visiting, width, scheme):
    """A bar with an amount, then Python's version, then the first example with its picture."""
    page = visiting(width=width, scheme=scheme).goto(PAGE)
    expect(page.locator("#pg-amount")).to_contain_text(re.compile(r"[1-9][.\d]* of about \d+ MB"))
    wait_for(page, "ran")
    expect(page.locator("#pg-loading")).to_be_hidden()
    expect(page.locator("#pg-problem")).to_be_hidden()
    expect(page.locator("#pg-told")).to_contain_text("hand-made: False - SideTable: True")
    assert means_in(page) == {"0": "Pool “outer”"}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#pg-figure svg").bounding_box()["width"] <= width


@pytest.mark.parametrize("file", EXPECTED)
def test_an_example_runs_and_its_picture_shows_the_last_state(playground, file):
    """Indices with what they mean, and objects with whether they are alive."""
    select(playground, TITLES[file])
    take_back(playground)  # whatever another test has typed there
    expect(playground.locator("#pg-output")).to_contain_text(EXPECTED[file]["printed"].rstrip())
    playground.focus("#pg-back")
    playground.keyboard.press("End")
    assert means_in(playground) == EXPECTED[file]["means"]
    assert lives_in(playground) == EXPECTED[file]["lives"]


def test_an_example_stops_at_the_moment_that_matters(playground):
    """In the inner call, while the outer one is under way: both are in the picture."""
    select(playground, "A call inside a call")
    take_back(playground)
    expect(playground.locator("#pg-lines .pg-now")).to_contain_text("# stop here")
    expect(playground.locator("#pg-next")).to_have_attribute("aria-disabled", "false")
    assert means_in(playground) == {"0": "Pool “inner”"}
    assert lives_in(playground)["Pool “outer”"] == "alive"


def test_the_arrow_keys_go_through_the_steps(playground):
    """Back and on, to the ends and not further, with the line and the words of each step."""
    run(playground, PREAMBLE + "table.store(pool)\ndel pool\n")
    count = playground.locator("#pg-count")
    expect(count).to_have_text("4 of 4")
    assert lives_in(playground) == {"a Pool": "dead"}
    playground.focus("#pg-back")
    playground.keyboard.press("ArrowLeft")
    expect(count).to_have_text("3 of 4")
    assert lives_in(playground) == {"a Pool": "alive"}
    expect(playground.locator("#pg-lines .pg-now")).to_have_text("table.store(pool)")
    expect(playground.locator("#pg-told")).to_contain_text("Index 0 means a Pool.")
    playground.keyboard.press("Home")
    playground.keyboard.press("ArrowLeft")
    expect(count).to_have_text("1 of 4")
    expect(playground.locator("#pg-back")).to_have_attribute("aria-disabled", "true")
    playground.focus("#pg-step")
    playground.keyboard.press("End")
    expect(count).to_have_text("4 of 4")
    expect(playground.locator("#pg-step")).to_have_attribute("aria-valuetext", "Step 4 of 4")


def test_the_steps_play_by_themselves(playground):
    """From the first one, until they are stopped."""
    run(playground, PREAMBLE + "table.store(pool)\n")
    playground.click("#pg-play")
    expect(playground.locator("#pg-count")).to_have_text("2 of 3")
    expect(playground.locator("#pg-count")).to_have_text("3 of 3")
    expect(playground.locator("#pg-play")).to_have_text("Play")


def test_the_picture_can_be_read_instead(playground):
    """It has a name, and stands below in words, with the table's own description."""
    run(playground, PREAMBLE + 'table.register_user_object(pool, LocalSource("pool"))\n')
    picture = playground.get_by_role("img", name="Tables and objects after step 3 of 3")
    expect(picture).to_be_visible()
    playground.click(".pg-words summary")
    words = playground.locator("#pg-words")
    expect(words).to_contain_text("Index 0, source pool: a Pool.")
    expect(words).to_contain_text("1 registered, 1 bound in this context")
    playground.click(".pg-words summary")


def test_the_keyboard_alone_is_enough(playground):
    """Ctrl and Enter run; Tab indents, and after Escape it goes on."""
    playground.fill("#pg-source", "print('a')\nif True:")
    playground.focus("#pg-source")
    playground.keyboard.press("Control+End")
    playground.keyboard.press("Enter")
    playground.keyboard.type("print('b')")
    playground.keyboard.press("Enter")
    playground.keyboard.press("Tab")
    playground.keyboard.press("Shift+Tab")
    assert playground.input_value("#pg-source") == "print('a')\nif True:\n    print('b')\n    "
    playground.keyboard.press("Control+Enter")
    expect(playground.locator("#pg-output")).to_have_text("a\nb\n")
    playground.keyboard.press("Escape")
    playground.keyboard.press("Tab")
    assert playground.evaluate("document.activeElement.id") != "pg-source"


def test_what_is_typed_into_an_example_is_kept_until_it_is_taken_back(playground):
    """Also while another example is shown."""
    select(playground, "A handle")
    playground.fill("#pg-source", "print('mine')")
    select(playground, "First table")
    select(playground, "A handle")
    assert playground.input_value("#pg-source") == "print('mine')"
    take_back(playground)
    assert "resolve" in playground.input_value("#pg-source")


def test_an_error_is_shown_as_text_with_the_readers_lines(playground):
    """Nothing in it is markup, and the line is marked."""
    run(playground, "a = 1\nraise ValueError('<script>document.title = 1</script><b>')\n")
    output = playground.locator("#pg-output")
    expect(output).to_contain_text("ValueError: <script>document.title = 1</script><b>")
    expect(output).to_contain_text('File "example.py", line 2')
    assert output.locator("script, b").count() == 0
    assert "worker" not in output.inner_text()
    expect(playground.locator("#pg-lines .pg-wrong")).to_contain_text("raise ValueError")
    expect(playground.locator("#pg-status")).to_contain_text("It ended with an error")


def test_the_projects_own_errors_lead_to_their_section(playground):
    """The link goes to the code's anchor on the page of errors."""
    run(playground, PREAMBLE + "table.get(3)\n")
    link = playground.get_by_role("link", name="What ST302 means")
    assert link.get_attribute("href") == "reference/errors.html#st302"


def test_code_that_does_not_compile_is_an_error_like_others(playground):
    """There are no steps then, and no picture of an earlier run."""
    run(playground, "x = (\n")
    expect(playground.locator("#pg-output")).to_contain_text("SyntaxError")
    expect(playground.locator("#pg-count")).to_have_text("no steps")
    assert playground.locator("#pg-figure svg").count() == 0


def test_code_that_does_not_end_can_be_stopped(playground):
    """Python starts anew, and runs the next program."""
    playground.fill("#pg-source", "while True:\n    pass\n")
    playground.click("#pg-run")
    expect(playground.locator("#pg-status")).to_have_text("Running…")
    playground.click("#pg-stop")
    wait_for(playground, "ready")
    run(playground, "print('again')\n")
    expect(playground.locator("#pg-output")).to_have_text("again\n")
