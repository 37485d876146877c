"""Drafting the conditions of a criterion: what they ask, how they are joined, what has priority.

Every change locks the set first. What somebody has changed since the form was opened is told by
``Overtaken``; two people who change different conditions of a criterion never conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from criteria.actions.keeping import draft_to_change, touch
from criteria.condition_checks import Setting
from criteria.condition_facts import ConditionFacts, RulesFacts, plain_ground
from criteria.condition_queries import (
    named_indicators,
    setting_of,
    spec_of_criterion,
    usable_indicators,
)
from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from criteria.queries import condition_spec
from criteria.sentences import condition_sentence, criterion_sentences
from criteria.specs import ConditionSpec, CriterionSpec
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.merging import Overtaken, overtaken
from portal.core.models.scoped import hold_in_scope

UNCHANGED = "没有改动，未作保存。"


class _Open:
    """A criterion of a draft, locked, with everything its conditions are checked against."""

    def __init__(self, actor: Actor, key: str, criterion: str) -> None:
        self.actor = actor
        self.set: CriteriaSet = draft_to_change(actor, key)
        found = self.set.criteria.filter(key=criterion).first()
        if found is None:
            raise Stale(f"这一条已被移除（{self.who}最近修改了本标准）。")
        self.criterion: Criterion = found
        self.spec: CriterionSpec = spec_of_criterion(found)
        self.indicators: dict[str, Indicator] = {
            row.key: row for row in usable_indicators(actor, self.set, named_indicators(self.spec))
        }

    @property
    def who(self) -> str:
        """Who changed the draft last."""
        return self.set.changed_name or "他人"

    def setting(self, condition: str = "") -> Setting:
        """What is checked against; ``condition``: the one in hand."""
        return setting_of(self.set, self.spec, self.indicators.values(), condition)

    def row(self, condition: str) -> Condition:
        """A condition as it is stored; Stale when somebody has removed it."""
        rows = Condition.objects.filter(criterion=self.criterion, key=condition)
        found = rows.select_related("indicator").first()
        if found is None:
            raise Stale(f"这个条件已被移除（{self.who}最近修改了本标准）。")
        return found

    def not_overtaken(
        self, opened: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
    ) -> None:
        """Raises Overtaken when saving would undo, unseen, what somebody else has saved."""
        if overtaken(opened, theirs, mine):
            row = self.criterion
            raise Overtaken(theirs, row.revision, row.changed_name, row.changed_at)

    def sentence(self, spec: ConditionSpec) -> str:
        """A condition in words."""
        setting = self.setting()
        return condition_sentence(spec, setting.names, setting.lines)

    def enter(
        self,
        verb: str,
        words: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note the change on the draft and in the ledger."""
        touch(self.actor, self.set, self.criterion)
        hold_in_scope(self.set, self.actor)
        record(
            self.actor,
            verb,
            self.set,
            f"“{self.criterion.title}”{words}",
            before=before if before is None else {"criterion": self.criterion.title, **before},
            after=after if after is None else {"criterion": self.criterion.title, **after},
        )


@transaction.atomic
def add_condition(*, actor: Actor, key: str, criterion: str, facts: ConditionFacts) -> Condition:
    """Add a condition at the end of a criterion; it stands alone until it is put into a group."""
    draft = _Open(actor, key, criterion)
    setting = draft.setting()
    facts = facts.checked(setting)
    row = Condition(
        criterion=draft.criterion,
        key=_free_key(draft.set),
        ordinal=len(draft.spec.conditions),
        **_columns(facts, draft.indicators),
    )
    _renumber(draft.criterion)
    row.save()
    said = draft.sentence(condition_spec(row))
    draft.enter("add_condition", f"添加条件：{said}", after=facts.plain())
    return row


@transaction.atomic
def amend_condition(
    *,
    actor: Actor,
    key: str,
    criterion: str,
    condition: str,
    facts: ConditionFacts,
    opened: Mapping[str, Any],
) -> Condition:
    """Change a condition. ``opened``: what the form was opened with.

    Raises Overtaken when somebody has changed the same condition since.
    """
    draft = _Open(actor, key, criterion)
    row = draft.row(condition)
    now = ConditionFacts.of(condition_spec(row)).plain()
    facts = facts.checked(draft.setting(condition))
    draft.not_overtaken(opened, now, facts.plain())
    if facts.plain() == now:
        raise Stale(UNCHANGED)
    for name, value in _columns(facts, draft.indicators).items():
        setattr(row, name, value)
    row.save()
    said = draft.sentence(condition_spec(row))
    draft.enter("amend_condition", f"条件改为：{said}", *_difference(now, facts.plain()))
    return row


