"""The command line: `sidetable-conformance COMMAND`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

import click
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

import sidetable_conformance
from sidetable_conformance.bench import BUDGETS
from sidetable_conformance.driver import open_target
from sidetable_conformance.errors import InputError, KitError, NotTestable, TargetError
from sidetable_conformance.kill_matrix import MATRIX, Catch, matrix_text
from sidetable_conformance.known import (
    KnownFailures,
    baseline,
    has_no_reason,
    read_known,
    write_known,
)
from sidetable_conformance.output.markdown import badge, differences, markdown
from sidetable_conformance.output.terminal import (
    Waiting,
    failure_lines,
    print_lines,
    show_explanation,
    show_proof,
    show_report,
    show_requirements,
    show_rows,
)
from sidetable_conformance.output.wording import PROGRAM, RULES_PAGE, rules_address, shown
from sidetable_conformance.prove import Proof, prove
from sidetable_conformance.results import Report, Verdict, kit_version, read_report
from sidetable_conformance.rules import FAULTS, RULES, listing, requirements
from sidetable_conformance.session import Session, explained, run
from sidetable_conformance.spec import (
    CAPABILITIES,
    EDITIONS,
    OWN,
    PROFILES,
    capabilities_in,
    profiles_in,
)
from sidetable_conformance.wiring import check_collect, drive, plant

try:
    from sidetable_conformance.output.html import html
except ImportError:  # the extra is not installed
    html = None  # type: ignore[assignment]

CONFORMANT: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
STALE: Final = 3
KIT_FAULT: Final = 4

WIDEST: Final = 10_000
"""How many columns a pipe gets, which cuts nothing."""

LINES: Final = 10
"""How many lines of progress a pipe gets from a proof, at most."""

_STATUSES: Final = """\
\b
Exit status:
  0  every MUST that was asked passed, or is a known failure
  1  a MUST did not pass, or nothing passed
  2  the target cannot be used, or the command line is wrong
  3  the file of known failures is out of date
  4  a check could not run or went wrong, so nothing is said about the target
"""

_Command = TypeVar("_Command", bound=Callable[..., int])
_T = TypeVar("_T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return the exit status.

    Args:
        arguments: What follows the program's name; by default, the process's own arguments.

    Returns:
        0 if the target is conformant, 1 if it is not, 2 if it cannot be used or the command line is
        wrong, 3 if the file of known failures is out of date, and 4 if a check could not run.

    Example:
        >>> main(["run", "json", "--edition", "2026.11"])
        2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = commands.main(arguments, PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except (InputError, TargetError, NotTestable) as error:
        return _complain(error, UNUSABLE)
    except KitError as error:
        return _complain(error, KIT_FAULT)
    return status


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
)
@click.version_option(kit_version(), "--version", prog_name=PROGRAM, message="%(prog)s %(version)s")
def commands() -> None:
    """Judge an implementation of a side table by written requirements."""


# --- what several commands take -------------------------------------------------------------------


def _read_by(parse: Callable[[str], _T]) -> Callable[[click.Context, click.Parameter, str], _T]:
    """Return a callback that reads an option's text, and refuses it in the words of the error."""

    def read(_context: click.Context, _parameter: click.Parameter, text: str) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return read


_FILE: Final = Path
_target: Final = click.argument("target", metavar="MODULE[:ATTRIBUTE]")
_edition: Final = click.option(
    "--edition", type=click.Choice(EDITIONS), default=OWN, show_default=True
)
_profiles: Final = click.option(
    "--profile",
    metavar="PROFILE[,...]",
    default="core",
    show_default=True,
    callback=_read_by(lambda text: ",".join(profiles_in(text))),
    help=f"One or more of {', '.join(PROFILES)}.",
)
_without: Final = click.option(
    "--without",
    metavar="NAME[,...]",
    default="",
    callback=_read_by(capabilities_in),
    help="Capabilities that the target is not meant to have. They are not asked about, and every"
    f" report says so: {', '.join(CAPABILITIES)}.",
)


