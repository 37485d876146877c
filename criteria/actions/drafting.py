"""Drafting a criteria set: its facts, its criteria, their order.

Every change locks the set first, so two people who work on one draft come one after the other.
Who changed the same part meanwhile is told by ``Overtaken``; different criteria never conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.actions.keeping import draft_to_change, new_key, touch
from criteria.categories import category_names
from criteria.condition_queries import band_indicators
from criteria.constants import SET_KINDS
from criteria.drafts import CriterionFacts, SetFacts
from criteria.models import Condition, CriteriaSet, Criterion
from criteria.policies import may_author
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.merging import Overtaken, overtaken
from portal.core.models import Region, hold_in_scope

UNCHANGED = "没有改动，未作保存。"


@transaction.atomic
def create_criteria_set(*, actor: Actor, kind: str, facts: SetFacts) -> CriteriaSet:
    """Begin an empty draft of the acting office's own level and region."""
    require(may_author(actor))
    office = acting_office(actor)
    assert actor.level is not None  # said by the policy
    if kind not in SET_KINDS:
        raise ValidationError({"kind": "请选择标准的种类。"})
    facts = facts.checked()
    # Two who begin a set at once come one after the other.
    Region.objects.select_for_update(no_key=True).get(pk=office.region_id)
    twin = CriteriaSet.objects.drafted_by(actor).filter(
        kind=kind, level=actor.level.key, title=facts.title
    )
    if twin.exists():
        raise ValidationError({"title": "已有同名的草稿。请在认定标准列表中打开它，或另取名称。"})
    row = CriteriaSet(
        key=new_key(office, kind),
        kind=kind,
        level=actor.level.key,
        region=office.region,
        created_at=clock.now(),
        **_set_columns(facts, ()),
    )
    touch(actor, row)
    _enter(
        actor, row, "create_criteria_set", f"新建标准草稿《{row.title}》", after=_said(facts, row)
    )
    return row


@transaction.atomic
def amend_criteria_set(
    *, actor: Actor, key: str, facts: SetFacts, opened: Mapping[str, Any]
) -> CriteriaSet:
    """Change the facts of a draft. ``opened``: the facts that the form was opened with.

    Raises Overtaken when somebody has changed the same facts since.
    """
    row = draft_to_change(actor, key)
    now = SetFacts.of(row)
    before = _said(now, row)
    facts = facts.checked()
    _not_overtaken(row, opened, now.plain(), facts.plain())
    if facts == now:
        raise Stale(UNCHANGED)
    _categories_in_use(row, facts.categories)
    for name, value in _set_columns(facts, row.categories).items():
        setattr(row, name, value)
    touch(actor, row)
    before, after = _difference(before, _said(facts, row))
    _enter(actor, row, "amend_criteria_set", f"修改《{row.title}》的基本信息", before, after)
    return row


@transaction.atomic
def add_criterion(*, actor: Actor, key: str, facts: CriterionFacts) -> Criterion:
    """Add a criterion at the end of a draft."""
    criteria_set = draft_to_change(actor, key)
    facts = _checked(actor, criteria_set, facts)
    rows = list(criteria_set.criteria.order_by("ordinal", "pk"))
    if any(row.clause == facts.clause and row.title == facts.title for row in rows):
        raise ValidationError(
            {"title": "这一条已经添加（条款号、名称相同）。请修改原有的一条，或改用其他名称。"}
        )
    criterion = Criterion(
        criteria_set=criteria_set,
        key=_free_key({row.key for row in rows}),
        ordinal=max((row.ordinal for row in rows), default=0) + 1,
        **_criterion_columns(facts),
    )
    touch(actor, criteria_set, criterion)
    _enter(
        actor,
        criteria_set,
        "add_criterion",
        f"添加第 {len(rows) + 1} 条“{criterion.title}”",
        after={"criterion": criterion.title, **facts.plain()},
    )
    return criterion


@transaction.atomic
def amend_criterion(
    *, actor: Actor, key: str, criterion: str, facts: CriterionFacts, opened: Mapping[str, Any]
) -> Criterion:
    """Change a criterion. ``opened``: what the form was opened with.

    Raises Overtaken when somebody has changed the same criterion since, and
    Criterion.DoesNotExist when it has been removed.
    """
    criteria_set = draft_to_change(actor, key)
    row = criteria_set.criteria.get(key=criterion)
    now = CriterionFacts.of(row)
    facts = _checked(actor, criteria_set, facts, now)
    _not_overtaken(row, opened, now.plain(), facts.plain())
    if facts.plain() == now.plain():
        raise Stale(UNCHANGED)
    for name, value in _criterion_columns(facts).items():
        setattr(row, name, value)
    touch(actor, criteria_set, row)
    before, after = _difference(now.plain(), facts.plain())
    _enter(
        actor,
        criteria_set,
        "amend_criterion",
        f"修改“{now.title}”",
        {"criterion": now.title, **before},
        {"criterion": row.title, **after},
    )
    return row


