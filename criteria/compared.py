"""Sets from the database as sides of a comparison; what may be compared with what."""

from __future__ import annotations

from collections.abc import Iterable

from criteria.comparing import Comparison, Side, compare
from criteria.constants import PASS_RULE_CHOICES
from criteria.exchange.shape import number_text
from criteria.models import CriteriaSet, Criterion
from criteria.queries import indicator_lines, spec_of
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import cn_date, quantity


def side_of(criteria_set: CriteriaSet) -> Side:
    """A set with everything that is compared."""
    notes = Criterion.objects.filter(criteria_set=criteria_set).values_list("key", "notes")
    return Side(spec_of(criteria_set), tuple(_facts(criteria_set)), dict(notes))


def compare_sets(left: CriteriaSet, right: CriteriaSet) -> Comparison:
    """How one set stands to another."""
    one, other = side_of(left), side_of(right)
    lines = indicator_lines(one.spec.indicators | other.spec.indicators)
    return compare(one, other, lines)


def comparable_with(actor: Actor, criteria_set: CriteriaSet) -> list[CriteriaSet]:
    """The sets to choose from, nearest first: its other versions, then by kind and region."""
    rows = CriteriaSet.objects.visible_to(actor).exclude(pk=criteria_set.pk)
    found = list(rows.select_related("region").order_by("region__code", "kind", "-version"))
    return sorted(
        found,
        key=lambda row: (
            row.pk != criteria_set.copied_from_id,
            row.kind != criteria_set.kind,
            row.region_id != criteria_set.region_id,
        ),
    )


def name_of(criteria_set: CriteriaSet) -> str:
    """蒲县专业镇认定标准（第 1 版）."""
    return f"{criteria_set.title}（{criteria_set.version_label}）"


def _facts(row: CriteriaSet) -> Iterable[tuple[str, str]]:
    def day(name: str) -> str:
        value = getattr(row, name)
        return cn_date(value) if value else UNSTATED

    yield "种类", row.kind_label
    yield "文件", row.document_title
    yield "发文字号", row.document_number
    yield "条款", row.scope_clause
    yield "印发日期", day("issued_on")
    yield "施行日期", day("effective_from")
    yield "失效日期", day("effective_to")
    yield "类别", "、".join(item["name"] for item in row.categories) or UNSTATED
    yield "合格规则", dict(PASS_RULE_CHOICES)[row.pass_rule]
    yield "合格线", UNSTATED if row.pass_points is None else f"{number_text(row.pass_points)} 分"
    yield "得分保留小数位", UNSTATED if row.digits is None else f"{row.digits} 位"
    tiers = (f"{item['name']}（{quantity(item['amount'], '元')}）" for item in row.tiers)
    yield "规模层级", "、".join(tiers)
    yield "文件未载明事项", "、".join(row.silent)
    yield "说明", " ".join(row.notes)