def _rules(effect: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--rules",
        metavar="PAGE",
        default=RULES_PAGE,
        callback=_read_by(rules_address),
        help=f"The address of the page of requirements, or a path to it; {effect}.",
    )


# --- run ------------------------------------------------------------------------------------------


@commands.command("run", epilog=_STATUSES)
@_target
@_edition
@_profiles
@_without
@click.option("--strict", is_flag=True, help="Count what cannot be tested here as failed.")
@click.option(
    "--budget",
    type=click.Choice([*BUDGETS]),
    default="normal",
    show_default=True,
    help="How much the state machine and the thread schedules try.",
)
@click.option("--known", type=_FILE, metavar="FILE", help="Known failures (see `baseline`).")
@click.option("--json", type=_FILE, metavar="FILE", help="Write the report as JSON.")
@click.option("--html", "page", type=_FILE, metavar="FILE", help="Write it as one HTML page.")
@click.option("--markdown", "summary", type=_FILE, metavar="FILE", help="Write a summary for CI.")
@click.option("--badge", "shield", type=_FILE, metavar="FILE", help="Write a shields.io badge.")
@_rules("failures link to their rules")
def run_(  # noqa: PLR0913  # an option each
    *,
    target: str,
    edition: str,
    profile: str,
    without: tuple[str, ...],
    strict: bool,
    budget: str,
    known: Path | None,
    json: Path | None,
    page: Path | None,
    summary: Path | None,
    shield: Path | None,
    rules: str,
) -> int:
    """Judge a target by every requirement of a profile.

    The edition says what is asked. The target is a module, an object in one, or a factory: a class
    or a function.
    """
    if page is not None and html is None:
        raise InputError("--html", "it needs jinja2: pip install 'sidetable-conformance[html]'")
    entries = KnownFailures() if known is None else read_known(_read(known), str(known))
    report = entries.applied(
        _judged(
            target, edition=edition, profile=profile, strict=strict, without=without, budget=budget
        )
    )
    show_report(report, _console(), saved="" if json is None else str(json), rules=rules)
    if json is not None:
        _write(json, report.to_json())
    if page is not None and html is not None:
        _write(page, html(report, rules))
    if summary is not None:
        _write(summary, markdown(report, rules))
    if shield is not None:
        _write(shield, badge(report))
    stale = entries.stale(report, RULES.keys())
    for sentence in stale:
        _complain(InputError(str(known), f"it is out of date: {sentence}"), STALE)
    return STALE if stale else _status_of(report)


def _judged(
    target: str,
    *,
    edition: str,
    profile: str,
    strict: bool = False,
    without: Collection[str] = (),
    budget: str = "normal",
) -> Report:
    _make_current_directory_importable()
    with Waiting(Console(stderr=True, highlight=False)) as waiting:
        try:
            return run(
                target,
                edition=edition,
                profile=profile,
                strict=strict,
                without=without,
                budget=budget,
                watch=waiting.show,
            )
        except ValueError as error:
            raise InputError(f"profile {profile}", str(error)) from error


def _status_of(report: Report) -> int:
    if report.conformant or report.as_known:
        return CONFORMANT
    red = {row.verdict for row in report.results if report.counts(row) and not row.known}
    # What the kit's own fault blocks is not the target's either.
    return KIT_FAULT if Verdict.ERROR in red <= {Verdict.ERROR, Verdict.BLOCKED} else FAILED


# --- list and explain -----------------------------------------------------------------------------


@commands.command("list")
@_edition
def list_(*, edition: str) -> int:
    """Print the requirements of an edition, one after the other."""
    rows = [row for row in requirements() if edition in row.editions]
    show_requirements(rows, edition, _console())
    return CONFORMANT


