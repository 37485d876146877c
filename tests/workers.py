"""Several test processes beside each other: servers of their own, and who runs what.

``pytest -n 2`` starts that many processes (``make test`` one more than there are cores, up to
four). Each has a PostgreSQL, a Redis and a data folder to itself, as the one process without ``-n``
has: the first takes those that ``tests.services`` started, for every other one its own are started
here. So no test meets the rows, locks, jobs, counters or files of a test beside it.

One process runs all tests of a file, so that what a module makes is made once. Two things differ:

- the files of ``ALONE`` start processes, kill them or wait for them. One process runs them all,
  before anything else: no two of them ever wait for the same core.
- the tests below ``SHARED`` are dealt out singly. Each may take long, and what they stand on is
  made once in a process for all of them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.embedded import SHARED as SHARED_FOLDER
from tests.services import running

if TYPE_CHECKING:
    from execnet import XSpec
    from xdist.remote import Producer

ALONE = (
    "tests/browser/",
    "tests/core/test_jobs.py",
    "tests/core/test_previews_kill.py",
    "tests/core/test_web_serve.py",
    "tests/test_access_live.py",
    "tests/test_batch_kill.py",
    "tests/test_concurrency.py",
    "tests/test_deployment.py",
    "tests/test_embedded.py",
    "tests/test_import_kill.py",
    "tests/test_kill.py",
    "tests/test_kill_uploads.py",
    "tests/test_services.py",
    "tests/test_simulation_kill.py",
    "tests/test_submit_kill.py",
)
SHARED = ("tests/access/",)


def group(nodeid: str) -> str:
    """The name of what is run by one process as a whole: a file, a single test, or those alone."""
    if nodeid.startswith(ALONE):
        return "alone"
    if nodeid.startswith(SHARED):
        return nodeid
    return nodeid.partition("::")[0]


def rank(nodeid: str) -> int:
    """What is begun first: the longest group, then the longest tests, then all the others."""
    return 0 if nodeid.startswith(ALONE) else 1 if nodeid.startswith(SHARED) else 2


class Dealer(LoadScopeScheduling):
    """Deals groups out in the order of collection, the next to whoever is almost done."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Dealer | None:
    """Deal out as said above, unless ``--dist`` names another way."""
    return Dealer(config, log) if config.getoption("dist") == "load" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[XSpec]) -> None:
    """Start the servers of every process but the first, which has those of the command line."""
    servers = contextlib.ExitStack()
    config.add_cleanup(servers.close)
    beside = Path(os.environ["PORTAL_DATA_DIR"]).parent
    os.environ[SHARED_FOLDER] = str(beside / "shared")
    for spec in specs[1:]:
        environment = servers.enter_context(running(beside / str(spec.id)))
        ours = {name: value for name, value in environment.items() if name.startswith("PORTAL_")}
        spec.env |= {**ours, "TMPDIR": environment["TMPDIR"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a process beside others: what takes long comes first."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: rank(item.nodeid))
