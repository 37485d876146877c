"""What the review chain does to an application and its town, inside its own transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.core.constants import LEVELS
from towns.actions.entries import enter_stage, lock_town
from towns.constants import Filing
from towns.models import Application, Certification
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
