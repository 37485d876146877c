"""``manage.py serve``: three processes beside each other, restarted when one dies, none left."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Process
from tests.embedded import place_database
from tests.services import free_port

pytestmark = pytest.mark.slow

CHILDREN = {"gunicorn", "worker", "beat"}


class Serving(Process):
    """The embedded default on a database and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        environment = {
            "PORTAL_MODE": "embedded",
            "PORTAL_DATA_DIR": str(folder),
            "PORTAL_DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "PORTAL_BROKER_URL": f"filesystem://{folder}/broker",
        }
        super().__init__(command, folder / "serve.log", environment)

    def health(self) -> int:
        """The status of the health page, 0 while nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """What runs in this folder's name: gunicorn's master, the worker, beat."""
        found: dict[str, int] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                environment = (entry / "environ").read_bytes().decode()
            except OSError:
                continue  # it ended while we looked
            if f"PORTAL_DATA_DIR={self.folder}" not in environment or "serve" in words:
                continue
            for name in CHILDREN & set(words):
                found.setdefault(name, int(entry.name))
                found[name] = min(found[name], int(entry.name))
        return found


def wait_until(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    """Wait for a process to do something."""
    deadline = time.monotonic() + 180  # a machine busy with other work is slow
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database has its tables."""
    folder = tmp_path_factory.mktemp("migrated")
    place_database(folder)
    return folder


@pytest.fixture
def serving(migrated: Path, tmp_path: Path) -> Iterator[Serving]:
    """A site that serves, with its worker and beat."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    site = Serving(tmp_path)
    site.start()
    try:
        wait_until(lambda: site.health() == 200, site.text)
        wait_until(lambda: set(site.children()) == CHILDREN, site.text)
        yield site
    finally:
        site.kill()
        for pid in site.children().values():
            os.kill(pid, signal.SIGKILL)


def test_prints_its_address_and_stops_all_when_asked(serving: Serving) -> None:
    assert f"http://127.0.0.1:{serving.port}/" in serving.text()
    assert serving.stop(timeout=40) == 0
    assert serving.children() == {}
    assert serving.health() == 0


def test_a_child_that_dies_is_started_again(serving: Serving) -> None:
    before = serving.children()
    os.kill(before["worker"], signal.SIGKILL)
    wait_until(
        lambda: serving.children().get("worker") not in (None, before["worker"]), serving.text
    )
    assert serving.children()["gunicorn"] == before["gunicorn"]
    assert "worker ended (-9); again in 1 s" in serving.text()
    assert serving.health() == 200


def test_nothing_is_left_behind_when_it_is_killed(serving: Serving) -> None:
    assert serving.process is not None
    os.kill(serving.process.pid, signal.SIGKILL)
    serving.process.wait()
    wait_until(lambda: serving.children() == {}, serving.children)
