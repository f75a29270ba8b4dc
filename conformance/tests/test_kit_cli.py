"""The command line, in processes of its own where the process matters."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from sidetable_conformance import __version__, read_report, requirements
from sidetable_conformance.cli import main
from sidetable_conformance.results import Verdict

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]
CORE = [row.id for row in requirements() if row.profile == "core"]


def test_a_conformant_target_is_status_0(kit_process: Run) -> None:
    """Every row passes, the last line says so, and nothing is complained about."""
    done = kit_process("run", "mine:Table", "--edition", "2026.11", "--budget=quick")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(row.id in done.stdout for row in requirements() if row.profile == "core")
    assert done.stdout.endswith(f"\nconformant: {len(CORE)} of {len(CORE)} requirements pass\n")
    assert "\x1b" not in done.stdout


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """It is printed alone, as other programs do, and is no error."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sidetable-conformance {__version__}\n"


def test_a_module_with_pytorchs_names_is_judged(kit: Run) -> None:
    """It fails in the other edition on what is opposite."""
    other = kit("run", "mine_as_pytorch", "--edition", "2026.11")
    assert other.returncode == 1
    assert "requirements pass (5 fail, 1 blocked)" in other.stdout


def test_a_failure_is_status_1_and_explained(kit: Run) -> None:
    """The requirement, what was expected and what was seen are printed, harmlessly."""
    done = kit("run", "mine:Faulty")
    assert (done.returncode, done.stderr) == (1, "")
    assert (
        "store.returns-nothing  MUST\n"
        "    A store returns None.\n"
        "    when      a store of 0\n"
        "    expected  None\n"
        r"    seen      '\x1b[31m[bold]stored[/bold]\n'" in done.stdout
    )


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module", "importing no_such_module raised ModuleNotFoundError"),
        ("mine:missing", "module mine has no attribute missing"),
        ("mine:number", "it has neither SideTable's names"),
        ("mine:in_use", "it is in use, with 1 registered already"),
        ("mine:\x1b[31m[bold]", r"has no attribute \x1b[31m[bold]"),
    ],
)
def test_a_target_that_can_not_be_used_is_status_2(kit: Run, target: str, reason: str) -> None:
    """What is wrong with it is said on the error stream, and no verdict is given."""
    done = kit("run", target)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: target mine" if "mine" in target else "error: target no")
    assert reason in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run",),
        ("judge",),
        ("run", "mine", "--edition", "1"),
        ("run", "mine", "--profile", "x"),
    ],
)
def test_a_wrong_command_line_is_status_2(kit: Run, arguments: tuple[str, ...]) -> None:
    """The usage is shown."""
    done = kit(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: sidetable-conformance")


def test_json_is_written_to_a_file(kit: Run, project: Path) -> None:
    """The file has the verdicts that were printed."""
    done = kit("run", "mine:Faulty", "--json", "report.json")
    assert done.returncode == 1
    document = json.loads((project / "report.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1
    assert (document["target"], document["edition"]) == ("mine:Faulty", "2026.11")
    assert document["summary"]["fail"] == 1
    verdicts = {row["id"]: row["verdict"] for row in document["results"]}
    assert verdicts["store.returns-nothing"] == "fail"
    assert verdicts["store.replaces-all"] == "pass"


def test_a_target_without_set_is_conformant(kit: Run, project: Path) -> None:
    """What does not apply is counted apart, and is no failure."""
    done = kit("run", "mine:Old", "--json", "report.json")
    assert done.returncode == 0
    assert "requirements pass; not asked: set" in done.stdout
    summary = read_report((project / "report.json").read_text(encoding="utf-8")).summary
    assert {verdict for verdict, n in summary.items() if n} == {"pass", "not-applicable"}


def test_the_installed_command_can_import_from_the_current_directory(project: Path) -> None:
    """A command's own folder is not where a project's code is."""
    command = Path(sysconfig.get_path("scripts"), "sidetable-conformance")
    done = subprocess.run(
        [command, "run", "mine:Table", "--budget=none"],
        cwd=project,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_safe_path_keeps_the_current_directory_out(python: Run) -> None:
    """Who tells Python not to import from there is obeyed."""
    command = ("-m", "sidetable_conformance", "run", "mine:Table", "--budget=none")
    assert python("-P", *command).returncode == 2
    assert python(*command).returncode == 0


def test_any_output_encoding_will_do(kit_process: Run) -> None:
    """Where a character cannot be written, its escape is."""
    done = kit_process("run", "mine:\u00e9", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert r"has no attribute \xe9" in done.stderr
    options = ("run", "mine:Table", "--budget=none")
    done = kit_process(*options, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_colour_can_be_asked_for(kit: Run) -> None:
    """A pipe can get what a terminal would show."""
    assert "\x1b[" in kit("run", "mine:Table", env={"FORCE_COLOR": "1"}).stdout


def test_an_edition_that_asks_nothing_of_a_profile_can_not_judge_by_it(kit: Run) -> None:
    """Status 2, and a line that says which profile it is."""
    done = kit("run", "mine:Table", "--edition", "dynamo-2.13", "--profile", "isolation")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: profile isolation")
    assert "edition dynamo-2.13 asks nothing in profile isolation" in done.stderr


def test_list_prints_what_is_asked(kit: Run) -> None:
    """Every requirement, in the words of the edition."""
    done = kit("list", "--edition", "dynamo-2.13")
    assert done.returncode == 0
    asked = [row for row in requirements() if "dynamo-2.13" in row.editions]
    assert all(f"{row.id}  MUST" in done.stdout for row in asked)
    assert all(f"    {row.sentence('dynamo-2.13')}\n" in done.stdout for row in asked)
    assert "isolation.threads" not in done.stdout


def test_asserts_need_not_be_on(kit: Run, python: Run) -> None:
    """`python -O` finds the same faults, and the same conformance."""
    plain = kit("run", "mine:Faulty")
    optimised = python("-O", "-m", "sidetable_conformance", "run", "mine:Faulty")
    assert (optimised.returncode, optimised.stdout) == (1, plain.stdout)
    right = python("-OO", "-m", "sidetable_conformance", "run", "mine:Table", "--budget=quick")
    assert right.returncode == 0


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((Verdict.PASS, Verdict.NOT_APPLICABLE), 0),
        ((Verdict.PASS, Verdict.ERROR), 4),
        ((Verdict.BLOCKED, Verdict.ERROR), 4),
        ((Verdict.FAIL, Verdict.ERROR), 1),
        ((Verdict.VACUOUS, Verdict.ERROR), 1),
        ((Verdict.BLOCKED,), 1),
        ((Verdict.VACUOUS,), 1),
        ((Verdict.PASS, Verdict.NOT_TESTABLE), 0),
        ((Verdict.NOT_TESTABLE,), 1),
        ((Verdict.NOT_APPLICABLE,), 1),
    ],
)
def test_the_status_is_that_of_the_worst(
    judged: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    verdicts: tuple[Verdict, ...],
    status: int,
) -> None:
    """A fault of the kit has one of its own; a failure of the target counts for more."""
    judged(*verdicts)
    assert main(["run", "mine"]) == status
    assert capsys.readouterr().out
