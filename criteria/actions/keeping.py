"""Locking a draft: what every change of it begins and ends with."""

from __future__ import annotations

from collections.abc import Iterable

from criteria.models import CriteriaSet, Criterion
from criteria.policies import may_edit_set
from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.errors import Stale, require
from portal.core.models import Office
from portal.core.numbers import next_number


def draft_to_change(actor: Actor, key: str) -> CriteriaSet:
    """The draft, locked for this transaction; Refused when it may not be changed.

    Raises CriteriaSet.DoesNotExist when the actor sees no such set.
    """
    criteria_set = (
        CriteriaSet.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("region")
        .get(key=key)
    )
    require(may_edit_set(actor, criteria_set))
    return criteria_set


def same_revision(row: CriteriaSet | Criterion, revision: int) -> None:
    """Stale when somebody has changed the row since it was opened with ``revision``."""
    if row.revision != revision:
        raise Stale(f"{row.changed_name or '他人'}已先修改了这一部分，请核对后再保存。")


def touch(actor: Actor, criteria_set: CriteriaSet, criterion: Criterion | None = None) -> None:
    """Note who changed the draft, and the criterion if one is meant, and save both."""
    note_editor(actor, criteria_set)
    for row in (criteria_set, criterion):
        if row is not None:
            row.revision += 1
            row.changed_at, row.changed_name = clock.now(), actor.name
            row.save()


def note_editor(actor: Actor, criteria_set: CriteriaSet) -> None:
    """Note, without saving, that this person had a hand in the draft and so never confirms it."""
    person = acting_user(actor).pk
    if person not in criteria_set.editors:
        criteria_set.editors = [*criteria_set.editors, person]


def begun_alone(actor: Actor, rows: Iterable[CriteriaSet]) -> CriteriaSet | None:
    """The first of some drafts in which nobody but this person had a hand."""
    person = acting_user(actor).pk
    return next((row for row in rows if row.editors == [person]), None)


def new_key(office: Office, kind: str) -> str:
    """A key that no set ever had: kind, region, year and a running number of the office.

    Taken under a lock, given back when the transaction fails: certification-141033-2026-1.
    """
    year, number = next_number(office, "criteria")
    return f"{kind}-{office.region.code}-{year}-{number}"
