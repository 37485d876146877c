"""条款分工: which member units an office consults on each criterion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.merging import require_seen
from portal.core.models import Office, hold_in_scope
from reviews.consulting_queries import Division, divisions_for, roles_of, set_now
from reviews.models import CriterionUnit
from reviews.models.judging import ROLE_CHOICES
from reviews.policies import may_divide

OVERTAKEN = "您打开本页以后，这一条的分工已由本办公室其他人员修改，没有保存。"
OWN_SOURCE = "本办公室设定"
_LONGEST_SOURCE = 160


@transaction.atomic
def set_criterion_units(
    *,
    actor: Actor,
    criteria_set: CriteriaSet,
    criterion: str,
    roles: Mapping[int, str],
    clause: str = "",
    seen: str | None = None,
) -> list[CriterionUnit]:
    """Set the units that the acting office consults on a criterion: unit -> lead or support.

    ``clause`` names the clause whose division of work was offered: a unit that it names keeps it as
    its source. A unit that stays as it was keeps the source it had, and what was set for a unit
    that was merged is its successor's. ``seen``: the digest of what was set when the form was
    opened (``roles_of``).
    """
    require(may_divide(actor))
    # Two people of an office that set the same criterion wait for each other.
    own = acting_office(actor).pk
    office = Office.objects.select_for_update(of=("self",), no_key=True).get(pk=own)
    titles = {row.key: row.title for row in spec_of(criteria_set).criteria}
    if criterion not in titles:
        raise ValidationError("该认定标准没有这一条。")
    chosen = {pk: role for pk, role in roles.items() if role}
    if set(chosen.values()) - {*dict(ROLE_CHOICES)}:
        raise ValidationError({"roles": "分工请选择牵头或者配合。"})
    units = {
        row.pk: row
        for row in Office.objects.standing().filter(
            pk__in=chosen, kind="member_unit", parent=office
        )
    }
    if set(chosen) - set(units):
        raise ValidationError({"roles": "所选单位已不是本领导小组的成员单位，请刷新后重新选择。"})
    division = next((row for row in divisions_for(office) if row.key == clause), None)
    present = list(
        CriterionUnit.objects.filter(
            office=office, criteria_set=criteria_set, criterion=criterion
        ).select_related("unit")
    )
    before, named = set_now(present), _in_words(present)
    mine = {str(pk): role for pk, role in chosen.items()}
    require_seen(seen, roles_of(before), mine, OVERTAKEN)
    CriterionUnit.objects.filter(pk__in=[row.pk for row in present]).delete()
    rows = CriterionUnit.objects.bulk_create(
        CriterionUnit(
            office=office,
            criteria_set=criteria_set,
            criterion=criterion,
            unit=units[pk],
            role=role,
            source=_source(before.get(pk), division, pk, role),
            set_name=actor.name,
            set_at=clock.now(),
        )
        for pk, role in chosen.items()
    )
    if rows:
        hold_in_scope(rows[0], actor)
    record(
        actor,
        "set_criterion_units",
        office,
        f"{criteria_set.title}“{titles[criterion]}”的条款分工",
        data={"criteria_set": criteria_set.pk, "criterion": criterion},
        before={"units": named},
        after={"units": _in_words(rows)},
    )
    return rows


def _source(before: CriterionUnit | None, division: Division | None, unit: int, role: str) -> str:
    if division is not None and unit in division.roles:
        printed = division.roles[unit]
        said = "（责任单位）" if printed == "responsible" else ""
        if printed in (role, "responsible"):
            return f"{division.key}{said}"[:_LONGEST_SOURCE]
    if before is not None and before.role == role:
        return before.source
    return OWN_SOURCE


def _in_words(rows: Iterable[CriterionUnit]) -> dict[str, str]:
    return {row.unit.name: f"{row.get_role_display()}，{row.source}" for row in rows}
