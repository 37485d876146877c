"""What a 推荐汇总表 says: the towns that an office recommended, or that stand at it, in one round.

Where the office ranks them on a list (推荐名单), in its order and with its standings and reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import F, Q

from criteria.assessment import CriterionVerdict, Finding
from criteria.queries import spec_of
from criteria.stored import from_json
from criteria.wording import value_text
from portal.core.actor import Actor, acting_office
from portal.core.models import Office
from reviews.models import Case, ShortlistItem
from reviews.place_queries import given_places
from towns.models import AssessmentRecord, Round

MOST = 500
FIGURES = 4
Verdicts = tuple[CriterionVerdict, ...]


class Row(NamedTuple):
    """One town: its case, what was found, and its row on the office's list, if it stands there."""

    case: Case
    findings: dict[str, Finding]
    record: AssessmentRecord | None
    item: ShortlistItem | None
    sent: bool
    stands: bool

    @property
    def assessed(self) -> str:
        """How many criteria are met."""
        if self.record is None:
            return "尚无评定结果"
        judged = f"，需评议 {self.record.to_judge} 条" if self.record.to_judge else ""
        return f"达到 {self.record.met} 条，未达到、缺数据 {self.record.not_met} 条{judged}"

    @property
    def handled(self) -> str:
        """Where the case stands."""
        if not self.sent:
            return self.case.status_label
        return "已推荐" if self.stands else f"已推荐，{self.case.status_label}"

    @property
    def standing(self) -> str:
        """What the list says of it."""
        return self.item.get_standing_display() if self.item is not None else ""

    @property
    def reason(self) -> str:
        """Why, in the list's words."""
        if self.item is None:
            return ""
        return self.item.fallen_reason if self.item.standing == "fallen" else self.item.reason

    def figure(self, indicator: str) -> str:
        """A figure in words."""
        found = self.findings.get(indicator)
        if found is None or found.value is None:
            return "未填报"
        return value_text(found.spec, found.value)

    def number(self, indicator: str) -> Decimal | None:
        """The same as a number."""
        found = self.findings.get(indicator)
        return found.value if found is not None else None


class Summary(NamedTuple):
    """The whole table. ``columns``: indicator -> its name and unit.

    ``draft``: the list that it follows is not confirmed.
    """

    call: Round
    office: Office
    rows: list[Row]
    columns: dict[str, tuple[str, str]]
    listed: bool
    draft: bool

    @property
    def sent(self) -> int:
        """How many were recommended."""
        return sum(row.sent for row in self.rows)


def summary_of(actor: Actor, call: Round) -> Summary:
    """The table of the acting office. Raises ValidationError where there is nothing to sum up."""
    office = acting_office(actor)
    recommended = given_places().filter(office=office, case__round=call).values("case_id")
    cases = list(
        Case.objects.visible_to(actor)
        .filter(Q(pk__in=recommended) | Q(office=office, state="open"), round=call)
        .exclude(outcome="withdrawn")
        .select_related("application__town")
        .defer("application__snapshot")
        .order_by("scope_code", "pk")[:MOST]
    )
    if not cases:
        raise ValidationError("本办公室在该批次还没有推荐的或者正在办理的专业镇，没有可以汇总的。")
    sent = dict(recommended.order_by("ordinal").values_list("case_id", "voided"))
    items = {
        item.case_id: item
        for item in ShortlistItem.objects.filter(
            shortlist__office=office, shortlist__round=call, case__in=cases
        ).select_related("shortlist")
    }
    found = findings_of(cases, call)
    if items:
        last = max(item.rank for item in items.values()) + 1
        cases.sort(key=lambda case: items[case.pk].rank if case.pk in items else last)
    rows = [
        Row(
            case,
            {row.indicator: row for row in findings_in(found[case.pk][1])},
            found[case.pk][0],
            items.get(case.pk),
            case.pk in sent,
            case.state == "open" and sent.get(case.pk) is False,
        )
        for case in cases
    ]
    columns = columns_of(verdicts for _, verdicts in found.values())
    draft = any(item.shortlist.state == "draft" for item in items.values())
    return Summary(call, office, rows, columns, bool(items), draft)


def findings_of(
    cases: Iterable[Case], call: Round
) -> dict[int, tuple[AssessmentRecord | None, Verdicts]]:
    """Case -> its assessment by the round's set, read back: one query, however many."""
    spec = spec_of(call.criteria_set)
    keys = {case.application_id: case.pk for case in cases}
    found: dict[int, tuple[AssessmentRecord | None, Verdicts]] = dict.fromkeys(
        keys.values(), (None, ())
    )
    records = AssessmentRecord.objects.filter(
        application__in=keys, criteria_set=F("application__criteria_set")
    )
    for record in records:
        found[keys[record.application_id]] = (record, from_json(spec, record.verdicts))
    return found


def findings_in(verdicts: Verdicts) -> Iterable[Finding]:
    """Every finding with a figure."""
    return (row for verdict in verdicts for row in verdict.findings if row.value is not None)


def columns_of(assessed: Iterable[Verdicts]) -> dict[str, tuple[str, str]]:
    """The first numeric indicators of the criteria, with the names and units they go by."""
    found: dict[str, tuple[str, str]] = {}
    for verdicts in assessed:
        for verdict in verdicts:
            for row in verdict.findings:
                if _numeric(row) and len(found) < FIGURES:
                    found.setdefault(row.indicator, (row.indicator_name, row.spec.unit))
    return found


def _numeric(finding: Finding) -> bool:
    spec = finding.spec
    return spec.type != "yes_no" and not spec.choices