@commands.command()
@click.argument("id_", metavar="ID")
@click.option("--edition", type=click.Choice(EDITIONS), help="Leave out the other edition.")
@_rules("the last line links to the rule")
def explain(*, id_: str, edition: str | None, rules: str) -> int:
    """Print one requirement, and everything that is known of it.

    That is what it asks and why, an example, the likely causes of a failure, and its faulty tables.
    """
    entries = {entry.id: entry for entry in listing().entries}
    if id_ not in entries:
        near = get_close_matches(id_, list(entries), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`list` prints every id"
        raise InputError(id_, f"it is not the id of a requirement; {hint}")
    editions = EDITIONS if edition is None else (edition,)
    show_explanation(entries[id_], editions, _console(), rules)
    return CONFORMANT


# --- smoke ----------------------------------------------------------------------------------------


@commands.command()
@_target
@_edition
@_without
def smoke(*, target: str, edition: str, without: tuple[str, ...]) -> int:
    """Check that a target is wired right, before you judge it.

    Uses each operation once, and plants faults around the target, which the kit must notice.
    """
    _make_current_directory_importable()
    opened = open_target(target, without=without)
    console = _console()
    print_lines(console, Text(shown(opened.name), style="bold"))
    check_collect(opened)
    for operation in drive(opened, edition):
        print_lines(console, Text.assemble("  ", ("works", "green"), f"         {operation}"))
    planted = [*plant(opened, edition)]
    for fault in planted:
        outcome = ("caught", "green") if fault.noticed else ("missed", "bold red")
        print_lines(console, Text.assemble("  ", outcome, f"        {fault.id}: {fault.what}"))
    if missed := [fault.complaint for fault in planted if not fault.noticed]:
        raise TargetError(opened.name, f"the kit cannot see its faults: {'; '.join(missed)}")
    total = len(planted)
    print_lines(console, f"wired right: {total} of {total} planted faults were noticed")
    return CONFORMANT


# --- prove ----------------------------------------------------------------------------------------


@commands.command("prove")
@click.argument("faults", nargs=-1, metavar="[FAULT]...", type=click.Choice([*FAULTS]))
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    metavar="N",
    help="How many processes to use; by default, one for each processor.",
)
@click.option("--json", type=_FILE, metavar="FILE", help="Also write the proof as JSON.")
@click.option("--write", is_flag=True, help="Write the kill matrix; in a checkout of the kit only.")
def prove_(*, faults: tuple[str, ...], jobs: int, json: Path | None, write: bool) -> int:
    """Prove that the kit catches faults.

    Judges every faulty table by every requirement. Fails unless each is caught by the requirement
    whose file it is in, every assertion of every check catches something, and the result equals
    the kit's own kill matrix.
    """
    if write and faults:
        raise click.UsageError("--write writes the matrix of all faults: name none")
    names = faults or tuple(FAULTS)
    total = sum(len(FAULTS[name][0].editions) for name in names)
    with _counting(total, Console(stderr=True, highlight=False)) as step:
        proof = prove(names, step, min(jobs, len(names)))
    if write:
        proof = _written(proof, Path(sidetable_conformance.__file__).parent)
    if json is not None:
        _write(json, proof.to_json())
    show_proof(proof, _console())
    return CONFORMANT if proof.holds else KIT_FAULT


@contextmanager
def _counting(total: int, console: Console) -> Generator[Callable[[Catch], object]]:
    """Yield a function to call with each catch: it shows a bar, or a few lines in a pipe."""
    done = 0

    def line(_: Catch) -> None:
        nonlocal done
        done += 1
        if done * LINES // total > (done - 1) * LINES // total:
            console.print(f"{done} of {total} faults judged")

    if not console.is_terminal:
        yield line
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("judging faults", total=total)
        yield lambda _: bar.advance(task)


def _written(proof: Proof, folder: Path) -> Proof:
    """Write the matrix of a proof without findings, and return the proof as up to date."""
    if folder.parent.name != "src" or not (folder.parents[1] / "pyproject.toml").is_file():
        raise InputError(str(folder), "it is not in a checkout of the kit, so nothing is written")
    if proof.findings:
        return proof
    _write(folder / MATRIX, matrix_text(proof.catches))
    return Proof(proof.catches, proof.points, proof.findings, ())


# --- baseline, diff and replay --------------------------------------------------------------------


