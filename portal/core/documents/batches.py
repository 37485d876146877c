"""The kinds of batches: many letters or certificates of one sort, made by one job.

One table. Apps register what they make in numbers; the job, the pages and the files are the same
for all. What a batch makes are papers, not documents of the register: they take no number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.documents.content import DocumentContent
    from portal.core.errors import Verdict

Arguments = Mapping[str, Any]


class Subject(NamedTuple):
    """What one paper of a batch is about: its key, and its name for people and files."""

    key: str
    label: str


class Choice(NamedTuple):
    """Something that a batch can be made for."""

    value: str
    label: str


@dataclass(frozen=True)
class BatchKind:
    """One kind of batch.

    ``choices`` is what the actor may make it for, the newest first. ``items`` and ``content`` are
    asked by whoever starts it and again by the job, so both begin from what the actor sees;
    ``content`` raises ValidationError for a paper that cannot be made. ``arguments`` are ``what``
    (a value of ``choices``) and ``on`` (ISO date), which is asked for where ``dated``.
    """

    key: str
    label: str
    hint: str
    may: Callable[[Actor], Verdict]
    choices: Callable[[Actor], list[Choice]]
    items: Callable[[Actor, Arguments], list[Subject]]
    content: Callable[[Actor, str, Arguments], DocumentContent]
    dated: bool = False


_kinds: dict[str, BatchKind] = {}


def register(kind: BatchKind) -> BatchKind:
    """Enter a kind; the same key twice is an error of the program."""
    if kind.key in _kinds and _kinds[kind.key] is not kind:
        raise RuntimeError(f"Two kinds of batch are called {kind.key}.")
    _kinds[kind.key] = kind
    return kind


def batch_kind(key: str) -> BatchKind | None:
    """The kind of that key."""
    return _kinds.get(key)


def batch_kinds() -> tuple[BatchKind, ...]:
    """All kinds, in the order of their registration."""
    return tuple(_kinds.values())
