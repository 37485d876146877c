"""Keeping a few processes running beside each other: the embedded default's site, worker and beat.

Each child is started with the same interpreter and told to end when the supervisor dies in whatever
way, so that none is left behind. One that ends by itself is started again, each time a little
later, and at once again after it has run for a minute.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 20
STEADY_SECONDS = 60
LONGEST_PAUSE = 30
_libc = ctypes.CDLL(None)


@dataclass
class Child:
    """One supervised process; ``death_signal`` is what it gets when the supervisor is killed."""

    name: str
    arguments: Sequence[str]
    death_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    start_after: float = field(default=0.0, init=False)

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs its children until a signal asks it to stop."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], object],
    ) -> None:
        self.children = children
        self.folder = folder
        self.environment = environment
        self.say = say
        self.stopping = False

    def run(self) -> None:
        """Start everything and keep it running; returns once all of it has stopped."""
        previous = {
            number: signal.signal(number, self._stop)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        try:
            while not self.stopping:
                for child in self.children:
                    self._tend(child)
                time.sleep(0.2)
        finally:
            self._end()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _tend(self, child: Child) -> None:
        """Start the child when it does not run and its pause is over."""
        if child.running:
            return
        moment = time.monotonic()
        if child.process is not None:
            steady = moment - child.started_at >= STEADY_SECONDS
            child.failures = 1 if steady else child.failures + 1
            pause = min(2 ** (child.failures - 1), LONGEST_PAUSE)
            child.start_after = moment + pause
            self.say(f"{child.name} ended ({child.process.returncode}); again in {pause} s")
            child.process = None
        if moment >= child.start_after:
            child.started_at = moment
            child.process = subprocess.Popen(
                [sys.executable, *child.arguments],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid(), child.death_signal),
            )

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _end(self) -> None:
        """Ask every child to end, the last first, then insist on it and on what it started."""
        living = [child.process for child in reversed(self.children) if child.process is not None]
        for process in living:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in living:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"process {process.pid} does not end by itself")
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group has ended, as it should
    finally:
        process.wait()


def _end_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """A function for ``preexec_fn``: the child gets the signal when the supervisor dies."""

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