@commands.command("baseline")
@_target
@_edition
@_profiles
@_without
@click.option(
    "--write", type=_FILE, metavar="FILE", help="Write the list, and keep the reasons in it."
)
def baseline_(
    *, target: str, edition: str, profile: str, without: tuple[str, ...], write: Path | None
) -> int:
    """List what fails now as known failures.

    The list has the form that `run --known` reads. Each entry needs a reason; write it by hand.
    """
    known = KnownFailures()
    if write is not None and write.exists():
        known = read_known(_read(write), str(write), unfinished=True)
    report = _judged(target, edition=edition, profile=profile, without=without)
    made = baseline(report, known)
    if write is None:
        click.echo(write_known(made), nl=False)
    else:
        _write(write, write_known(made))
        todo = sum(has_no_reason(entry) for entry in made.entries)
        said = f"{write}: {len(made.entries)} known failures, {todo} without a reason yet"
        print_lines(_console(), shown(said))
    return KIT_FAULT if report.errors else CONFORMANT


@commands.command()
@click.argument("before")
@click.argument("after")
@_edition
@_profiles
@_without
def diff(*, before: str, after: str, edition: str, profile: str, without: tuple[str, ...]) -> int:
    """List the requirements whose verdicts differ between two reports.

    BEFORE and AFTER are files that `run --json` wrote, or targets, which are judged first, by the
    edition and profile given here. Exit status: 0 if all verdicts are the same.
    """
    reports: list[Report] = []
    for text in (before, after):
        if text.endswith(".json") or Path(text).is_file():
            reports.append(_report_in(Path(text)))
        else:
            reports.append(_judged(text, edition=edition, profile=profile, without=without))
    found = differences(*reports)
    asked = f"{len(reports[-1].results)} requirements"
    if not found:
        print_lines(_console(), f"no difference: {asked}")
        return CONFORMANT
    columns = ("requirement", *(f"{report.target} {report.edition}" for report in reports))
    show_rows(columns, found, _console())
    print_lines(_console(), "", f"different: {len(found)} of {asked}")
    return FAILED


@commands.command()
@click.argument("report", type=_FILE)
@click.argument("ids", nargs=-1, metavar="[ID]...")
def replay(*, report: Path, ids: tuple[str, ...]) -> int:
    """Judge a report's target again.

    Uses the requirements that failed, or only these. Exit status: 0 if all pass now, 1 if not.
    """
    _make_current_directory_importable()
    saved = _report_in(report)
    asked = ids or saved.failed
    if unknown := [id_ for id_ in asked if id_ not in RULES]:
        raise InputError(str(report), f"there is no requirement {', '.join(map(shown, unknown))}")
    session = Session(
        saved.target, edition=saved.edition, profile=saved.profile, without=saved.header.without
    )
    passed = True
    for id_ in asked:
        result = explained(session, session.judge_alone(RULES[id_].requirement))
        passed &= result.verdict is Verdict.PASS
        print_lines(_console(), Text(f"{id_}: {result.verdict}", style="bold"))
        if result.verdict is not Verdict.PASS:
            lines = failure_lines(result, saved.edition)
            print_lines(_console(), *(f"    {line}" for line in lines))
    return CONFORMANT if passed else FAILED


# --- files and streams ----------------------------------------------------------------------------


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), error.strerror or "it cannot be read") from error
    except ValueError as error:
        raise InputError(str(path), "it is not UTF-8") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(str(path), error.strerror or "it cannot be written") from error
    except ValueError as error:
        raise InputError(str(path), "it is not a path") from error


def _report_in(path: Path) -> Report:
    return read_report(_read(path), str(path))


def _make_current_directory_importable() -> None:
    """Let a target be imported from the current directory, as `python -m` does by default."""
    here = str(Path.cwd())
    if not sys.flags.safe_path and here not in sys.path:
        sys.path.insert(0, here)


def _console() -> Console:
    """Return the console to print to: coloured on a terminal, plain and never cut in a pipe."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDEST
    return console


def _complain(error: Exception, status: int) -> int:
    Console(stderr=True, highlight=False, markup=False).print(f"error: {error}", soft_wrap=True)
    return status
