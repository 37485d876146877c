"""Stages of a long command: each says that it began and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stages:
    """``with stages("name"):`` prints progress and keeps the seconds."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time one stage."""
        self.write(f"==> {name}")
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 2)
        self.write(f"    {name}: {self.seconds[name]} s")
