"""Throw-away PostgreSQL and Redis servers for tests and benchmarks.

``python -m tests.services -- COMMAND ...`` starts both, points the portal at them through the
environment, runs the command and passes its exit code on. Whatever happens to the command, the
servers are stopped and their files removed. Nothing has to run beforehand: only the server programs
of Debian's ``postgresql`` and ``redis-server`` packages are used.

Tests and benchmarks that need servers of their own (to kill one, for example) use
``PostgresServer`` and ``RedisServer`` directly.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 60
STOP_TIMEOUT = 20
PR_SET_PDEATHSIG = 1


class ServiceError(RuntimeError):
    """A server could not be started; the message says which and shows the end of its log."""


def stop_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a function for ``preexec_fn``: the process gets the signal when its parent dies."""
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal_number)


def free_port() -> int:
    """Return a TCP port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_user() -> pwd.struct_passwd | None:
    """Return the user that servers run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServiceError("running as root, and there is neither a user postgres nor nobody")


def server_program(name: str) -> str:
    """Return the path of a server program, the newest PostgreSQL first."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    found = shutil.which(name, path=os.pathsep.join(map(str, reversed(versions)))) or shutil.which(
        name, path=f"{os.environ.get('PATH', '')}:/usr/sbin"
    )
    if found is None:
        raise ServiceError(f"{name} is not installed; `make setup` installs what tests need")
    return found


class Server(ABC):
    """One server process with its own folder."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.user = server_user()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether the server accepts work."""

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            "stdin": subprocess.DEVNULL,
        }
        if self.user:
            options |= {
                "user": self.user.pw_uid,
                "group": self.user.pw_gid,
                "extra_groups": [],
            }
        return options

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=stop_with_parent(self.stop_signal),
                **self._options(),
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                tail = self.log.read_text(errors="replace")[-2000:]
                raise ServiceError(f"{self.name} did not start:\n{tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server; forcibly when it does not go by itself."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """End the server and all its processes at once, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class PostgresServer(Server):
    """PostgreSQL on a unix socket; as fast as it can be when its data need not survive."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # the "fast" shutdown: does not wait for clients
    database = "portal"
    settings: Mapping[str, str] = {
        "listen_addresses": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "jit": "off",
        "log_min_messages": "warning",
    }

    @property
    def url(self) -> str:
        """The address as PORTAL_DATABASE_URL takes it."""
        return f"postgres://portal@/{self.database}?host={self.folder}"

    def command(self) -> list[str]:
        """Return the server command."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        return [
            server_program("postgres"),
            *("-D", f"{self.folder}/data"),
            *("-k", str(self.folder)),
            *options,
        ]

    def start(self) -> None:
        """Make the cluster when it is not there yet, start it, make the database."""
        fresh = not (self.folder / "data").exists()
        if fresh:
            self._run("initdb", "-D", f"{self.folder}/data", "-U", "portal", "-E", "UTF8",
                      "--locale=C.UTF-8", "-A", "trust", "--no-sync")  # fmt: skip
        super().start()
        if fresh:
            self._run("createdb", "-h", str(self.folder), "-U", "portal", self.database)

    def answers(self) -> bool:
        """Ask pg_isready."""
        return self._run("pg_isready", "-q", "-h", str(self.folder), check=False) == 0

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [server_program(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self._options(),
        )
        if check and done.returncode:
            raise ServiceError(f"{program} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.returncode


class RedisServer(Server):
    """Redis on a free port of the loopback address, keeping nothing on disk."""

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()

    @property
    def url(self) -> str:
        """The address as PORTAL_BROKER_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Return the server command."""
        return [
            server_program("redis-server"),
            *("--port", str(self.port)),
            *("--bind", "127.0.0.1"),
            *("--dir", str(self.folder)),
            *("--save", ""),
            *("--appendonly", "no"),
        ]

    def answers(self) -> bool:
        """Send PING."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False


@contextlib.contextmanager
def temporary_folder(prefix: str = "portal-test-") -> Iterator[Path]:
    """Make a folder that the servers' user can reach, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def font_folder() -> Path:
    """Return the folder of the installed document fonts, which tests share."""
    named = os.environ.get("PORTAL_FONT_DIR")
    return Path(named) if named else ROOT / "var" / "fonts"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Run both servers below the folder; yield the environment that points the portal at them."""
    postgres = PostgresServer(folder / "postgres")
    redis = RedisServer(folder / "redis")
    try:
        postgres.start()
        redis.start()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")
        }
        environment |= {
            "PORTAL_MODE": "test",
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(64),
            "PORTAL_ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "PORTAL_DATA_DIR": str(folder / "data"),
            "PORTAL_FONT_DIR": str(font_folder()),
            "PORTAL_DATABASE_URL": postgres.url,
            "PORTAL_BROKER_URL": redis.url,
            # Whatever the command leaves in the temporary folder goes with the servers.
            "TMPDIR": str(folder / "tmp"),
        }
        (folder / "data" / "static").mkdir(parents=True)
        (folder / "tmp").mkdir()
        yield environment
    finally:
        redis.stop()
        postgres.stop()


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command in a session of its own, pass signals on, leave none of its processes."""
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        elif process.poll() is None:
            process.send_signal(number)

    # Before the command starts: a signal that comes while it does must find somebody to kill.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    process = subprocess.Popen(
        command, env=dict(environment), start_new_session=True,
        preexec_fn=stop_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        for missed in early:
            process.send_signal(missed)
        return process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


class StopRequestError(Exception):
    """A signal asked to stop before the command ran."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise StopRequestError(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command between the two servers."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="print nothing of its own")
    parser.add_argument("command", nargs="+", help="the command, after --")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with temporary_folder() as folder, running(folder) as environment:
            if not options.quiet:
                seconds = time.monotonic() - started
                print(f"PostgreSQL and Redis answer after {seconds:.1f} s", flush=True)
            code = run_command(options.command, environment)
    except StopRequestError as stopped:
        return 128 + int(stopped.args[0])
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
