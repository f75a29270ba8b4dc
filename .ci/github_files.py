"""Checks in `.github` what neither zizmor nor actionlint knows of.

Run by `hatch run workflows:check`. Prints one line per complaint, and exits with 1 when there is
any.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator

ROOT: Final = Path(__file__).resolve().parent.parent
GITHUB: Final = ROOT / ".github"
HATCH: Final = ROOT / "pyproject.toml"
SCHEMA: Final = Path(__file__).with_name("issue_form.json")


def read(path: Path) -> dict[str, Any]:  # what YAML makes of a mapping
    """Returns the content of a YAML file."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def gates(path: Path) -> Iterator[str]:
    """The gate waits for every other job, and runs whatever became of them."""
    jobs = read(path)["jobs"]
    gate = jobs.pop("gate", {})
    if gate.get("if") != "always()":
        yield f"{path.name}: the gate does not run always"
    for job in sorted(jobs.keys() ^ set(gate.get("needs", []))):
        yield f"{path.name}: the gate does not need {job}, or there is no such job"


def scripts(path: Path) -> Iterator[str]:
    """What continuous integration runs by hatch is a script of the workspace."""
    environments = tomllib.loads(HATCH.read_text(encoding="utf-8"))["tool"]["hatch"]["envs"]
    for name in re.findall(r"\bhatch run ([\w:.-]+)", path.read_text(encoding="utf-8")):
        environment, _, script = name.rpartition(":")
        found = environments.get(environment.partition(".")[0] or "default", {})  # of a matrix
        inherited = environments.get(found.get("template"), {})
        if script not in {**found.get("scripts", {}), **inherited.get("scripts", {})}:
            yield f"{path.name}: there is no script {name}"


def releases(path: Path) -> Iterator[str]:
    """Every distribution is published, and each only after what it needs."""
    folders = [*ROOT.glob("packages/*/"), ROOT / "conformance"]
    projects = [
        tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for folder in folders
    ]
    needs = {
        str(project["name"]): [re.match(r"[\w.-]+", text) for text in project["dependencies"]]
        for project in projects
    }
    strategy = read(path)["jobs"]["publish"]["strategy"]
    order: list[str] = strategy["matrix"]["distribution"]
    if sorted(order) != sorted(needs):
        yield f"{path.name}: it publishes {', '.join(order)}"
        return
    if strategy.get("max-parallel") != 1 or strategy.get("fail-fast", True) is not True:
        yield f"{path.name}: it does not publish one after the other"
    for name, found in needs.items():
        for other in {match[0] for match in found if match} & needs.keys():
            if order.index(other) > order.index(name):
                yield f"{path.name}: {name} comes before {other}, which it needs"


def forms(folder: Path) -> Iterator[str]:
    """Every form for issues is one that GitHub can show."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for path in sorted(folder.glob("*.yml")):
        if path.name == "config.yml":
            continue
        form = read(path)
        for error in validator.iter_errors(form):
            yield f"{path.name}: {error.json_path}: {error.message}"
        for key in ("id", "label"):
            values = [
                element.get(key) or element.get("attributes", {}).get(key)
                for element in form.get("body", [])
            ]
            for value in sorted({value for value in values if value and values.count(value) > 1}):
                yield f"{path.name}: two fields have the {key} {value!r}"


def main() -> int:
    """Prints the complaints, and returns the exit status."""
    workflows = sorted((GITHUB / "workflows").glob("*.yml"))
    complaints = [*gates(GITHUB / "workflows" / "ci.yml"), *forms(GITHUB / "ISSUE_TEMPLATE")]
    complaints += releases(GITHUB / "workflows" / "release.yml")
    for path in (*workflows, *(ROOT / ".ci" / name for name in ("run", "deep", "steps.sh"))):
        complaints += scripts(path)
    print("\n".join(complaints) or "The workflows and the forms for issues are right.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
