"""What the review chain does to an application and its town, inside its own transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.core.constants import LEVELS
from portal.core.ledger import record
from towns.actions.entries import enter_stage, lock_town, lock_towns
from towns.constants import STAGE_CHOICES, Filing
from towns.models import Application, Certification, Town
from towns.register_queries import valid_levels

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.models import OfficialDocument


def freeze_application(application: Application, *, state: Filing, **fields: Any) -> None:
    """Set the state an outcome gives the application (called by reviews)."""
    Application.objects.filter(pk=application.pk).update(state=state, **fields)


def certify_town(
    actor: Actor, application: Application, document: OfficialDocument, on: date
) -> Certification:
    """Enter the town into the roster (called by reviews, inside the issuing transaction).

    It bears the name it filed under, as the notice does. Its stage becomes the highest level at
    which it is certified. The end of validity is 未载明 in the documents and stays empty.
    """
    town = lock_town(application.town)
    filed = application.snapshot.get("town", {}).get("name") or town.name
    try:
        with transaction.atomic():
            certification = Certification.objects.create(
                town=town,
                application=application,
                document=document,
                level=application.round.level,
                scope_code=application.scope_code,
                town_name=filed,
                category=application.category,
                industry=town.industry,
                year=on.year,
                valid_from=on,
            )
    except IntegrityError as error:
        raise ValidationError(
            f"{town.name}已有同一层级的有效认定，请先从本次名单中移出。"
        ) from error
    highest = valid_levels(town)[-1]
    if town.stage != highest:
        # A document may bear an earlier day than the last move that was entered by hand.
        last = town.stage_moves.first()
        enter_stage(
            actor,
            town,
            highest,
            max(on, last.on) if last is not None else on,
            reason=f"认定为{LEVELS[application.round.level].adjective}专业镇",
            source=f"{document.title}（{document.number}）"[:200],
        )
    return certification


def end_certifications(
    actor: Actor, document: OfficialDocument, later: OfficialDocument, on: date
) -> list[Certification]:
    """End what a document certified, because a later one revokes it (called by reviews).

    Each town comes to the highest level that is left, or to the stage it had before it was
    certified at any. What was certified stays in its history as revoked.
    """
    keys = list(document.certifications.filter(state="valid").values_list("town_id", flat=True))
    towns = {town.pk: town for town in lock_towns(keys)}
    ended = []
    for row in document.certifications.filter(state="valid").order_by("town_id"):
        row.state, row.valid_to = "revoked", on
        row.save(update_fields=["state", "valid_to"])
        ended.append(row)
        town = towns[row.town_id]
        left = valid_levels(town)
        stage = left[-1] if left else _stage_before(town)
        last = town.stage_moves.first()
        if stage != town.stage:
            enter_stage(
                actor,
                town,
                stage,
                max(on, last.on) if last is not None else on,
                reason=f"撤销{LEVELS[row.level].adjective}专业镇认定",
                source=f"{later.title}（{later.number}）",
            )
        record(
            actor,
            "end_certification",
            town,
            f"撤销{LEVELS[row.level].adjective}专业镇认定，依据{later.number}",
            data={"certification": row.pk, "document": later.pk},
            scope_code=town.scope_code,
        )
    return ended


def _stage_before(town: Town) -> str:
    """The last stage of the town that was no level; 入库 when none is on record."""
    for move in town.stage_moves.all():
        if move.stage not in LEVELS:
            return move.stage
    return STAGE_CHOICES[0][0]
