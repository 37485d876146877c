"""Fixtures every test may use: a real Celery worker, a live site, Debian's chromium.

The tests run on the throw-away servers of ``tests.services``; ``make test`` starts them.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis as redis_client
from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.db import connection
from django.template.base import NodeList
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    sync_playwright,
)
from whitenoise.middleware import WhiteNoiseMiddleware

from criteria import categories
from tests import workers
from tests.emptying import without_triggers
from tests.migrated import place_database
from tests.services import ROOT, free_port, stop_with_parent

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Pages show the machine's fonts; a bare Debian has no Chinese face, the document fonts do.
BROWSER_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{faces}</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="strong"><family>sans-serif</family><prefer>
    <family>Gongwen HeiTi</family></prefer></alias>
</fontconfig>
"""


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run anywhere but on the throw-away servers."""
    if os.environ.get("PORTAL_MODE") != "test":
        raise pytest.UsageError(
            "Tests need the throw-away servers: make test, or "
            "python -m tests.services -- python -m pytest ..."
        )
    config.pluginmanager.register(workers)


# --- database ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Put the test database in place, migrated once for all processes of a run."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    keep = request.config.getvalue("reuse_db") and not request.config.getvalue("create_db")
    place_database(name, keep=keep)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Take the database as it was put: what it lacks of the migrations is applied to it."""
    return True


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    """It was made anew where that was asked for."""
    return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the clean-up after a transactional test pass the triggers that protect rows."""
    # On the class: a browser test has a connection of its own in the browser's event loop.
    operations = type(connection.ops)
    with pytest.MonkeyPatch.context() as patch:
        empty = without_triggers(operations.execute_sql_flush)
        patch.setattr(operations, "execute_sql_flush", empty)
        yield


def database_url() -> str:
    """Return the address of the test database, for processes that a test starts."""
    values = connection.settings_dict
    return f"postgres://{values['USER']}@/{values['NAME']}?host={values['HOST']}"


@pytest.fixture(autouse=True)
def categories_read_anew() -> None:
    """The names of categories that offices added are kept in the process; tests roll them back."""
    categories.forget()


# --- site -------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Every client builds the middleware anew; only the first looks through all static files."""
    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def look_once(self: Any) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", look_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def worked_out_once() -> Iterator[None]:
    """What every page works out anew, though it never changes in a process, is worked out once.

    The address of a static file is made of its name; the blocks of a template are found in the
    nodes it was parsed into. Together they are a tenth of a short page.
    """
    address, find = StaticFilesStorage.url, NodeList.get_nodes_by_type

    @functools.cache
    def address_once(storage: StaticFilesStorage, name: str) -> str:
        return address(storage, name)

    def find_once(nodes: Any, kind: type) -> Any:
        found = vars(nodes).setdefault("found", {})
        if kind not in found or found[kind][0] != len(nodes):
            found[kind] = len(nodes), find(nodes, kind)
        return list(found[kind][1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesStorage, "url", address_once)
        patch.setattr(NodeList, "get_nodes_by_type", find_once)
        yield


# --- worker -----------------------------------------------------------------------------------


class Process:
    """A process of the portal started by a test, with its log in a file."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.command = command
        self.log = log
        self.environment = os.environ | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a process group of its own, which goes when the tests go."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=stop_with_parent(signal.SIGKILL),
            )

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def text(self) -> str:
        """Return everything logged so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_log(self, words: str, *, times: int = 1, timeout: float = 180) -> None:
        """Wait until the log holds the words that many times."""
        deadline = time.monotonic() + timeout
        while self.text().count(words) < times:
            if not self.running:
                raise AssertionError(f"{self.command[:6]} ended:\n{self.text()[-3000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {words!r} in time:\n{self.text()[-3000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill -9 the process and everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self, timeout: float = 20) -> int:
        """Ask it to end, then insist; return its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        self.kill()
        return int(self.process.returncode)


class Worker(Process):
    """A real ``celery -A portal.config worker``."""

    def __init__(self, log: Path, environment: dict[str, str], concurrency: int) -> None:
        command = [
            *(sys.executable, "-m", "celery", "-A", "portal.config", "worker"),
            *("--loglevel", "INFO", "--concurrency", str(concurrency)),
            *("--without-gossip", "--without-mingle"),
            *("--hostname", f"test{free_port()}@localhost"),
        ]
        super().__init__(command, log, environment)
        self.starts = 0

    def start(self) -> None:
        """Start the worker and wait until it takes tasks."""
        super().start()
        self.starts += 1
        self.wait_for_log(" ready.", times=self.starts)

    def restart(self) -> None:
        """Start it again after it was killed or stopped."""
        self.stop()
        self.start()


MakeWorker = Callable[..., Worker]


@pytest.fixture
def make_worker(transactional_db: None, tmp_path: Path) -> Iterator[MakeWorker]:
    """Start workers on the test database: ``make_worker(PORTAL_JOB_LEASE_SECONDS="2")``.

    Keyword arguments become environment variables; the broker is the throw-away Redis unless
    PORTAL_BROKER_URL says otherwise. What earlier tests left in that broker is thrown away.
    """
    if settings.CELERY_BROKER_URL.startswith("redis"):
        with redis_client.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
            broker.flushdb()
    workers: list[Worker] = []

    def make(concurrency: int = 1, **environment: str) -> Worker:
        environment = {"PORTAL_DATABASE_URL": database_url(), **environment}
        worker = Worker(tmp_path / f"worker{len(workers)}.log", environment, concurrency)
        workers.append(worker)
        worker.start()
        return worker

    yield make
    for worker in workers:
        worker.stop()


@pytest.fixture
def celery_worker_process(make_worker: MakeWorker) -> Worker:
    """A running worker with the settings of the tests."""
    return make_worker()


# --- browser ----------------------------------------------------------------------------------


@pytest.fixture
def live_url(live_server: LiveServer) -> str:
    """The address of the site served from the test database (without a slash at its end)."""
    return str(live_server.url)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's chromium, one for the browser tests of a module.

    Playwright's synchronous interface keeps an event loop running in this thread, which makes
    Django refuse the database; the permission below lasts exactly as long as the loop does.
    """
    folder = tmp_path_factory.mktemp("browser")
    fonts = folder / "fonts.conf"
    fonts.write_text(
        BROWSER_FONTS.format(faces=settings.PORTAL_FONT_DIR / "faces", cache=folder / "fontcache")
    )
    environment: dict[str, str | float | bool] = {
        **os.environ,
        "HOME": str(folder),
        "FONTCONFIG_FILE": str(fonts),
    }
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, env=environment
            )
            yield chromium
            chromium.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


NewPage = Callable[[], Page]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open pages for several people: each call is a fresh person without cookies.

    When the test ends, no page may have met a script error or a refusal by the content security
    policy.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note_error(error: Error) -> None:
        problems.append(f"script error: {error.message}")

    def note_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    def open_page() -> Page:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        # Shared machines can be slow; a page that never comes still fails the test.
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", note_error)
        page.on("console", note_console)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of one person."""
    return new_page()
