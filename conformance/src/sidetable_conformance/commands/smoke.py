"""`sidetable-conformance smoke`: looks whether a target is wired right, before it is judged."""

from __future__ import annotations

import argparse
from typing import Final

from rich.text import Text

from sidetable_conformance.errors import TargetError
from sidetable_conformance.targets.target import open_target
from sidetable_conformance.wiring.driving import drive
from sidetable_conformance.wiring.trials import Outcome, check_collect, trials
from sidetable_source.errors import printable

from .arguments import (
    Commands,
    add_capabilities,
    add_command,
    add_edition,
    add_target,
    console,
    make_current_directory_importable,
)
from .statuses import CONFORMANT

_STYLES: Final = {
    Outcome.CAUGHT: "green",
    Outcome.MISSED: "bold red",
    Outcome.NOT_TESTABLE: "bold yellow",
}


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "smoke",
        execute,
        "look whether a target is wired right",
        "Imports a target, uses each of its operations once, and plants faults around it, which\n"
        "the kit has to notice. It says nothing about how well the target keeps the requirements.",
    )
    add_target(parser)
    add_edition(parser)
    add_capabilities(parser)


def execute(asked: argparse.Namespace) -> int:
    """Prints what works and which planted faults were noticed, and returns the exit status.

    Raises:
        TargetError: If something does not work, or a planted fault was not noticed.
    """
    make_current_directory_importable()
    target = open_target(asked.target, capabilities=asked.capabilities)
    printed = console()
    printed.print(Text(printable(target.name), style="bold"), soft_wrap=True)
    for notice in target.claims.notices:
        printed.print(Text(f"  notice        {notice}", style="yellow"), soft_wrap=True)
    check_collect(target)
    for operation in drive(target, asked.edition):
        printed.print(Text.assemble("  ", ("works", "green"), f"         {operation}"))
    seen = [*trials(target, asked.edition)]
    for trial in seen:
        outcome = Text(f"  {trial.outcome:12}", style=_STYLES[trial.outcome])
        printed.print(
            outcome.append(f"  {trial.id}: {trial.fault}", "not bold default"), soft_wrap=True
        )
    if missed := [trial.complaint for trial in seen if trial.outcome is Outcome.MISSED]:
        raise TargetError(target.name, f"the kit is blind to it: {'; '.join(missed)}")
    caught = sum(trial.outcome is Outcome.CAUGHT for trial in seen)
    printed.print(f"wired right: {caught} of {len(seen)} planted faults were noticed")
    return CONFORMANT
