"""The playground in Chromium, from loading Python to a verdict of the kit."""

from __future__ import annotations

import json
import re
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
LOADING = 120_000  # milliseconds; Python is 10 MB, and may share its processors
JUDGING = 180_000

PREAMBLE = """\
from sidetable_core import SideTable
from sidetable_source import LocalSource
class Pool: pass
table = SideTable("pools")
pool = Pool()
"""


def wait_for(page, state, timeout=LOADING):
    """Waits until the playground says that it is so far."""
    page.wait_for_selector(f"body[data-playground={state}]", timeout=timeout)


def run(page, source):
    """Puts a program into the editor, and runs it."""
    page.fill("#pg-source", source)
    page.evaluate("document.body.dataset.playground = ''")
    page.click("#pg-run")
    wait_for(page, "ran")


def judge(page, title, source=None):
    """Runs the kit on one of the implementations, or on another text in its place."""
    page.select_option("#pg-target", label=title)
    if source is not None:
        page.fill("#pg-module", source)
    page.evaluate("document.body.dataset.kit = ''")
    page.click("#pg-judge")
    page.wait_for_selector("body[data-kit=ran]", timeout=JUDGING)


@pytest.fixture(scope="module")
def loaded(browser, site):
    """The playground with Python loaded, for all tests that leave it usable, and its errors."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    errors = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on(
        "request", lambda asked: None if asked.url.startswith(site) else errors.append(asked.url)
    )
    page = context.new_page()
    page.goto(site + PAGE)
    wait_for(page, "ran")
    yield page, errors
    context.close()


@pytest.fixture
def page(loaded):
    """The loaded playground, in which nothing must go wrong."""
    page, errors = loaded
    yield page
    assert errors == []


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_loads_and_shows_how_far_it_is(visiting, width, scheme):
    """A bar with an amount, then Python's version, then the first example with its picture."""
    page = visiting(width=width, scheme=scheme).goto(PAGE)
    expect(page.locator("#pg-amount")).to_contain_text(re.compile(r"[1-9][.\d]* of about \d+ MB"))
    wait_for(page, "ran")
    expect(page.locator("#pg-loading")).to_be_hidden()
    expect(page.locator("#pg-problem")).to_be_hidden()
    assert means_in(page) == EXPECTED["first_table.py"]["means"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#pg-figure svg").bounding_box()["width"] <= width


@pytest.mark.parametrize("file", EXPECTED)
def test_an_example_runs_and_its_picture_shows_the_last_state(page, file):
    """Indices with what they mean, and objects with whether they are alive."""
    page.select_option("#pg-example", label="First table")
    page.select_option("#pg-example", label=TITLES[file])
    expect(page.locator("#pg-output")).to_contain_text(EXPECTED[file]["printed"].rstrip())
    assert means_in(page) == EXPECTED[file]["means"]
    assert lives_in(page) == EXPECTED[file]["lives"]


def test_the_arrow_keys_go_through_the_steps(page):
    """Back and on, to the ends and not further, with the line and the words of each step."""
    run(page, PREAMBLE + "table.store(pool)\ndel pool\n")
    count = page.locator("#pg-count")
    expect(count).to_have_text("4 of 4")
    assert lives_in(page) == {"a Pool": "dead"}
    page.focus("#pg-back")
    page.keyboard.press("ArrowLeft")
    expect(count).to_have_text("3 of 4")
    assert lives_in(page) == {"a Pool": "alive"}
    expect(page.locator("#pg-lines .pg-now")).to_have_text("table.store(pool)")
    expect(page.locator("#pg-told")).to_contain_text("Index 0 means a Pool.")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(count).to_have_text("1 of 4")
    expect(page.locator("#pg-back")).to_have_attribute("aria-disabled", "true")
    page.focus("#pg-step")
    page.keyboard.press("End")
    expect(count).to_have_text("4 of 4")
    expect(page.locator("#pg-step")).to_have_attribute("aria-valuetext", "Step 4 of 4")


def test_the_steps_play_by_themselves(page):
    """From the first one, until they are stopped."""
    run(page, PREAMBLE + "table.store(pool)\n")
    page.click("#pg-play")
    expect(page.locator("#pg-count")).to_have_text("2 of 3")
    expect(page.locator("#pg-count")).to_have_text("3 of 3")
    expect(page.locator("#pg-play")).to_have_text("Play")


def test_the_picture_can_be_read_instead(page):
    """It has a name, and stands below in words, with the table's own description."""
    run(page, PREAMBLE + 'table.register_user_object(pool, LocalSource("pool"))\n')
    picture = page.get_by_role("img", name="Tables and objects after step 3 of 3")
    expect(picture).to_be_visible()
    page.click(".pg-words summary")
    words = page.locator("#pg-words")
    expect(words).to_contain_text("Index 0, source pool: a Pool.")
    expect(words).to_contain_text("1 registered, 1 bound in this context")
    page.click(".pg-words summary")


def test_the_keyboard_alone_is_enough(page):
    """Ctrl and Enter run; Tab indents, and after Escape it goes on."""
    page.fill("#pg-source", "print('a')\nif True:")
    page.focus("#pg-source")
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("print('b')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.input_value("#pg-source") == "print('a')\nif True:\n    print('b')\n    "
    page.keyboard.press("Control+Enter")
    expect(page.locator("#pg-output")).to_have_text("a\nb\n")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "pg-source"


def test_what_is_typed_into_an_example_is_kept_until_it_is_taken_back(page):
    """Also while another example is shown."""
    page.select_option("#pg-example", label="A handle")
    page.fill("#pg-source", "print('mine')")
    page.select_option("#pg-example", label="First table")
    page.select_option("#pg-example", label="A handle")
    assert page.input_value("#pg-source") == "print('mine')"
    page.click("#pg-reset")
    assert "resolve" in page.input_value("#pg-source")


def test_an_error_is_shown_as_text_with_the_readers_lines(page):
    """Nothing in it is markup, and the line is marked."""
    run(page, "a = 1\nraise ValueError('<script>document.title = 1</script><b>')\n")
    output = page.locator("#pg-output")
    expect(output).to_contain_text("ValueError: <script>document.title = 1</script><b>")
    expect(output).to_contain_text('File "example.py", line 2')
    assert output.locator("script, b").count() == 0
    assert "worker" not in output.inner_text()
    expect(page.locator("#pg-lines .pg-wrong")).to_contain_text("raise ValueError")
    expect(page.locator("#pg-status")).to_contain_text("It ended with an error")


def test_the_projects_own_errors_lead_to_their_section(page):
    """The link goes to the code's anchor on the page of errors."""
    run(page, PREAMBLE + "table.get(3)\n")
    link = page.get_by_role("link", name="What ST302 means")
    assert link.get_attribute("href") == "reference/errors.html#st302"


def test_code_that_does_not_compile_is_an_error_like_others(page):
    """There are no steps then, and no picture of an earlier run."""
    run(page, "x = (\n")
    expect(page.locator("#pg-output")).to_contain_text("SyntaxError")
    expect(page.locator("#pg-count")).to_have_text("no steps")
    assert page.locator("#pg-figure svg").count() == 0


def test_code_that_does_not_end_can_be_stopped(page):
    """Python starts anew, and runs the next program."""
    page.fill("#pg-source", "while True:\n    pass\n")
    page.click("#pg-run")
    expect(page.locator("#pg-status")).to_have_text("Running…")
    page.click("#pg-stop")
    wait_for(page, "ready")
    run(page, "print('again')\n")
    expect(page.locator("#pg-output")).to_have_text("again\n")


def test_the_kit_finds_the_reference_conformant(page):
    """What can not be tested in a browser is counted and explained, and the rest passes."""
    judge(page, "The reference implementation")
    expect(page.locator(".pg-headline")).to_have_class(re.compile("pg-headline-good"))
    verdicts = page.locator("tr[data-id]")
    found = {verdicts.nth(at).get_attribute("data-verdict") for at in range(verdicts.count())}
    assert found <= {"pass", "not-testable"}
    assert page.locator("tr[data-id^='robust.']").count() > 5
    if "not-testable" in found:
        expect(page.locator("#pg-report .pg-note").first).to_contain_text("not testable here")
    expect(page.locator("#pg-kit-status")).to_contain_text("Conformant")


def test_a_pasted_table_with_a_fault_turns_red_on_its_own_id(page):
    """And on no other; the id leads to the rule."""
    right = (PLAYGROUND / "targets" / "small_table.py").read_text("utf-8")
    wrong = right.replace("= dict(enumerate(references))", ".update(enumerate(references))")
    assert wrong != right
    judge(
        page,
        "A small table of one's own",
        wrong,
    )
    failed = page.locator("tr[data-verdict=fail]")
    assert failed.count() == 1
    expect(failed).to_have_attribute("data-id", "store.replaces-all")
    expect(failed).to_contain_text("expected")
    link = failed.get_by_role("link")
    assert link.get_attribute("href") == "reference/requirements.html#store.replaces-all"
    expect(page.locator(".pg-headline")).to_have_class(re.compile("pg-headline-bad"))


def test_a_table_that_is_right_turns_green_again(page):
    """The verdict is on what stands in the editor now."""
    right = (PLAYGROUND / "targets" / "small_table.py").read_text("utf-8")
    judge(page, "A small table of one's own", right)
    expect(page.locator(".pg-headline")).to_have_class(re.compile("pg-headline-good"))


def test_a_module_that_can_not_be_imported_is_shown_as_text(page):
    """With the line that failed."""
    judge(page, "A small table of one's own", "x = 1\nraise ValueError('<b>')\n")
    expect(page.locator("#pg-kit-status")).to_contain_text("can not be imported")
    expect(page.locator("#pg-report")).to_contain_text("ValueError: <b>")
    expect(page.locator("#pg-module-lines .pg-wrong")).to_contain_text("raise ValueError")


def test_a_link_to_a_rule_arrives_there(visit):
    """The anchor is on the page of requirements."""
    page = visit.goto("reference/requirements.html#store.replaces-all")
    expect(page.locator("[id='store.replaces-all']")).to_be_in_viewport()
