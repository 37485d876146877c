"""What the outcomes of a chain do to a case's subject: one row per kind of subject.

A claim or a yearly return that is to run through a chain is a row here, naming the action of its
own app and what its case is closed as, and a chain whose ``subject`` it is. It also wants a link of
its own: a case points at an application (``Case.application``) and at nothing else yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from reviews.chain import Move
from reviews.models import Case
from towns.actions import freeze_application
from towns.constants import Filing


class Effect(StrEnum):
    """What may become of a subject."""

    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    GRANTED = "granted"
    REOPENED = "reopened"


EFFECT_OF_MOVE: dict[Move, Effect] = {
    Move.RETURN: Effect.RETURNED,
    Move.REJECT: Effect.REJECTED,
}


class Subject(NamedTuple):
    """A kind of subject: its name, how a case reaches it, its states, the action that sets them.

    ``granted_as``: the outcome of a case that came to the end of its chain.
    """

    label: str
    of: Callable[[Case], Any]
    states: Mapping[Effect, Any]
    apply: Callable[..., None]
    granted_as: str


SUBJECTS: dict[str, Subject] = {
    "application": Subject(
        label="申报",
        of=lambda case: case.application,
        states={
            Effect.RETURNED: Filing.RETURNED,
            Effect.REJECTED: Filing.REJECTED,
            Effect.WITHDRAWN: Filing.WITHDRAWN,
            Effect.GRANTED: Filing.CERTIFIED,
            Effect.REOPENED: Filing.SUBMITTED,
        },
        apply=freeze_application,
        granted_as="certified",
    ),
}


def granted_as(case: Case) -> str:
    """The outcome of the case when it comes to the end of its chain."""
    return SUBJECTS[case.chain.subject].granted_as


def apply_effect(case: Case, effect: Effect, **fields: Any) -> None:
    """Give the subject of a locked case the state that the effect means for its kind."""
    row = SUBJECTS[case.chain.subject]
    row.apply(row.of(case), state=row.states[effect], **fields)
