"""Changing a round (批次): everything while nobody has begun, then only what harms nobody.

Whether a step, scoring or a public notice has begun stands in cases, so this stands above towns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.chain import step_names
from reviews.models import ScoreSheet, StepRun
from towns.actions.round_telling import leading_offices, tell_of_round, units_of
from towns.actions.rounds import TERMS, check_terms, terms_of, why_not_for_round
from towns.deadlines import moment_words
from towns.models import Application, Round
from towns.round_policies import may_change_round
from towns.round_queries import has_begun

LABELS = {
    "criteria_set": "认定标准",
    **{row.name: str(row.verbose_name) for row in Round._meta.fields if row.name in TERMS},
    "key": "批次标识",
}
# What may still change once a town has begun, some of it only one way.
EASED = frozenset(
    {
        "closes_on", "closes_time", "upload_grace", "score_max", "step_days", "notice_days",
        "notice_first_day_counts", "contact", "contact_phone", "note",
    }
)  # fmt: skip
# What an application pins or is held against; on trial it waits until the data are thrown away.
PINNED = ("criteria_set", "categories", "figures_year", "commitments", "kind")
NOTICE = "public_notice"


class AlsoChanged(ValidationError):
    """Somebody else has changed the same fields since the form was opened; nothing was saved.

    ``stands``: these fields as they stand, for the form that is shown again.
    """

    def __init__(self, stands: Mapping[str, Any]) -> None:
        self.stands = dict(stands)
        super().__init__(
            {
                name: f"{LABELS[name]}已由他人改为“{_words(name, value)}”。核对后仍要改为您填写的"
                "内容的，请再次保存。"
                for name, value in stands.items()
            }
        )


def _words(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value)) or "未填写"
    if isinstance(value, dict):
        return "、".join(
            f"{step_names().get(key, key)} {days} 个工作日" for key, days in value.items()
        )
    if name == "criteria_set":
        return str(CriteriaSet.objects.get(pk=value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return "未填写" if value in (None, "") else str(value)


def plain(value: Any) -> Any:
    """A value of a round as plain data, as forms carry it and the ledger keeps it."""
    if isinstance(value, CriteriaSet):
        return value.pk
    return value.isoformat() if isinstance(value, date | time) else value


@transaction.atomic
def change_round(
    *,
    actor: Actor,
    call: Round,
    wanted: Mapping[str, Any],
    opened: Mapping[str, Any] | None = None,
) -> Round:
    """Change what a round says: ``wanted`` by field, ``opened`` what the form was opened with.

    A field that was not touched keeps what somebody else has saved meanwhile; where both changed
    it, nothing is saved. ValidationError beside each field that may not change any more.
    """
    call = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region", "criteria_set")
        .get(pk=call.pk)
    )
    require(may_change_round(actor, call))
    before = terms_of(call)
    changed = _touched(before, wanted, opened or before)
    if not changed:
        return call
    closing = call.closing
    steps_before = dict(call.step_days)
    for name in changed:
        setattr(call, name, wanted[name])
    _check(actor, call, changed, before, steps_before)
    call.full_clean()
    check_terms(call)
    call.save(update_fields=changed)
    hold_in_scope(call, actor)
    after = terms_of(call)
    record(
        actor,
        "change_round",
        call,
        f"修改批次“{call.title}”：{'、'.join(LABELS[name] for name in changed)}",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        audience=call.audience,
    )
    if call.closing != closing and not call.trial:
        tell_of_round(
            {*leading_offices(call), *units_of(None, call)},
            call,
            "closing",
            f"申报截止时间有变：{call.title}",
            f"截止时间由{moment_words(closing)}改为{moment_words(call.closing)}。"
            "已经给个别专业镇的延期晚于新的截止时间的，仍按延期办理。",
        )
    return call


def _touched(
    stands: Mapping[str, Any], wanted: Mapping[str, Any], opened: Mapping[str, Any]
) -> list[str]:
    """The fields that the form changes; AlsoChanged where somebody else changed them too."""
    touched, theirs = [], {}
    for name, value in wanted.items():
        mine, first = plain(value), opened.get(name, stands[name])
        if mine in (first, stands[name]):
            continue
        if stands[name] != first:
            theirs[name] = stands[name]
        touched.append(name)
    if theirs:
        raise AlsoChanged(theirs)
    return touched


def _check(
    actor: Actor,
    call: Round,
    changed: list[str],
    before: Mapping[str, Any],
    steps_before: Mapping[str, int],
) -> None:
    errors: dict[str, str] = {}
    if has_begun(call):
        for name in changed:
            if name not in EASED:
                errors[name] = f"已有专业镇开始申报，{LABELS[name]}不能再修改。"
        errors |= _one_way(call, changed, before, steps_before)
    elif call.trial and set(changed) & set(PINNED):
        if Application.objects.filter(round=call, trial=True).exists():
            for name in set(changed) & set(PINNED):
                errors[name] = f"已有试运行的申报，请先清除试运行数据，再修改{LABELS[name]}。"
    if not errors and {"criteria_set", "opens_on"} & set(changed):
        errors |= _criteria(actor, call, changed)
    if errors:
        raise ValidationError(errors)


def _one_way(
    call: Round, changed: list[str], before: Mapping[str, Any], steps_before: Mapping[str, int]
) -> dict[str, str]:
    """What may change in one direction only, or until a step has begun."""
    errors = {}
    if {"closes_on", "closes_time"} & set(changed):
        old = Round(
            closes_on=date.fromisoformat(before["closes_on"]),
            closes_time=time.fromisoformat(before["closes_time"]),
        ).closing
        if call.closing < old:
            errors["closes_on"] = (
                f"已有专业镇开始申报，截止时间只能推迟，不能早于{moment_words(old)}。"
            )
        elif call.closing <= clock.received():
            errors["closes_on"] = "截止时间应晚于现在。"
    if "upload_grace" in changed and call.upload_grace < before["upload_grace"]:
        errors["upload_grace"] = (
            f"已有专业镇开始申报，上传宽限只能延长，不能少于 {before['upload_grace']} 分钟。"
        )
    runs = StepRun.objects.filter(case__round=call)
    begun = set(runs.order_by().values_list("step", flat=True).distinct())
    for step in begun:
        if call.step_days.get(step) != steps_before.get(step):
            errors[f"days_{step}"] = "已有办件进入这一环节，办理时限不能再修改。"
    if NOTICE in begun:
        for name in ("notice_days", "notice_first_day_counts"):
            if name in changed:
                errors[name] = "已有办件进入公示环节，公示期不能再修改。"
    if "score_max" in changed and ScoreSheet.objects.filter(case__round=call).exists():
        errors["score_max"] = "已指派专家评分，每条评分满分不能再修改。"
    return errors


def _criteria(actor: Actor, call: Round, changed: list[str]) -> dict[str, str]:
    """Whether the set fits the day on which the round opens, and the list of evidence the set."""
    rows = CriteriaSet.objects.visible_to(actor).select_related("region")
    criteria_set = rows.select_for_update(of=("self",)).get(pk=call.criteria_set_id)
    unfit = why_not_for_round(criteria_set, call.office.region, LEVELS[call.level], call.opens_on)
    if unfit:
        return {"criteria_set": unfit}
    known = {row.key for row in spec_of(criteria_set).criteria}
    left = call.slots.exclude(criterion__in=known).count()
    if "criteria_set" in changed and left:
        return {
            "criteria_set": f"材料清单中有 {left} 项属于原认定标准的条目。请先在材料清单中删除，"
            "再改用其他认定标准。"
        }
    return {}
