"""Conditions, groups, relaxations, priorities and scoring as Chinese sentences. No ORM, no I/O.

``names``: key of a category -> its name. ``lines``: key of an indicator -> how it is written
(``criteria.queries.indicator_lines``); needed only for indicators that stand inside another rule
(grounds, priorities, bands), since a condition carries its own.
Amounts are written exactly: a threshold is never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.constants import DECISION_CHOICES, JOINING_CHOICES, OPERATORS, Firmness
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    RelaxationSpec,
    ScoringSpec,
)
from portal.core.constants import UNSTATED
from portal.core.formatting import number, quantity

EXACT = 12  # digits enough to write any threshold in 亿元 without rounding it
SOFT_TAIL = "未达到时提示"
HARD_TAIL = "刚性条件，未达到即不符合"
ALL_CATEGORIES = "全部类别"
BY_JUDGEMENT = "本条没有数值条件，按陈述和佐证材料评议。"
BY_OFFICE = "文件没有规定数值，由领导小组办公室判断。"
AND_JUDGEMENT = "另须书面说明情况，由评议环节判断。"
_JOININGS = dict(JOINING_CHOICES)
_DECISIONS = dict(DECISION_CHOICES)


class IndicatorLine(NamedTuple):
    """How an indicator is written: its name, unit, type and, of a choice, its options."""

    name: str
    unit: str = ""
    type: str = "count"
    choices: tuple[tuple[str, str], ...] = ()


NO_LINES: Mapping[str, IndicatorLine] = {}


def amount(value: Decimal, unit: str = "") -> str:
    """A threshold with its unit, exactly: 20亿元, 1.2345亿元, 30%."""
    return quantity(value, unit, EXACT)


def comparison(
    line: IndicatorLine, operator: str, threshold: Decimal, firmness: str = Firmness.FIRM
) -> str:
    """What is asked of an indicator, with its name: 主导产业年产值原则上不低于 20亿元."""
    before = "原则上" if firmness == Firmness.IN_PRINCIPLE else ""
    after = "左右" if firmness == Firmness.APPROXIMATE else ""
    if line.type == "yes_no":
        wanted = OPERATORS[operator].holds(Decimal(1), threshold)
        return f"{before}{'具备' if wanted else '不具备'}“{line.name.removeprefix('是否')}”"
    if line.type == "choice":
        option = dict(line.choices).get(number(threshold, 0).replace(",", ""), number(threshold))
        return f"{line.name}{before}为“{option}”"
    shown = amount(threshold, line.unit)
    note = "（不含本数）" if operator in ("gt", "lt") else ""
    return f"{line.name}{before}{OPERATORS[operator].word} {shown}{after}{note}"


def requirement(spec: ConditionSpec) -> str:
    """What a condition asks, without its indicator: 原则上不低于 20亿元, 不低于 10户左右."""
    line = _line_of(spec)
    said = comparison(line, spec.operator, spec.threshold, spec.firmness)
    return said if line.type == "yes_no" else said.removeprefix(line.name)


def condition_sentence(
    spec: ConditionSpec,
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine] = NO_LINES,
    *,
    one_of_several: bool = False,
) -> str:
    """A condition as one sentence, without a full stop.

    制造业：主导产业年产值原则上不低于 20亿元；未达到时提示，可申请放宽（不少于 1亿元，由会议审定）
    ``one_of_several``: another condition may stand in for it, so it is no wall by itself.
    """
    return _joined("；", spec, names, lines, one_of_several=one_of_several)


def relaxation_sentence(
    spec: RelaxationSpec,
    condition: ConditionSpec,
    lines: Mapping[str, IndicatorLine] = NO_LINES,
) -> str:
    """When and by whom a condition may be relaxed, with the document's own preconditions."""
    terms = "，".join(_relaxation_terms(spec, condition, lines))
    premise = f"前提：“{spec.preconditions}”。" if spec.preconditions else ""
    quote = f"原文：“{spec.quote}”。" if spec.quote else ""
    return f"未达到的，可申请放宽：{terms}。{premise}{quote}放宽须经决定，不自动适用。"


def group_sentence(
    group: GroupSpec,
    conditions: Sequence[ConditionSpec],
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine] = NO_LINES,
    *,
    one_of_several: bool = False,
) -> str:
    """A group and what is in it: “规模：以下满足其一：（1）……；（2）……”."""
    label = f"{group.label}：" if group.label else ""
    several = one_of_several or is_choice(group, conditions)
    said = "；".join(
        f"（{place}）{_joined('，', row, names, lines, one_of_several=several)}"
        for place, row in enumerate(conditions, start=1)
    )
    return f"{label}以下{_JOININGS[group.joining]}：{said or '（尚无条件）'}"


def is_choice(group: GroupSpec | None, conditions: Sequence[ConditionSpec]) -> bool:
    """Whether one of the conditions of a group is enough."""
    return group is not None and group.joining == "any" and len(conditions) > 1


def criterion_sentences(
    criterion: CriterionSpec,
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine] = NO_LINES,
) -> list[str]:
    """What counts in a criterion, one sentence a line: conditions, groups, judgement, priorities.

    Where one of several is enough, the first line says so and the others are numbered.
    """
    lines = {**lines, **{row.indicator: _line_of(row) for row in criterion.conditions}}
    parts, joined = [], parts_of(criterion)
    several = criterion.joining == "any" and len(joined) > 1
    for group, rows in joined:
        if group is None:
            parts.append(condition_sentence(rows[0], names, lines, one_of_several=several))
        else:
            parts.append(group_sentence(group, rows, names, lines, one_of_several=several))
    if several:
        numbered = [f"（{place}）{part}" for place, part in enumerate(parts, start=1)]
        parts = [f"以下 {len(parts)} 项满足其一：", *numbered]
    if criterion.nature != "figures":
        parts.append(AND_JUDGEMENT if criterion.conditions else BY_JUDGEMENT)
    elif not criterion.conditions:
        parts.append(BY_OFFICE)
    return [*parts, *(priority_sentence(row, lines) for row in criterion.priorities)]


