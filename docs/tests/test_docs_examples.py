"""Runs every Python example of the READMEs and of the documentation, page by page.

The examples of a page share one namespace, from top to bottom, as a reader would paste them.
A block with prompts (`>>>`) is a doctest. What any other block prints is compared with the block of
`text` directly below it, as a doctest would: lines may break anywhere, and `...` stands for
anything. With no such block below, it is not looked at. A block that begins with a file's name in
a comment is that file, which later blocks can import.
"""

from __future__ import annotations

import contextlib
import contextvars
import doctest
import gc
import io
import linecache
import re
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Pages about PyTorch are run where it is installed: `hatch run torch:test`.
NEEDS_TORCH = re.compile(r"^(import|from) (sidetable_)?torch\b", re.MULTILINE)
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("README.md", "packages/*/README.md", "conformance/README.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
    if find_spec("torch") or not NEEDS_TORCH.search(path.read_text(encoding="utf-8"))
)
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FILE = re.compile(r"# (?P<module>\w+)\.py\n")
EXAMPLE = re.compile(
    r"^```python\b[^\n]*\n(?P<code>.*?)^```\n(?:\n*```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """One block of code, and the output that the page promises."""

    page: Path
    line: int
    code: str
    output: str | None

    def run(self, namespace: dict[str, object]) -> None:
        """Runs the code, and compares what it prints."""
        page = self.page.as_posix()
        if self.code.startswith(">>> "):
            parser = doctest.DocTestParser()
            test = parser.get_doctest(self.code, namespace, page, page, self.line - 1)
            doctest.DebugRunner(optionflags=LENIENT).run(test, clear_globs=False)
            namespace.update(test.globs)
            return
        # The lines above keep their numbers, so that a traceback points into the page.
        # And it has a source, as code in a file does.
        source = "\n" * (self.line - 1) + self.code
        name = f"{page}:{self.line}"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        code = compile(source, name, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, namespace)
        if self.output is not None:
            checker = doctest.OutputChecker()
            assert checker.check_output(self.output, printed.getvalue(), LENIENT), (
                f"{page}, line {self.line}, printed: {printed.getvalue()}"
            )


def examples_of(page: Path) -> list[Example]:
    """Returns the Python examples of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Example(
            page,
            line=text.count("\n", 0, match.start("code")) + 1,
            code=match["code"],
            output=match["output"],
        )
        for match in EXAMPLE.finditer(text)
    ]


def test_there_are_examples_to_run():
    """An extractor that finds nothing would pass for ever."""
    assert examples_of(Path("README.md"))
    assert examples_of(Path("docs/reference/errors.md"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_examples_of_a_page_run_and_print_what_it_says(page, monkeypatch):
    """Every example of a page runs, from top to bottom, with the output that stands below it."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    context = contextvars.copy_context()
    for example in examples_of(page):
        file = FILE.match(example.code)
        # What a file defines says, as it would elsewhere, which module it is from.
        namespace["__name__"] = file["module"] if file else "__main__"
        context.run(example.run, namespace)
        if file:
            module = ModuleType(file["module"])
            vars(module).update(namespace, __name__=module.__name__)
            monkeypatch.setitem(sys.modules, module.__name__, module)
    # What an example forgot to close is told here, and not in whatever test comes later.
    monkeypatch.undo()
    # A compiler that has put something in under a name of its own takes it out by itself.
    for name in [name for name in namespace if not name.startswith("__")]:
        namespace.pop(name, None)
    gc.collect()


def test_every_python_block_is_seen():
    """No page holds a Python block that the pattern above passes over."""
    for page in PAGES:
        fences = re.findall(r"^\s*```python\b", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert len(fences) == len(examples_of(page)), page
