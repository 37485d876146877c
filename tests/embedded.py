"""The embedded database with its tables, made once for a run of the tests and copied after.

Test processes beside each other share the folder that ``tests.workers`` names; whoever asks first
makes the database, the others wait for it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.services import ROOT

SHARED = "TESTS_SHARED"
NAME = "portal.sqlite3"


def environment_of(folder: Path) -> dict[str, str]:
    """The embedded default on a data folder of its own, without the settings of the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return kept | {"PORTAL_DATA_DIR": str(folder), "PORTAL_LOG_LEVEL": "ERROR"}


def place_database(folder: Path) -> None:
    """Put the migrated database into a data folder."""
    given = os.environ.get(SHARED)
    made = Path(given) if given else Path(os.environ["PORTAL_DATA_DIR"]).parent / "embedded"
    made.mkdir(parents=True, exist_ok=True)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "whole").exists():
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                cwd=ROOT,
                env=environment_of(made),
                check=True,
                timeout=300,
            )
            (made / "whole").touch()
    for part in made.glob(f"{NAME}*"):
        shutil.copy(part, folder / part.name)