def parts_of(
    criterion: CriterionSpec,
) -> list[tuple[GroupSpec | None, list[ConditionSpec]]]:
    """What is joined in a criterion, in order: its groups with conditions, and single conditions.

    A condition whose group does not exist stands alone, as it does in the assessment.
    """
    groups = {group.key: group for group in criterion.groups}
    found: list[tuple[GroupSpec | None, list[ConditionSpec]]] = []
    begun: dict[str, list[ConditionSpec]] = {}
    for row in criterion.conditions:
        group = groups.get(row.group)
        if group is None:
            found.append((None, [row]))
        elif group.key in begun:
            begun[group.key].append(row)
        else:
            begun[group.key] = [row]
            found.append((group, begun[group.key]))
    return found


def priority_sentence(priority: GroundSpec, lines: Mapping[str, IndicatorLine] = NO_LINES) -> str:
    """A priority: “优先评定：优先评定荣誉数不低于 1项（只作提示和排序，不加分）”."""
    return f"优先评定：{ground_words(priority, lines)}（只作提示和排序，不加分）"


def ground_words(ground: GroundSpec, lines: Mapping[str, IndicatorLine] = NO_LINES) -> str:
    """A comparison that stands inside another rule."""
    line = lines.get(ground.indicator, IndicatorLine(ground.indicator))
    return comparison(line, ground.operator, ground.threshold)


def scoring_sentence(
    scoring: ScoringSpec,
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine] = NO_LINES,
) -> str:
    """How a criterion is scored, as the office set it; 未载明 where it has not."""
    if scoring.maximum is None and not scoring.mode:
        return f"满分和计分方式{UNSTATED}。"
    most = (
        f"满分 {number(scoring.maximum)} 分" if scoring.maximum is not None else f"满分{UNSTATED}"
    )
    if scoring.mode == "bands":
        if not scoring.bands:
            return f"{most}，按数据分档计分，分档{UNSTATED}。"
        bands = "；".join(_band(band, names, lines) for band in scoring.bands)
        return f"{most}，按数据分档计分：{bands}。"
    if scoring.mode == "expert":
        if not scoring.rubric:
            return f"{most}，由专家评分。"
        rubric = "；".join(
            f"{number(row.low)}—{number(row.high)} 分，{row.words}" for row in scoring.rubric
        )
        return f"{most}，由专家参照评分：{rubric}。"
    return f"{most}，计分方式{UNSTATED}。"


def categories_words(keys: Sequence[str], names: Mapping[str, str]) -> str:
    """制造业、特优农业; empty for all categories."""
    return "、".join(names.get(key, key) for key in keys)


def _line_of(spec: ConditionSpec) -> IndicatorLine:
    return IndicatorLine(spec.indicator_name, spec.unit, spec.type, spec.choices)


def _joined(
    mark: str,
    spec: ConditionSpec,
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine],
    *,
    one_of_several: bool,
) -> str:
    head, tail = _head(spec, names), _tail(spec, lines)
    return head if one_of_several and tail == HARD_TAIL else f"{head}{mark}{tail}"


def _head(spec: ConditionSpec, names: Mapping[str, str]) -> str:
    meant = categories_words(spec.categories, names)
    year = f"{spec.year}年" if spec.year is not None else ""
    said = comparison(_line_of(spec), spec.operator, spec.threshold, spec.firmness)
    return f"{meant}：{year}{said}" if meant else f"{year}{said}"


def _tail(spec: ConditionSpec, lines: Mapping[str, IndicatorLine]) -> str:
    soft = spec.firmness != Firmness.FIRM
    if spec.relaxation is not None:
        terms = _relaxation_terms(spec.relaxation, spec, lines)
        if spec.relaxation.preconditions:
            terms = ["须具备文件所列前提", *terms]
        begin = f"{SOFT_TAIL}，" if soft else "未达到的，"
        return f"{begin}可申请放宽（{'，'.join(terms)}）"
    return f"{SOFT_TAIL}，由审定环节决定是否认可" if soft else HARD_TAIL


def _relaxation_terms(
    spec: RelaxationSpec, condition: ConditionSpec, lines: Mapping[str, IndicatorLine]
) -> list[str]:
    down = OPERATORS[condition.operator].sign < 0
    terms = []
    if spec.floor is not None:
        word = "不多于" if down else "不少于"
        terms.append(f"{word} {amount(spec.floor, condition.unit)}")
    elif OPERATORS[condition.operator].sign:
        terms.append(f"{'上限' if down else '下限'}{UNSTATED}")
    terms.extend(f"且{ground_words(ground, lines)}" for ground in spec.grounds)
    terms.append(f"由{_DECISIONS[spec.decision]}" if spec.decision else f"由谁决定{UNSTATED}")
    return terms


def _band(band: BandSpec, names: Mapping[str, str], lines: Mapping[str, IndicatorLine]) -> str:
    line = lines.get(band.indicator, IndicatorLine(band.indicator))
    meant = categories_words(band.categories, names)
    steps = "，".join(
        f"{amount(start, line.unit)}起 {number(points)} 分" for start, points in band.steps
    )
    return f"{line.name}{f'（{meant}）' if meant else ''} {steps or UNSTATED}"
