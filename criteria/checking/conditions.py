"""Checks of conditions: quotes, thresholds that overlap, categories left out, indicators. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from criteria.checking.shape import Checked, CheckFinding, Severity, categories_said, place_of
from criteria.condition_checks import (
    OPTION_TYPES,
    WORDLESS_TYPES,
    number_error,
    operator_error,
    year_error,
    yearless_error,
)
from criteria.constants import OPERATORS, Firmness
from criteria.quotes import stands_in
from criteria.specs import ConditionSpec, CriterionSpec, GroundSpec

BLOCKING, ADVICE, UNSTATED = Severity.BLOCKING, Severity.ADVICE, Severity.UNSTATED


def check_conditions(draft: Checked, number: int, row: CriterionSpec) -> Iterator[CheckFinding]:
    """What is found in the conditions and priorities of a criterion."""
    for place, item in enumerate(row.conditions, start=1):
        said = place_of(number, row, place)
        for severity, code, message in (
            *_quotes(item, row.text),
            *_relaxation(item),
            *_indicator(draft, item.indicator),
            *_comparison(draft, item),
            *_condition_year(draft, item),
            *_wording(draft, item),
            *_categories(draft, item),
            *_grounds(draft, item, row.text),
        ):
            yield CheckFinding(severity, code, message, said, row.key, item.key)
    said = place_of(number, row)
    for severity, code, message in (
        *_left_out(draft, row),
        *_groups(row),
        *_priorities(draft, row),
    ):
        yield CheckFinding(severity, code, message, said, row.key)
    for one, other, code, message in _overlaps(row):
        spot = place_of(number, row, row.conditions.index(other) + 1)
        with_ = f"与第 {row.conditions.index(one) + 1} 个条件"
        yield CheckFinding(BLOCKING, code, f"{with_}{message}", spot, row.key, other.key)


Said = tuple[Severity, str, str]


def _quotes(item: ConditionSpec, text: str) -> Iterable[Said]:
    if not item.quote.strip():
        yield BLOCKING, "no_quote", "没有摘录原文，请从条款原文中摘录依据的文字。"
    elif not stands_in(item.quote, text):
        yield BLOCKING, "quote", "摘录的原文不在本条原文中，请从条款原文中重新摘录。"
    relaxation = item.relaxation
    if relaxation is None:
        return
    if not relaxation.quote.strip():
        yield BLOCKING, "no_quote", "有放宽下限而没有放宽条款原文，请摘录允许放宽的文字。"
    elif not stands_in(relaxation.quote, text):
        yield BLOCKING, "quote", "放宽条款原文不在本条原文中，请重新摘录。"
    if relaxation.preconditions.strip() and not stands_in(relaxation.preconditions, text):
        yield BLOCKING, "quote", "放宽的前提不在本条原文中，请重新摘录。"


def _relaxation(item: ConditionSpec) -> Iterable[Said]:
    relaxation = item.relaxation
    if relaxation is None:
        return
    if not relaxation.decision:
        yield UNSTATED, "decision", "放宽由谁决定未载明。"
    if relaxation.floor is None:
        yield UNSTATED, "floor", "放宽的下限未载明。"
    else:
        sign = OPERATORS[item.operator].sign
        if sign and sign * relaxation.floor >= sign * item.threshold:
            yield BLOCKING, "floor", "放宽下限没有低于门槛，放宽不起作用，请核对两个数值。"


def _indicator(draft: Checked, key: str) -> Iterable[Said]:
    state = draft.states.get(key)
    if state is None:
        yield BLOCKING, "indicator", f"指标 {key} 不存在，请改用指标目录中的指标。"
    elif state.retired:
        yield BLOCKING, "retired", f"指标“{state.name}”已停用，请改用其他指标。"
    elif state.subject != "town":
        said = f"指标“{state.name}”是企业数据，不能直接作为专业镇的条件，请改用专业镇指标。"
        yield BLOCKING, "subject", said
    elif state.type == "text":
        yield (
            BLOCKING,
            "text",
            f"指标“{state.name}”是文字，不能比较大小，请改为评议或改用其他指标。",
        )
    elif not state.usable:
        said = f"指标“{state.name}”是其他行政区划增设的，本标准不能用，请改用其他指标。"
        yield BLOCKING, "region", said
    elif not state.supplied:
        yield BLOCKING, "supply", f"指标“{state.name}”没有数据来源，评定时只能是“缺数据”。"


def _comparison(draft: Checked, item: ConditionSpec | GroundSpec) -> Iterable[Said]:
    """An operator that the type has not, a number that the figure can never reach."""
    state = draft.states.get(item.indicator)
    if state is None or state.type in WORDLESS_TYPES:
        return
    if unfit := operator_error(state.type, item.operator):
        yield BLOCKING, "operator", f"指标“{state.name}”的比较方式不对：{unfit}"
    elif state.measure is not None and (wrong := number_error(state.measure, item.threshold)):
        yield BLOCKING, "number", f"指标“{state.name}”的数值不对：{wrong}"


def _condition_year(draft: Checked, item: ConditionSpec) -> Iterable[Said]:
    state = draft.states.get(item.indicator)
    if state is not None and (
        wrong := year_error(state.name, state.source, state.year_rule, item.year)
    ):
        yield BLOCKING, "year", wrong


def _wording(draft: Checked, item: ConditionSpec) -> Iterable[Said]:
    state = draft.states.get(item.indicator)
    if state is None or state.type not in OPTION_TYPES:
        return
    if item.firmness == Firmness.APPROXIMATE:
        yield BLOCKING, "firmness", "是/否和选项没有“左右”，请选择刚性或原则上。"
    if item.relaxation is not None and item.relaxation.floor is not None:
        yield BLOCKING, "floor", "是/否和选项没有可放宽到的数值，请清空放宽下限。"


def _yearless(draft: Checked, item: GroundSpec) -> Iterable[Said]:
    state = draft.states.get(item.indicator)
    if state is not None and (wrong := yearless_error(state.name, state.source, state.year_rule)):
        yield BLOCKING, "year", wrong


def _grounds(draft: Checked, item: ConditionSpec, text: str) -> Iterable[Said]:
    for ground in item.relaxation.grounds if item.relaxation else ():
        yield from _indicator(draft, ground.indicator)
        yield from _comparison(draft, ground)
        yield from _yearless(draft, ground)
        if ground.quote.strip() and not stands_in(ground.quote, text):
            yield BLOCKING, "quote", "放宽的数据条件所摘原文不在本条原文中，请重新摘录。"


def _priorities(draft: Checked, row: CriterionSpec) -> Iterable[Said]:
    for item in row.priorities:
        yield from _indicator(draft, item.indicator)
        yield from _comparison(draft, item)
        yield from _yearless(draft, item)
        if item.quote.strip() and not stands_in(item.quote, row.text):
            yield BLOCKING, "quote", "优先评定情形所摘原文不在本条原文中，请重新摘录。"


def _categories(draft: Checked, item: ConditionSpec) -> Iterable[Said]:
    unknown = [key for key in item.categories if key not in draft.names]
    if unknown:
        said = categories_said(unknown, draft.names)
        yield BLOCKING, "category", f"适用类别“{said}”不在本标准的类别中，请重新选择。"


def _left_out(draft: Checked, row: CriterionSpec) -> Iterable[Said]:
    """Categories without a threshold for an indicator that others have one for."""
    covered: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    everybody: set[str] = set()
    for item in row.conditions:
        names[item.indicator] = item.indicator_name
        covered.setdefault(item.indicator, set()).update(item.categories)
        if not item.categories:
            everybody.add(item.indicator)
    for indicator, keys in covered.items():
        missing = [key for key in draft.names if key not in keys]
        if missing and indicator not in everybody:
            said = categories_said(missing, draft.names)
            yield (
                ADVICE,
                "left_out",
                f"“{said}”没有{names[indicator]}的门槛，其他类别有；文件未载明的，评定时由办公室判断。",
            )


def _groups(row: CriterionSpec) -> Iterable[Said]:
    known = {group.key for group in row.groups}
    for group in row.groups:
        count = sum(1 for item in row.conditions if item.group == group.key)
        name = group.label or group.key
        if not count:
            yield ADVICE, "group", f"条件组“{name}”里没有条件，可以删除。"
        elif count == 1 and group.joining == "any":
            yield ADVICE, "group", f"条件组“{name}”为满足其一，但只有一个条件。"
    if any(item.group and item.group not in known for item in row.conditions):
        yield ADVICE, "group", "有条件所在的条件组已不存在，评定时按单独的条件计。"


def _overlaps(row: CriterionSpec) -> Iterable[tuple[ConditionSpec, ConditionSpec, str, str]]:
    """Two thresholds on one figure that both must hold: one is void, or nobody can meet both."""
    joinings = {group.key: group.joining for group in row.groups}
    for one, other in combinations(row.conditions, 2):
        if one.figure != other.figure or not _meet(one, other):
            continue
        if row.joining == "any" and (one.group != other.group or not one.group):
            continue
        if one.group and one.group == other.group and joinings.get(one.group) == "any":
            continue
        signs = {OPERATORS[item.operator].sign for item in (one, other)}
        if len(signs) == 1:
            yield one, other, "overlap", "对同一类别重复规定同一指标，请保留一个或分清适用类别。"
        elif signs == {1, -1} and _apart(one, other):
            yield one, other, "contradiction", "互相矛盾，没有数值能同时满足，请核对。"


def _meet(one: ConditionSpec, other: ConditionSpec) -> bool:
    if not one.categories or not other.categories:
        return True
    return bool(set(one.categories) & set(other.categories))


def _apart(one: ConditionSpec, other: ConditionSpec) -> bool:
    low, high = (one, other) if OPERATORS[one.operator].sign > 0 else (other, one)
    if low.threshold == high.threshold:
        return low.operator == "gt" or high.operator == "lt"
    return low.threshold > high.threshold
