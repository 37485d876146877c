"""What the review chain does to an application and its town, inside its own transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from towns.constants import Filing
from towns.models import Application, Certification, Town

if TYPE_CHECKING:
    from portal.core.models import OfficialDocument


def freeze_application(application: Application, *, state: Filing, **fields: Any) -> None:
    """Set the state an outcome gives the application (called by reviews)."""
    Application.objects.filter(pk=application.pk).update(state=state, **fields)


def certify_town(application: Application, document: OfficialDocument, on: date) -> Certification:
    """Enter the town into the roster (called by reviews, inside the issuing transaction).

    The end of validity is 未载明 in the documents and stays empty.
    """
    town = application.town
    try:
        with transaction.atomic():
            certification = Certification.objects.create(
                town=town,
                application=application,
                document=document,
                level=application.round.level,
                scope_code=application.scope_code,
                town_name=town.name,
                category=application.category,
                industry=town.industry,
                year=on.year,
                valid_from=on,
            )
    except IntegrityError as error:
        raise ValidationError(
            f"{town.name}已有同一层级的有效认定，请先从本次名单中移出。"
        ) from error
    Town.objects.filter(pk=town.pk).update(stage=application.round.level)
    return certification
