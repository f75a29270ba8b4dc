"""What importing the package imports: graphs and custom ops work where the repair does not."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def test_importing_the_package_takes_nothing_private_of_dynamo():
    """Nor any module of the repair, which does."""
    program = """
        import sys
        import sidetable_torch

        ours = [name for name in sys.modules if name.startswith("sidetable_torch")]
        print([name for name in ours if name.startswith("sidetable_torch.repair")])
        for name in ours:
            for value in vars(sys.modules[name]).values():
                origin = getattr(value, "__module__", None) or getattr(value, "__name__", "")
                if isinstance(origin, str) and origin.startswith("torch._dynamo"):
                    print(name, value)
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
