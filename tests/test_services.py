"""The throw-away servers pass on what the command says and leave nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services import ROOT, PostgresServer, RedisServer, temporary_folder

TELL = 'echo "$PORTAL_DATA_DIR"; echo "$PORTAL_BROKER_URL"; '


def services(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.services", "--quiet", "--", "sh", "-c", TELL + script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str]) -> tuple[Path, int]:
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    port = int(process.stdout.readline().rsplit(":", 1)[1].split("/")[0])
    return folder, port


def gone(folder: Path, port: int) -> bool:
    with socket.socket() as probe:
        refused = probe.connect_ex(("127.0.0.1", port)) != 0
    return refused and not folder.exists() and not folder.parent.exists()


def test_the_exit_code_is_passed_on() -> None:
    with services("exit 7") as process:
        folder, port = told(process)
    assert process.returncode == 7
    assert gone(folder, port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything(number: signal.Signals) -> None:
    # The shell leaves a grandchild that ignores signals; it must not survive either.
    with services("(trap '' TERM INT; exec sleep 300) & echo $!; wait") as process:
        folder, port = told(process)
        assert process.stdout is not None
        grandchild = Path("/proc") / process.stdout.readline().strip()
        assert grandchild.exists()
        process.send_signal(number)
    assert process.returncode == 128 + number
    assert gone(folder, port)
    assert wait_until_ended(grandchild)


EARLY = """
import os, signal, sys
from tests import services
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, services._stop)
script = "(trap '' TERM INT; exec sleep 300) & echo $!; kill -s INT $PPID; wait"
sys.exit(128 - services.run_command(["sh", "-c", script], os.environ))
"""


def test_a_signal_while_the_command_starts_stops_it() -> None:
    # On one processor the shell is often ahead of the one that started it.
    for _ in range(12):
        done = subprocess.run(
            [sys.executable, "-c", EARLY], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 128 + signal.SIGINT
        grandchild = Path("/proc") / done.stdout.strip()
        assert wait_until_ended(grandchild)


def wait_until_ended(process: Path) -> bool:
    """Wait for the moment that the kernel takes to end what was killed."""
    for _ in range(600):
        if ended(process):
            return True
        time.sleep(0.05)
    return False


def ended(process: Path) -> bool:
    """Whether nothing of a process runs any more."""
    try:
        return (process / "stat").read_text().split()[2] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("kind", [PostgresServer, RedisServer])
def test_a_killed_server_starts_again(kind: type[PostgresServer | RedisServer]) -> None:
    with temporary_folder() as folder:
        server = kind(folder / "server")
        try:
            server.start()
            server.kill()
            assert not server.answers()
            server.start()
            assert server.answers()
        finally:
            server.stop()
    assert not folder.exists()
