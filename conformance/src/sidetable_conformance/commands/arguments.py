"""Arguments that several commands take, and what they share in showing what they have to say."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console

from sidetable_conformance.reports.rules import RULES, rules_address
from sidetable_conformance.spec.requirement import EDITIONS, OWN, PROFILES, profiles_in

from .statuses import EXPLAINED

WIDEST: Final = 10_000
"""How many columns a pipe gets, which cuts nothing."""

# argparse has no public name for its collection of commands.
# pyright: reportPrivateUsage=false
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""Where commands are added."""

Execute: TypeAlias = Callable[[argparse.Namespace], int]
"""Runs a command with its arguments, and returns the exit status."""


def add_command(
    commands: Commands, name: str, execute: Execute, help_: str, description: str
) -> argparse.ArgumentParser:
    """Adds a command, and returns the parser of its arguments.

    Args:
        commands: Where to.
        name: What people type.
        execute: What to run.
        help_: What it does, in a few words, for the list of commands.
        description: What it does, in a sentence or two, for its own help.
    """
    parser = commands.add_parser(
        name,
        help=help_,
        description=description,
        epilog=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(execute=execute)
    return parser


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds the target, and makes what is in the current directory a possible one."""
    parser.add_argument("target", metavar="MODULE[:ATTRIBUTE]", help="a module, object or factory")


def add_edition(parser: argparse.ArgumentParser) -> None:
    """Adds the edition."""
    parser.add_argument("--edition", choices=EDITIONS, default=OWN, help=f"default: {OWN}")


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Adds the profile, of which there may be several."""
    parser.add_argument(
        "--profile",
        type=_profile,
        default="core",
        metavar="PROFILE[,...]",
        help=f"of {', '.join(PROFILES)}; default: core",
    )


def _profile(text: str) -> str:
    try:
        return ",".join(profiles_in(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_capabilities(parser: argparse.ArgumentParser) -> None:
    """Adds the capabilities, of which there may be several."""
    parser.add_argument(
        "--capability",
        action="append",
        dest="capabilities",
        metavar="NAME",
        help="an optional power that the target has (again for each); default: what it declares",
    )


def add_rules(parser: argparse.ArgumentParser, effect: str) -> None:
    """Adds the address of the page of requirements, for the links in what a command writes.

    Args:
        parser: Where to.
        effect: What links where, in a few words.
    """
    parser.add_argument(
        "--rules",
        type=_address,
        default=RULES,
        metavar="PAGE",
        help=f"the address of the page of requirements, or a path to it: {effect}",
    )


def _address(text: str) -> str:
    try:
        return rules_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def make_current_directory_importable() -> None:
    """Lets a target be imported from here, as `python -m` does unless it is told not to."""
    here = str(Path.cwd())
    if not sys.flags.safe_path and here not in sys.path:
        sys.path.insert(0, here)


def console() -> Console:
    """Returns where a command prints to: coloured on a terminal, plain and never cut in a pipe."""
    printer = Console(highlight=False)
    if not printer.is_terminal:
        printer.width = WIDEST
    return printer


def complain(error: Exception, status: int) -> int:
    """Prints an error in one line on the standard error, and returns the exit status."""
    Console(stderr=True, highlight=False, markup=False).print(f"error: {error}", soft_wrap=True)
    return status
