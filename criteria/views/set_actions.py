"""What can be done with a criteria set, as one table: a row is a link on the page of the set.

A row shows for those whom its policy allows. ``primary``, ``secondary`` and ``danger`` are buttons
beside the title, ``quiet`` ones stand in the row of tools under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from criteria.models import CriteriaSet
from portal.core.actor import Actor
from portal.core.errors import ALLOWED, Verdict
from portal.core.web import office_url


class SetAction(NamedTuple):
    """A link: its words, address, parameters, who gets it, and how it looks."""

    label: str
    url_name: str
    args: Callable[[CriteriaSet], tuple[object, ...]]
    policy: Callable[[Actor, CriteriaSet], Verdict]
    style: str = "secondary"


def by_key(criteria_set: CriteriaSet) -> tuple[object, ...]:
    """The parameters of most addresses."""
    return (criteria_set.key,)


def anybody(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """For whoever reads the page."""
    return ALLOWED


ACTIONS: tuple[SetAction, ...] = ()


def set_actions(actor: Actor, criteria_set: CriteriaSet) -> list[dict[str, str]]:
    """The links that a reader of the page gets, in the order of the table."""
    return [
        {
            "text": row.label,
            "url": office_url(actor, row.url_name, *row.args(criteria_set)),
            "tone": row.style,
        }
        for row in ACTIONS
        if row.policy(actor, criteria_set).ok
    ]
