"""A town's yearly figures: reported, confirmed or returned by the office above, then corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.indicator_queries import asked_of
from criteria.models import Indicator
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.actions.keeping import maintained
from towns.figure_policies import may_confirm_figures, may_judge_figures
from towns.figure_queries import figures_around, is_sealed
from towns.figure_rules import FIRST_YEAR, out_of_bounds, plain
from towns.models import FigureCorrection, Town, TownFigure, TownYear

Values = Mapping[str, Decimal | None]
SEALED = (
    "{year} 年度数据已由{who}确认，不能直接修改。需要更改的，请用“更正”并写明原因，更正后重新确认。"
)


@transaction.atomic
def record_figures(
    *, actor: Actor, town: Town, year: int, values: Values, source: str = ""
) -> None:
    """Report a town's figures of a year, in base units; None takes a figure back.

    ValidationError names the indicator whose value is out of range, or says that the year has been
    confirmed. The same report twice leaves one entry.
    """
    town = maintained(actor, town)
    catalogue = check_figures("town", town, year, values)
    row = TownYear.objects.filter(town=town, year=year).first()
    if row is not None and is_sealed(row):
        raise ValidationError(SEALED.format(year=year, who=row.confirmed_office or "上级办公室"))
    before = _stored(town, year)
    after = {**before, **values}
    if all(value is None for value in after.values()):
        raise ValidationError("请至少填写一项指标，再保存。")
    changed = _changes(before, values)
    same_source = not TownFigure.objects.filter(town=town, year=year).exclude(source=source)
    if not changed and same_source and row is not None and row.state == "reported":
        return
    for key, value in values.items():
        _store(town, year, catalogue[key], value, source)
    TownYear.objects.update_or_create(
        town=town, year=year, defaults={"state": "reported", **_by(actor)}
    )
    _enter(actor, "record_figures", town, f"填报 {year} 年度数据", year, before, changed)


@transaction.atomic
def correct_figures(
    *, actor: Actor, town: Town, year: int, values: Values, reason: str, source: str = ""
) -> None:
    """Change a confirmed year: what it was, what it becomes and why; it is to be confirmed again.

    Where no value differs, a ``source`` that differs is corrected for the whole year; and a year
    that was returned may be handed in as it is. ValidationError as for reporting, or when there is
    no reason or nothing to correct.
    """
    town = maintained(actor, town)
    catalogue = check_figures("town", town, year, values)
    reason = _reason(reason, "请写明更正原因，例如：年报数据经统计部门核定调整。")
    row = TownYear.objects.filter(town=town, year=year).first()
    if row is None or not is_sealed(row):
        raise ValidationError(f"{year} 年度数据尚未确认，直接修改即可，不需要更正。")
    before = _stored(town, year)
    changed = _changes(before, values)
    old_source = figures_around(town, year)[0].source
    sourced = not changed and source not in ("", old_source)
    again = row.state == "returned"
    if not (changed or sourced or again):
        raise ValidationError("填写的数值与已存的相同，没有需要更正的。")
    if not any(value is not None for value in {**before, **changed}.values()):
        raise ValidationError("更正后该年度没有任何数据，请至少保留一项指标。")
    moment = clock.now()
    for key, value in changed.items():
        _store(town, year, catalogue[key], value, source)
    if sourced:
        TownFigure.objects.filter(town=town, year=year).update(source=source)
    FigureCorrection.objects.bulk_create(
        FigureCorrection(
            town=town,
            year=year,
            indicator=catalogue[key],
            before=before.get(key),
            after=value,
            reason=reason,
            made_by=actor.user,
            made_name=actor.name,
            created_at=moment,
        )
        for key, value in changed.items()
    )
    row.state = "corrected"
    by = _by(actor)
    for name, stated in by.items():
        setattr(row, name, stated)
    row.save(update_fields=["state", *by])
    summary = f"更正 {year} 年度数据"
    data = {"reason": reason}
    if sourced:
        summary += "的来源"
        data |= {"source": source, "source_before": old_source}
    elif not changed:
        summary = f"核对 {year} 年度数据无误，重新提交"
    _enter(actor, "correct_figures", town, summary, year, before, changed, **data)


@transaction.atomic
def confirm_figures(
    *, actor: Actor, town: Town, year: int, seen: datetime | None = None
) -> TownYear:
    """Confirm what the town reported or corrected, by somebody who did not report it.

    ``seen`` is when the figures that were looked at had been reported; Stale when they have been
    changed since, or when the year has been confirmed or returned already.
    """
    town, row = _judged(actor, town, year)
    require(may_confirm_figures(actor, town, row))
    if row.state == "confirmed":
        who = row.confirmed_office or "上级办公室"
        raise Stale(f"{year} 年度数据已由{who}确认，无需重复办理。")
    _waiting(row, seen)
    row.state, row.return_reason = "confirmed", ""
    row.confirmed_by, row.confirmed_name = actor.user, actor.name
    row.confirmed_office = actor.office.name if actor.office else ""
    row.confirmed_at = clock.now()
    row.save()
    hold_in_scope(row, actor)
    _enter(actor, "confirm_figures", town, f"确认 {year} 年度数据", year)
    return row


@transaction.atomic
def return_figures(
    *, actor: Actor, town: Town, year: int, reason: str, seen: datetime | None = None
) -> TownYear:
    """Give a year back to the town with the reason; its figures stay as they are."""
    town, row = _judged(actor, town, year)
    reason = _reason(reason, "请写明退回原因，说明哪项指标需要怎样核对。")
    if row.state == "confirmed":
        raise Stale(f"{year} 年度数据已经确认，不能退回。需要更改的，由填报单位更正。")
    _waiting(row, seen)
    row.state, row.return_reason = "returned", reason
    row.save(update_fields=["state", "return_reason"])
    hold_in_scope(row, actor)
    _enter(actor, "return_figures", town, f"退回 {year} 年度数据", year, reason=reason)
    return row


def check_figures(subject: str, town: Town, year: int, values: Values) -> dict[str, Indicator]:
    """The reported indicators by key; ValidationError where a value or the year cannot be.

    An office's own indicators are known to the towns of its region only.
    """
    if not FIRST_YEAR <= year <= clock.today().year:
        raise ValidationError(f"年度应在 {FIRST_YEAR} 年至 {clock.today().year} 年之间。")
    rows = asked_of(subject, town.county, kept=values)
    catalogue = {row.key: row for row in rows}
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in catalogue:
            errors[key] = "没有这个指标。"
        elif value is not None and (wrong := out_of_bounds(catalogue[key], value)):
            errors[key] = wrong
    if errors:
        raise ValidationError(errors)
    return catalogue


def _judged(actor: Actor, town: Town, year: int) -> tuple[Town, TownYear]:
    """The town and its year, locked, for the office above."""
    require(may_judge_figures(actor, town))
    town = (Town.objects.select_for_update(of=("self",)).select_related("county__parent")).get(
        pk=town.pk
    )
    row = TownYear.objects.select_for_update().filter(town=town, year=year).first()
    if row is None:
        raise Stale(f"{town.name}尚未填报 {year} 年度数据。")
    return town, row


def _waiting(row: TownYear, seen: datetime | None) -> None:
    """Stale unless the year waits to be judged, with the figures that were looked at."""
    if row.state == "returned":
        raise Stale(f"{row.year} 年度数据已退回填报单位，待其重新填报后再核对。")
    if seen is not None and row.reported_at is not None and seen != row.reported_at:
        raise Stale(f"{row.year} 年度数据在您打开页面之后又有改动，以下是最新数据，请重新核对。")


def _by(actor: Actor) -> dict[str, object]:
    return {
        "reported_by": actor.user,
        "reported_name": actor.name,
        "reported_at": clock.now(),
    }


def _reason(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({"reason": missing})
    if len(text) > 400:
        raise ValidationError({"reason": "原因不超过 400 字，请精简。"})
    return text


def _stored(town: Town, year: int) -> dict[str, Decimal]:
    rows = TownFigure.objects.filter(town=town, year=year)
    return dict(rows.values_list("indicator__key", "value"))


def _changes(before: Mapping[str, Decimal], values: Values) -> dict[str, Decimal | None]:
    return {key: value for key, value in values.items() if value != before.get(key)}


def _store(town: Town, year: int, indicator: Indicator, value: Decimal | None, source: str) -> None:
    if value is None:
        TownFigure.objects.filter(town=town, year=year, indicator=indicator).delete()
        return
    TownFigure.objects.update_or_create(
        town=town,
        year=year,
        indicator=indicator,
        defaults={"value": value, "source": source},
    )


def _enter(
    actor: Actor,
    verb: str,
    town: Town,
    summary: str,
    year: int,
    before: Mapping[str, Decimal] | None = None,
    changed: Values | None = None,
    **data: str,
) -> None:
    """The entry in the ledger: the year and, where figures changed, each before and after."""
    differs = changed is not None
    record(
        actor,
        verb,
        town,
        summary,
        data={"year": year, **data},
        before={key: plain((before or {}).get(key)) for key in changed or {}} if differs else None,
        after={key: plain(value) for key, value in (changed or {}).items()} if differs else None,
        scope_code=town.scope_code,
        audience="filer",
    )
