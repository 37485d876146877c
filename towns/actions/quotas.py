"""Places of a round (推荐名额): set for the regions right below, handed down by a city."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Office, Region, hold_in_scope
from towns.actions.round_telling import office_of, tell_of_round
from towns.models import Round, RoundQuota
from towns.round_policies import may_set_quotas
from towns.round_queries import places_of, regions_below

MOST = 999


@transaction.atomic
def set_quotas(*, actor: Actor, call: Round, places: Mapping[int, int | None]) -> list[RoundQuota]:
    """Set places of the regions right below the acting office's, by their keys; None: 未载明.

    An office that was given places hands down as many at most. Nobody is left with less than it
    has handed down already. ValidationError beside ``places_<region>``, or about the sum.
    """
    call = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .select_related("office__region")
        .get(pk=call.pk)
    )
    require(may_set_quotas(actor, call))
    office = acting_office(actor)
    regions = {row.pk: row for row in regions_below(office.region)}
    if set(places) - set(regions):
        raise ValidationError("名额只能设给本行政区划的下一级地区，请刷新页面后重试。")
    standing = {row.region_id: row for row in call.quotas.filter(region__in=regions)}
    before = {pk: row.places for pk, row in standing.items()}
    wanted: dict[int, int | None] = {**before, **places}
    changed = {pk: number for pk, number in wanted.items() if number != before.get(pk)}
    _check(call, office, regions, wanted, changed)
    for pk in changed:
        _store(call, regions[pk], changed[pk], standing.get(pk), actor, office)
    if changed:
        _conclude(actor, call, regions, before, changed)
    return list(call.quotas.filter(region__in=regions))


def _check(
    call: Round,
    office: Office,
    regions: Mapping[int, Region],
    wanted: Mapping[int, int | None],
    changed: Mapping[int, int | None],
) -> None:
    errors: dict[str, list[str]] = {}
    for pk, number in changed.items():
        if number is not None and not 0 <= number <= MOST:
            errors[f"places_{pk}"] = [f"名额应在 0 到 {MOST} 之间。"]
            continue
        handed = _handed_down(call, regions[pk])
        if handed and (number is None or number < handed):
            asked = "不设名额" if number is None else f" {number} 个"
            words = f"{regions[pk].name}已向所属县（市、区）下达 {handed} 个名额，"
            errors[f"places_{pk}"] = [f"{words}不能改为{asked}。请先由该市收回相应名额。"]
    if errors:
        raise ValidationError(errors)
    if office.pk == call.office_id:
        return
    own = places_of(call, office.region) or 0
    total = sum(number for number in wanted.values() if number is not None)
    if total > own:
        raise ValidationError(
            f"下达的名额合计 {total} 个，超过{office.region.name}的名额 {own} 个，"
            f"多出 {total - own} 个。请调减后再保存。"
        )


def _handed_down(call: Round, region: Region) -> int:
    """How many places a region has handed down; places of zero bind nobody."""
    below = call.quotas.filter(region__parent=region)
    return below.aggregate(total=Sum("places"))["total"] or 0


def _store(
    call: Round,
    region: Region,
    number: int | None,
    standing: RoundQuota | None,
    actor: Actor,
    office: Office,
) -> None:
    if number is None:
        if standing is not None:
            standing.delete()
        return
    quota = standing or RoundQuota(round=call, region=region)
    quota.places, quota.set_by = number, office
    quota.set_name, quota.set_at = actor.name, clock.now()
    quota.save()


def _conclude(
    actor: Actor,
    call: Round,
    regions: Mapping[int, Region],
    before: Mapping[int, int],
    changed: Mapping[int, int | None],
) -> None:
    hold_in_scope(call, actor)
    names = {regions[pk].name: number for pk, number in changed.items()}
    record(
        actor,
        "set_quotas",
        call,
        f"设定“{call.title}”的推荐名额："
        + "、".join(f"{name} {_words(number)}" for name, number in names.items()),
        before={regions[pk].name: before.get(pk) for pk in changed},
        after=names,
        audience=call.audience,
    )
    for pk, number in changed.items() if not call.trial else ():
        tell_of_round(
            office_of(regions[pk]),
            call,
            "quota",
            f"推荐名额：{call.title}",
            f"{regions[pk].name}的推荐名额为{_words(number)}。",
            str(pk),
        )


def _words(number: int | None) -> str:
    return "未载明" if number is None else f"{number} 个"
