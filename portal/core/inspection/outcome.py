"""What an inspection says: a reason to keep the file out, or what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field


class Unfit(Exception):
    """The file stays out; ``key`` is a row of ``portal.core.uploads.problems.SENTENCES``."""

    def __init__(self, key: str, **details: str) -> None:
        super().__init__(key)
        self.key = key
        self.details = details


@dataclass
class Found:
    """What a fit file contains: flags (keys of ``FILE_FLAGS``) and, where it has them, pages."""

    flags: set[str] = field(default_factory=set)
    pages: int | None = None


@dataclass
class Budget:
    """How much may still be unpacked of one upload, whatever is nested in it."""

    entries: int = 5_000
    octets: int = 300 * 1024 * 1024

    def take(self, octets: int) -> None:
        """Use some of it up."""
        self.octets -= octets
        if self.octets < 0:
            raise Unfit("bomb", why="解压后的总量过大")

    def take_entries(self, count: int) -> None:
        """The same for the number of parts."""
        self.entries -= count
        if self.entries < 0:
            raise Unfit("bomb", why="内含的部件过多")
