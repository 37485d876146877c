"""A town's yearly figures: reporting, confirming, correcting."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import Indicator
from portal.core import clock
from portal.core.actor import Actor
from portal.core.ledger import record
from towns.actions.keeping import maintained
from towns.models import Town, TownFigure, TownYear


@transaction.atomic
def record_figures(
    *, actor: Actor, town: Town, year: int, values: Mapping[str, Decimal | None], source: str = ""
) -> None:
    """Report a town's figures of a year, in base units; None takes a figure back.

    ValidationError names the indicator whose value is out of range.
    """
    town = maintained(actor, town)
    catalogue = {
        row.key: row for row in Indicator.objects.filter(subject="town", source="reported")
    }
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in catalogue:
            errors[key] = "没有这个指标。"
        elif value is not None and value < 0:
            errors[key] = "数值不能为负数，请核对。"
        elif value is not None and catalogue[key].type == "percent" and value > 100:
            errors[key] = "百分比不能超过 100，请核对。"
    if errors:
        raise ValidationError(errors)
    before = {
        key: str(value)
        for key, value in TownFigure.objects.filter(town=town, year=year).values_list(
            "indicator__key", "value"
        )
    }
    for key, value in values.items():
        if value is None:
            TownFigure.objects.filter(town=town, year=year, indicator=catalogue[key]).delete()
        else:
            TownFigure.objects.update_or_create(
                town=town,
                year=year,
                indicator=catalogue[key],
                defaults={"value": value, "source": source},
            )
    TownYear.objects.update_or_create(
        town=town,
        year=year,
        defaults={
            "state": "reported",
            "reported_by": actor.user,
            "reported_name": actor.name,
            "reported_at": clock.now(),
        },
    )
    record(
        actor,
        "record_figures",
        town,
        f"填报 {year} 年度数据",
        data={"year": year, "before": before, "after": dict(values)},
        scope_code=town.scope_code,
        audience="filer",
    )
