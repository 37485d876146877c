"""Pieces of evidence that are there: described, ordered, taken off."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.merging import Overtaken, overtaken
from portal.core.uploads import find_same
from towns.actions.evidence_places import (
    checked_pages,
    in_place,
    lock_place,
    locked_application,
    next_ordinal,
    piece_of,
    touch,
)
from towns.evidence_policies import may_edit_evidence
from towns.evidence_queries import living
from towns.models import Application, Evidence


@transaction.atomic
def amend_evidence(
    *,
    actor: Actor,
    application: Application,
    evidence_id: int,
    title: str,
    slot: str,
    pages: str,
    opened: Mapping[str, str] | None = None,
) -> Evidence:
    """Change a piece's title, page reference or place in the list.

    ``opened``: what the form was opened with; raises Overtaken, and saves nothing, when that would
    undo unseen what somebody else has saved since.
    """
    locked = locked_application(application)
    evidence = piece_of(locked, evidence_id)
    application, place = lock_place(actor, application, evidence.criterion, slot)
    if not title.strip():
        raise ValidationError({"title": "请填写材料名称。"})
    mine = {"title": title.strip(), "slot": slot, "pages": checked_pages(pages, evidence.file)}
    before = described(evidence)
    if opened is not None and overtaken(opened, before, mine):
        raise Overtaken(before, 0, "", None)
    if mine == before:
        return evidence
    if slot != evidence.slot:
        present = find_same(in_place(application, place), evidence.file.sha256)
        if present is not None:
            raise ValidationError(
                {"slot": f"“{place.words}”已有这份文件，名为《{present.title}》。"}
            )
        evidence.ordinal = next_ordinal(application, place.criterion)
    evidence.title, evidence.slot, evidence.pages = mine["title"], mine["slot"], mine["pages"]
    evidence.save(update_fields=["title", "slot", "pages", "ordinal"])
    touch(actor, application)
    record(
        actor,
        "amend_evidence",
        application,
        f"修改佐证材料《{evidence.title}》",
        data={"evidence": evidence.pk},
        before=before,
        after=mine,
        scope_code=application.scope_code,
        audience="unit",
    )
    return evidence


def described(evidence: Evidence) -> dict[str, str]:
    """What can be changed of a piece, as plain texts."""
    return {"title": evidence.title, "slot": evidence.slot, "pages": evidence.pages}


@transaction.atomic
def move_evidence(
    *, actor: Actor, application: Application, evidence_id: int, up: bool
) -> Evidence:
    """Move a piece before or behind its neighbour in the same slot; the index follows."""
    locked = locked_application(application)
    evidence = piece_of(locked, evidence_id)
    application, _ = lock_place(actor, application, evidence.criterion, evidence.slot)
    rows = list(living(application).filter(criterion=evidence.criterion))
    same = [row for row in rows if row.slot == evidence.slot]
    place = next(number for number, row in enumerate(same) if row.pk == evidence.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(same):
        return evidence
    first, second = rows.index(same[place]), rows.index(same[other])
    rows[first], rows[second] = rows[second], rows[first]
    for ordinal, row in enumerate(rows, start=1):
        row.ordinal = ordinal
    Evidence.objects.bulk_update(rows, ["ordinal"])
    touch(actor, application)
    record(
        actor,
        "move_evidence",
        application,
        f"{'上移' if up else '下移'}佐证材料《{evidence.title}》",
        data={"evidence": evidence.pk},
        scope_code=application.scope_code,
        audience="unit",
    )
    return evidence


@transaction.atomic
def remove_evidence(*, actor: Actor, application: Application, evidence_id: int) -> None:
    """Take a file off the application; the stored file and its entry stay."""
    locked = locked_application(application)
    found = Evidence.objects.filter(application=locked, pk=evidence_id).first()
    if found is not None:
        require(may_edit_evidence(actor, locked, found.criterion))
    evidence = piece_of(locked, evidence_id)
    evidence.removed_at = clock.now()
    evidence.save(update_fields=["removed_at"])
    touch(actor, locked)
    record(
        actor,
        "remove_evidence",
        locked,
        f"移除佐证材料《{evidence.title}》",
        data={"evidence": evidence.pk},
        scope_code=locked.scope_code,
        audience="unit",
    )