@transaction.atomic
def remove_condition(
    *, actor: Actor, key: str, criterion: str, condition: str, opened: Mapping[str, Any]
) -> Criterion:
    """Take a condition out of a criterion; the ledger keeps what it said.

    ``opened``: what it said when the confirmation was opened; Overtaken when it says else now.
    """
    draft = _Open(actor, key, criterion)
    row = draft.row(condition)
    spec = condition_spec(row)
    now = ConditionFacts.of(spec).plain()
    if dict(opened) != now:
        last = draft.criterion
        raise Overtaken(now, last.revision, last.changed_name, last.changed_at)
    said = draft.sentence(spec)
    row.delete()
    _renumber(draft.criterion)
    draft.enter("remove_condition", f"移除条件：{said}", before=now)
    return draft.criterion


@transaction.atomic
def move_condition(
    *, actor: Actor, key: str, criterion: str, condition: str, up: bool, seen: int
) -> Condition:
    """Move a condition one place. ``seen``: the place it had when the page was opened, from 1."""
    draft = _Open(actor, key, criterion)
    rows = list(Condition.objects.filter(criterion=draft.criterion).select_related("indicator"))
    place = next((at for at, row in enumerate(rows) if row.key == condition), None)
    if place is None:
        raise Stale(f"这个条件已被移除（{draft.who}最近修改了本标准）。")
    if place + 1 != seen:
        raise Stale(f"条件的顺序已被{draft.who}调整，没有移动。请看新的顺序。")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise Stale(f"已经是{'第一' if up else '最后一'}个条件，没有移动。")
    moved = rows[place]
    rows[place], rows[other] = rows[other], rows[place]
    _number(rows)
    draft.enter(
        "move_condition",
        f"第 {place + 1} 个条件移到第 {other + 1} 个：{draft.sentence(condition_spec(moved))}",
        {"order": place + 1},
        {"order": other + 1},
    )
    return moved


@transaction.atomic
def set_criterion_rules(
    *, actor: Actor, key: str, criterion: str, facts: RulesFacts, opened: Mapping[str, Any]
) -> Criterion:
    """Set how the conditions of a criterion are joined, and its priorities.

    A group that is left out gives its conditions back, each to stand alone. ``opened``: what the
    form was opened with; raises Overtaken when somebody has changed the same since.
    """
    draft = _Open(actor, key, criterion)
    now = rules_of(draft.spec).plain()
    facts = facts.checked(draft.setting())
    facts = _with_all_members(facts, draft.spec)
    draft.not_overtaken(opened, now, facts.plain())
    if facts.plain() == now:
        raise Stale(UNCHANGED)
    row = draft.criterion
    row.joining = facts.joining
    row.groups = [group._asdict() for group in facts.groups]
    row.priorities = [plain_ground(item) for item in facts.priorities]
    chosen = dict(facts.members)
    for condition in Condition.objects.filter(criterion=row):
        if condition.group != chosen[condition.key]:
            condition.group = chosen[condition.key]
            condition.save(update_fields=["group"])
    setting = draft.setting()
    said = criterion_sentences(spec_of_criterion(row), setting.names, setting.lines)
    draft.enter(
        "set_criterion_rules",
        f"条件合起来为：{''.join(said)}",
        *_difference(now, facts.plain()),
    )
    return row


def rules_of(spec: CriterionSpec) -> RulesFacts:
    """The rules of a criterion as they stand."""
    standing = {row.key for row in spec.groups}
    return RulesFacts(
        joining=spec.joining,
        groups=spec.groups,
        members=tuple(
            (row.key, row.group if row.group in standing else "") for row in spec.conditions
        ),
        priorities=spec.priorities,
    )


def _with_all_members(facts: RulesFacts, spec: CriterionSpec) -> RulesFacts:
    """Conditions that somebody has added since the form was opened stay where they are."""
    chosen, standing = dict(facts.members), {row.key for row in facts.groups}
    members = tuple(
        (row.key, chosen.get(row.key, row.group if row.group in standing else ""))
        for row in spec.conditions
    )
    return RulesFacts(facts.joining, facts.groups, members, facts.priorities)


def _columns(facts: ConditionFacts, indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    return {
        "indicator": indicators[facts.indicator],
        "operator": facts.operator,
        "threshold": facts.threshold,
        "firmness": facts.firmness,
        "categories": list(facts.categories),
        "quote": facts.quote,
        "year": facts.year,
        "floor": facts.floor,
        "relaxation_quote": facts.relaxation_quote,
        "relaxation_grounds": [plain_ground(row) for row in facts.grounds],
        "relaxation_preconditions": facts.preconditions,
        "relaxation_decision": facts.decision,
    }


def _renumber(criterion: Criterion) -> None:
    _number(Condition.objects.filter(criterion=criterion))


def _number(rows: Iterable[Condition]) -> None:
    for ordinal, row in enumerate(rows):
        if row.ordinal != ordinal:
            row.ordinal = ordinal
            row.save(update_fields=["ordinal"])


def _free_key(criteria_set: CriteriaSet) -> str:
    """A key that no condition of the set has: relaxations are asked for and granted by it.

    The set is locked, so two conditions that are added at once get different ones.
    """
    rows = Condition.objects.filter(criterion__criteria_set=criteria_set)
    taken = set(rows.values_list("key", flat=True))
    number = 1
    while f"n{number}" in taken:
        number += 1
    return f"n{number}"


def _difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
