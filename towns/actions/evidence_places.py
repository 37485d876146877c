"""Where a piece of evidence belongs, and what every write of evidence shares."""

from __future__ import annotations

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import Refused, Stale, require
from portal.core.models import StoredFile, hold_in_scope
from towns.evidence_index import BEYOND, BadReference, page_reference
from towns.evidence_policies import may_edit_evidence
from towns.evidence_queries import living, slots_of
from towns.models import Application, Evidence, EvidenceSlot

TITLE_LENGTH = Evidence._meta.get_field("title").max_length
GONE = "该材料已被移除。"
NO_CRITERION = "该批次的认定标准没有这一条。"
NO_SLOT = "材料清单里没有这一项，请重新选择。"


class Place(NamedTuple):
    """Where a piece belongs: criterion and slot, with their names."""

    criterion: str
    slot: str
    criterion_title: str
    asked: EvidenceSlot | None

    @property
    def words(self) -> str:
        """The criterion, and what of the list it answers."""
        title = self.asked.title if self.asked is not None else BEYOND
        return f"{self.criterion_title}：{title}"


def require_place(actor: Actor, application: Application, criterion: str) -> None:
    """What takes long is not begun for somebody who may not."""
    title_of(application, criterion)
    require(may_edit_evidence(actor, application, criterion))


def locked_application(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office", "criteria_set")
        .get(pk=application.pk)
    )


def lock_place(
    actor: Actor, application: Application, criterion: str, slot: str
) -> tuple[Application, Place]:
    """The application locked for somebody who may give evidence there, and the place."""
    locked = locked_application(application)
    title = title_of(locked, criterion)
    require(may_edit_evidence(actor, locked, criterion))
    asked = None
    if slot:
        asked = next((row for row in slots_of(locked, criterion) if row.key == slot), None)
        if asked is None:
            raise ValidationError({"slot": NO_SLOT})
    return locked, Place(criterion, slot, title, asked)


def title_of(application: Application, criterion: str) -> str:
    for row in spec_of(application.criteria_set).criteria:
        if row.key == criterion:
            return row.title
    raise ValidationError(NO_CRITERION)


def piece_of(application: Application, evidence_id: int) -> Evidence:
    row = living(application).filter(pk=evidence_id).first()
    if row is None:
        raise Stale(GONE)
    return row


def in_place(application: Application, place: Place) -> QuerySet[Evidence]:
    return living(application).filter(criterion=place.criterion, slot=place.slot)


def checked_pages(pages: str, stored: StoredFile) -> str:
    try:
        return page_reference(pages, stored.pages)
    except BadReference as error:
        raise ValidationError({"pages": str(error)}) from error


def next_ordinal(application: Application, criterion: str) -> int:
    rows = Evidence.objects.filter(application=application, criterion=criterion)
    return (rows.aggregate(last=Max("ordinal"))["last"] or 0) + 1


def create_piece(
    application: Application, place: Place, title: str, stored: StoredFile, pages: str = ""
) -> Evidence:
    return Evidence.objects.create(
        application=application,
        criterion=place.criterion,
        slot=place.slot,
        title=title[:TITLE_LENGTH],
        pages=pages,
        ordinal=next_ordinal(application, place.criterion),
        file=stored,
    )


def touch(actor: Actor, application: Application) -> None:
    """Say that it was worked on; whoever cannot see it any more has saved nothing."""
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    if not actor.can(Can.CONTRIBUTE):
        hold_in_scope(application, actor)
    elif not Application.objects.contributed_by(actor).filter(pk=application.pk).exists():
        raise Refused("这项填报授权已经结束，内容没有保存。")