@transaction.atomic
def move_criterion(*, actor: Actor, key: str, criterion: str, up: bool, seen: int) -> Criterion:
    """Move a criterion one place. ``seen``: the place it had when the page was opened."""
    criteria_set = draft_to_change(actor, key)
    rows = list(criteria_set.criteria.order_by("ordinal", "pk"))
    place = next((at for at, row in enumerate(rows) if row.key == criterion), None)
    if place is None:
        raise Stale(removed_words(criteria_set))
    row = rows[place]
    if place + 1 != seen:
        who = criteria_set.changed_name or "他人"
        raise Stale(f"“{row.title}”的位置已被{who}调整，没有移动。请看新的顺序。")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise Stale(f"“{row.title}”已经是{'第一' if up else '最后一'}条，没有移动。")
    rows[place], rows[other] = rows[other], rows[place]
    for ordinal, item in enumerate(rows, start=1):
        if item.ordinal != ordinal:
            item.ordinal = ordinal
            item.save(update_fields=["ordinal"])
    touch(actor, criteria_set)
    _enter(
        actor,
        criteria_set,
        "move_criterion",
        f"“{row.title}”由第 {place + 1} 条移到第 {other + 1} 条",
        {"criterion": row.title, "place": place + 1},
        {"criterion": row.title, "place": other + 1},
    )
    return row


@transaction.atomic
def remove_criterion(*, actor: Actor, key: str, criterion: str, revision: int) -> CriteriaSet:
    """Take a criterion with its conditions out of a draft; the ledger keeps what it said.

    ``revision``: that of the criterion when the confirmation was opened.
    """
    criteria_set = draft_to_change(actor, key)
    row = criteria_set.criteria.filter(key=criterion).first()
    if row is None:
        raise Stale(removed_words(criteria_set))
    if row.revision != revision:
        raise Overtaken(
            CriterionFacts.of(row).plain(), row.revision, row.changed_name, row.changed_at
        )
    before = {"criterion": row.title, **CriterionFacts.of(row).plain()}
    conditions = Condition.objects.filter(criterion=row)
    quotes = list(conditions.values_list("quote", flat=True))
    conditions.delete()
    title = row.title
    row.delete()
    for ordinal, item in enumerate(criteria_set.criteria.order_by("ordinal", "pk"), start=1):
        if item.ordinal != ordinal:
            item.ordinal = ordinal
            item.save(update_fields=["ordinal"])
    touch(actor, criteria_set)
    _enter(
        actor,
        criteria_set,
        "remove_criterion",
        f"移除“{title}”",
        {**before, "conditions": quotes},
        {},
    )
    return criteria_set


def removed_words(criteria_set: CriteriaSet) -> str:
    """What somebody is told whose criterion is gone."""
    return f"这一条已被移除（{criteria_set.changed_name or '他人'}最近修改了本标准）。"


def _free_key(taken: set[str]) -> str:
    number = 1
    while f"c{number}" in taken:
        number += 1
    return f"c{number}"


def _not_overtaken(
    row: CriteriaSet | Criterion,
    opened: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
) -> None:
    if overtaken(opened, theirs, mine):
        raise Overtaken(theirs, row.revision, row.changed_name, row.changed_at)


def _checked(
    actor: Actor,
    criteria_set: CriteriaSet,
    facts: CriterionFacts,
    now: CriterionFacts | None = None,
) -> CriterionFacts:
    """The facts once they hold; a retired indicator may stay where it stood."""
    kept = {band.indicator for band in now.bands} if now is not None else set()
    usable = {row.key for row in band_indicators(actor, criteria_set, kept)}
    return facts.checked((item["key"] for item in criteria_set.categories), usable)


def _categories_in_use(row: CriteriaSet, chosen: Iterable[str]) -> None:
    """A category that conditions or bands name is not dropped under them."""
    gone = {item["key"]: item["name"] for item in row.categories if item["key"] not in set(chosen)}
    if not gone:
        return
    for criterion in row.criteria.prefetch_related("conditions"):
        named: set[str] = set()
        for condition in criterion.conditions.all():
            named.update(condition.categories)
        for band in criterion.bands:
            named.update(band.get("categories", ()))
        used = [name for key, name in gone.items() if key in named]
        if used:
            raise ValidationError(
                {
                    "categories": f"“{criterion.title}”的条件或分档还用到类别“{'、'.join(used)}”，"
                    "请先修改那里，再去掉这个类别。"
                }
            )


def _set_columns(facts: SetFacts, present: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    names = category_names() | {item["key"]: item["name"] for item in present}
    if set(facts.categories) - set(names):
        raise ValidationError({"categories": "没有这个类别，请重新勾选。"})
    columns = {name: getattr(facts, name) for name in facts.plain()}
    return columns | {
        "categories": [{"key": key, "name": names[key]} for key in facts.categories],
        "silent": list(facts.silent),
        "notes": list(facts.notes),
    }


def _said(facts: SetFacts, row: CriteriaSet) -> dict[str, Any]:
    """The facts as the ledger keeps them: categories by their names."""
    return facts.plain() | {"categories": [item["name"] for item in row.categories]}


def _criterion_columns(facts: CriterionFacts) -> dict[str, Any]:
    return facts.plain() | {"score_max": facts.score_max}


def _difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _enter(
    actor: Actor,
    criteria_set: CriteriaSet,
    verb: str,
    summary: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    hold_in_scope(criteria_set, actor)
    record(actor, verb, criteria_set, summary, before=before, after=after)
