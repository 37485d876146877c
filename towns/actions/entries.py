"""What the actions on the register of towns share: locks, checks, history, entries in the ledger.

Towns are locked in the order of their keys, and before anything that hangs from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.models import Region
from towns.constants import LIVE_FILINGS
from towns.models import Application, StageMove, Town, TownChange
from towns.policies import may_change_town

REASON, SOURCE = 300, 200


def lock_town(town: Town) -> Town:
    """One town, locked, with its county."""
    return lock_towns([town.pk])[0]


def lock_towns(keys: Iterable[int]) -> list[Town]:
    """Towns locked in the order of their keys, so that two changes never wait crosswise."""
    rows = Town.objects.filter(pk__in=set(keys)).select_for_update(of=("self",))
    return list(rows.select_related("county").order_by("pk"))


# --- checks -------------------------------------------------------------------------------------


def given(text: str, field: str, what: str, longest: int) -> str:
    """A text that was given and fits, without spaces around it."""
    text = optional(text, field, what, longest)
    if not text:
        raise ValidationError({field: f"请填写{what}。"})
    return text


def optional(text: str, field: str, what: str, longest: int) -> str:
    """A text that fits, without spaces around it; it may be empty."""
    text = text.strip()
    if len(text) > longest:
        raise ValidationError({field: f"{what}不能超过 {longest} 个字，请缩短。"})
    return text


def check_day(on: date, field: str = "on") -> None:
    """What is entered has happened."""
    if on > clock.today():
        raise ValidationError({field: "日期不能晚于今天，请在生效当日或之后办理。"})


def check_after_entry(on: date, towns: Iterable[Town]) -> None:
    """A change comes after the town's own beginning, and after what was entered before it."""
    last: dict[int, TownChange] = {}
    rows = TownChange.objects.filter(town__in=[town.pk for town in towns]).exclude(kind="amend")
    for row in rows.order_by("on", "pk"):
        last[row.town_id] = row
    for town in towns:
        change = last.get(town.pk)
        if change is not None and on < change.on:
            raise ValidationError(
                {"on": f"{town.name}上一次变更是 {change.on}，日期不能早于该日。"}
            )


def check_standing(town: Town) -> None:
    """Stale when the town has been merged, split or struck off."""
    standing = may_change_town(town)
    if not standing.ok:
        raise Stale(standing.reason)


def check_name(county: Region, name: str, field: str = "name", own: Iterable[int] = ()) -> None:
    """No other standing town of the county has the name; nobody takes it before the commit."""
    Region.objects.select_for_update(no_key=True).get(pk=county.pk)
    rows = Town.objects.standing().filter(county=county, name=name).exclude(pk__in=list(own))
    if rows.exists():
        raise ValidationError({field: f"{county.name}已有名为“{name}”的专业镇，请核对。"})


def check_not_filing(towns: Sequence[Town], field: str) -> None:
    """Refuse while an application of one of them runs: which, and what to do."""
    live = (
        Application.objects.filter(
            town__in=[town.pk for town in towns], state__in=LIVE_FILINGS, trial=False
        )
        .select_related("town", "round")
        .order_by("town_id", "pk")
    )
    words = [f"{row.town.name}的“{row.round.title}”{row.filing.label}" for row in live]
    if words:
        raise ValidationError({field: f"{'；'.join(words)}。请在办结或撤回后再办理。"})


# --- history ------------------------------------------------------------------------------------


def enter_stage(
    actor: Actor, town: Town, stage: str, on: date, *, reason: str = "", source: str = ""
) -> StageMove:
    """Set the stage of a locked town, with its row in the history."""
    town.stage = stage
    town.save(update_fields=["stage"])
    return StageMove.objects.create(
        town=town,
        stage=stage,
        on=on,
        reason=reason[:REASON],
        source=source[:SOURCE],
        made_by=actor.user,
        made_name=actor.name[:60],
        created_at=clock.now(),
    )


def enter_change(
    actor: Actor,
    town: Town,
    kind: str,
    on: date,
    detail: str,
    *,
    reason: str = "",
    source: str = "",
    related: Iterable[Town] = (),
) -> TownChange:
    """A row in the history of a locked town."""
    change = TownChange.objects.create(
        town=town,
        kind=kind,
        on=on,
        detail=detail[:400],
        reason=reason[:REASON],
        source=source[:SOURCE],
        made_by=actor.user,
        made_name=actor.name[:60],
        created_at=clock.now(),
    )
    change.related.set([row for row in related if row.pk != town.pk])
    return change


def enter_in_ledger(
    actor: Actor,
    verb: str,
    town: Town,
    text: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    """One entry in the chain of a locked town, which the town itself may read."""
    record(
        actor,
        verb,
        town,
        text,
        before=before,
        after=after,
        scope_code=town.scope_code,
        audience="filer",
    )
