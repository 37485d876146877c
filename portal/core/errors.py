"""What an action raises when it refuses. Bad input is Django's ValidationError."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """The answer of a policy: ``ok``, or the reason in words an official understands."""

    ok: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.ok


ALLOWED = Verdict(True)


def refuse(reason: str) -> Verdict:
    """A refusal with its reason."""
    return Verdict(False, reason)


class Refused(Exception):
    """The acting post may not do this. ``str()`` is the policy's reason, in Chinese."""


class Stale(Exception):
    """The thing has moved on since the page was opened. ``str()`` says what happened."""


def require(verdict: Verdict) -> None:
    """Raise Refused with the policy's reason unless the verdict is favourable."""
    if not verdict.ok:
        raise Refused(verdict.reason)
