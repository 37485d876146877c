"""Yearly figures of an enterprise, kept by the filer of a town it belongs or belonged to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actor import Actor
from portal.core.ledger import record
from towns.actions.figures import check_figures
from towns.actions.keeping import maintained
from towns.figure_rules import plain
from towns.models import Enterprise, EnterpriseFigure, Membership, Town


@transaction.atomic
def record_enterprise_figures(
    *,
    actor: Actor,
    town: Town,
    enterprise: Enterprise,
    year: int,
    values: Mapping[str, Decimal | None],
    source: str = "",
) -> None:
    """Record an enterprise's figures of a year, in base units; None takes a figure back.

    ValidationError names the indicator whose value is out of range. The same figures twice leave
    one entry.
    """
    town = maintained(actor, town)
    if not Membership.objects.filter(town=town, enterprise=enterprise).exists():
        raise ValidationError(f"{enterprise.name}不在{town.name}的企业名单中。")
    enterprise = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    catalogue = check_figures("enterprise", town, year, values)
    rows = EnterpriseFigure.objects.filter(enterprise=enterprise, year=year)
    before = {
        key: (value, stated)
        for key, value, stated in rows.values_list("indicator__key", "value", "source")
    }
    wanted = {key: None if value is None else (value, source) for key, value in values.items()}
    changed = {key: value for key, value in values.items() if wanted[key] != before.get(key)}
    if not changed:
        return
    for key, value in changed.items():
        if value is None:
            rows.filter(indicator=catalogue[key]).delete()
            continue
        EnterpriseFigure.objects.update_or_create(
            enterprise=enterprise,
            year=year,
            indicator=catalogue[key],
            defaults={"value": value, "source": source},
        )
    record(
        actor,
        "record_enterprise_figures",
        town,
        f"填报企业 {enterprise.name} {year} 年度数据",
        data={"uscc": enterprise.uscc, "year": year},
        before={key: plain(before[key][0] if key in before else None) for key in changed},
        after={key: plain(value) for key, value in changed.items()},
        scope_code=town.scope_code,
        audience="filer",
    )
