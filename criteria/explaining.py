"""Assessments in sentences: what was looked at, how far it is, what it means. Pure, no I/O.

The same assessment is explained in the same words on the screen, in the meeting's papers and in
the archive. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.assessment import CriterionVerdict, Finding, holds, overall
from criteria.constants import (
    FIRMNESS_LABELS,
    OPERATORS,
    ORIGIN_LABELS,
    OUTCOMES,
    STATUSES,
    Firmness,
    Outcome,
    OutcomeRow,
    Status,
)
from criteria.joining import PASSED, nearest_way, statement_missing
from criteria.meaning import change_of, meaning_of, short_text
from criteria.scoring import points_sentence
from criteria.specs import ConditionSpec
from criteria.wording import (
    NO_NAMES,
    Catalogue,
    Values,
    ground_text,
    less,
    value_text,
)

# A convention of this portal for what it points out, not a rule of any document.
NEAR = Decimal("0.05")
NEAR_NOTE = "与标准相差 5% 以内的标为“接近标准”，是本平台的显示约定，不是文件规定。"
DECIDES_NOTHING = "评定结果只列明数据与标准的对照，是否认定由审定环节决定。"
UNCOVERED = "标准没有列出该专业镇的类别，不作总体评定。"
NO_STATEMENT = "没有填写情况说明"
BRIEFLY = 3


class Line(NamedTuple):
    """One condition: the cells of its row, and its sentences."""

    finding: Finding
    label: str
    value: str
    source: str
    threshold: str
    distance: str
    near: bool
    word: str
    tone: str
    sentence: str
    meaning: str
    change: str

    @property
    def quote(self) -> str:
        """The words of the document."""
        return self.finding.spec.quote


class CriterionExplanation(NamedTuple):
    """One criterion: a short line, its conditions, and what follows from them."""

    verdict: CriterionVerdict
    word: str
    tone: str
    short: str
    lines: tuple[Line, ...]
    meaning: tuple[str, ...]
    changes: tuple[str, ...]
    priority: str
    points: str
    near: bool

    @property
    def name(self) -> str:
        """Clause number and title, as the document has them."""
        return f"{self.verdict.clause} {self.verdict.title}".strip()


class Explanation(NamedTuple):
    """A whole assessment: criteria in the order of the document, and what they come to."""

    criteria: tuple[CriterionExplanation, ...]
    outcome: OutcomeRow
    headline: str
    near: tuple[str, ...]
    to_do: tuple[str, ...]


def explain(
    verdicts: Iterable[CriterionVerdict],
    category: str = "",
    *,
    values: Values | None = None,
    catalogue: Catalogue = NO_NAMES,
    covered: bool = True,
) -> Explanation:
    """Explain an assessment.

    ``values``: what it was made on, for rules beside the conditions (priorities, grounds, bands);
    without them those rules are told in the document's words alone. ``catalogue``: names of the
    indicators that only stand in such rules. ``covered``: whether the set is meant for the
    category (``spec.covers``); where it is not, nothing is concluded from its criteria.
    """
    rows = tuple(verdicts)
    criteria = tuple(explain_criterion(row, category, values, catalogue) for row in rows)
    if not covered:
        outcome = OUTCOMES[Outcome.NOT_COVERED]
        return Explanation(criteria, outcome, f"{UNCOVERED}总体：{outcome.label}。", (), ())
    outcome = OUTCOMES[overall(rows)]
    return Explanation(
        criteria=criteria,
        outcome=outcome,
        headline=_headline(rows, outcome),
        near=tuple(
            f"{row.name}：{line.label} {line.value}，{line.distance}。"
            for row in criteria
            for line in row.lines
            if line.near
        ),
        to_do=tuple(f"{row.name}：{text}" for row in criteria for text in row.changes),
    )


def explain_criterion(
    verdict: CriterionVerdict,
    category: str = "",
    values: Values | None = None,
    catalogue: Catalogue = NO_NAMES,
) -> CriterionExplanation:
    """Explain one criterion."""
    status = STATUSES[verdict.status]
    lines = tuple(explain_finding(row, catalogue) for row in verdict.findings)
    return CriterionExplanation(
        verdict=verdict,
        word=status.label,
        tone=status.tone,
        short=_short(verdict, lines),
        lines=lines,
        meaning=_meaning(verdict, lines),
        changes=_changes(verdict, lines),
        priority=_priority(verdict, values, catalogue),
        points=points_sentence(verdict, category, values, catalogue),
        near=any(line.near for line in lines),
    )


def explain_finding(finding: Finding, catalogue: Catalogue = NO_NAMES) -> Line:
    """Explain one condition."""
    status = STATUSES[finding.status]
    value = "没有数据" if finding.value is None else value_text(finding.spec, finding.value)
    source, threshold, away = (
        origin_text(finding),
        threshold_text(finding.spec),
        distance_text(finding),
    )
    near = is_near(finding)
    told = f"{finding.indicator_name} {value}{f'（{source}）' if source else ''}"
    return Line(
        finding=finding,
        label=finding.indicator_name,
        value=value,
        source=source,
        threshold=threshold,
        distance=away,
        near=near,
        word=status.label,
        tone=status.tone,
        sentence=f"{told}，标准为{threshold}{f'，{away}' if away else ''}。",
        meaning=meaning_of(finding, catalogue),
        change=change_of(finding, catalogue),
    )


# --- one condition ------------------------------------------------------------------------------


def threshold_text(spec: ConditionSpec) -> str:
    """The threshold with the document's own wording: 原则上不低于 20亿元, 不低于 10户左右."""
    before = (
        FIRMNESS_LABELS[Firmness.IN_PRINCIPLE] if spec.firmness == Firmness.IN_PRINCIPLE else ""
    )
    after = FIRMNESS_LABELS[Firmness.APPROXIMATE] if spec.firmness == Firmness.APPROXIMATE else ""
    amount = value_text(spec, spec.threshold)
    amount = f"“{amount}”" if spec.choices or spec.type == "yes_no" else f" {amount}"
    return f"{before}{OPERATORS[spec.operator].word}{amount}{after}"


def origin_text(finding: Finding) -> str:
    """Year and source of the value: 2024年，县级填报."""
    if finding.value is None:
        return ""
    year = finding.origin.year or finding.spec.year
    parts = [f"{year}年"] if year else []
    label = ORIGIN_LABELS.get(finding.origin.source, "")
    return "，".join([*parts, label] if label else parts)


def distance_text(finding: Finding) -> str:
    """还差 1.5亿元, 超出 3家, 正好等于标准; empty where there is nothing to measure."""
    away = finding.distance
    if away is None:
        return ""
    if away == 0:
        return "正好等于标准"
    unit = finding.unit
    if OPERATORS[finding.spec.operator].sign > 0:
        return f"还差 {short_text(finding)}" if away < 0 else f"超出 {less(away, unit)}"
    return f"高出标准 {short_text(finding)}" if away < 0 else f"低于标准 {less(away, unit)}"


def is_near(finding: Finding) -> bool:
    """Whether the value lies within 5% of the threshold, on either side of it."""
    spec, away = finding.spec, finding.distance
    if away is None or spec.type == "yes_no" or spec.choices or not spec.threshold:
        return False
    return abs(away) <= abs(spec.threshold) * NEAR


# --- one criterion ------------------------------------------------------------------------------


def _short(verdict: CriterionVerdict, lines: Sequence[Line]) -> str:
    """The line that is read first; the figures stand beside it."""
    if verdict.status == Status.MET:
        return f"{_brief(lines[0])}。" if len(lines) == 1 else "各项数据达到标准。"
    if verdict.status == Status.RELAXED:
        return "已按文件规定放宽。"
    if verdict.status == Status.NEEDS_JUDGEMENT:
        return "数据条件达到，情况说明待评议。" if lines else _judged(verdict)
    told = []
    if nearest_way(verdict):
        told = [_brief(line) for line in lines if line.finding.status not in PASSED]
    if len(told) > BRIEFLY:
        told = [*told[: BRIEFLY - 1], f"{told[BRIEFLY - 1]}等 {len(told)} 项"]
    if statement_missing(verdict):
        told.append(NO_STATEMENT)
    return f"{'；'.join(told)}。"


def _brief(line: Line) -> str:
    if line.finding.value is None:
        return f"{line.label}没有数据"
    told = f"{line.label}{line.distance}" if line.distance else f"{line.label}为“{line.value}”"
    return f"{told}，放宽所需数据没有填报" if line.finding.lacking else told


def _judged(verdict: CriterionVerdict) -> str:
    if verdict.spec.nature == "figures":
        return "文件没有对该类别规定数值，由审定环节评议。"
    return "由专家和审定环节评议，数据不能代替。"


def _meaning(verdict: CriterionVerdict, lines: Sequence[Line]) -> tuple[str, ...]:
    several = len(lines) > 1
    told = [
        f"{line.label}：{line.meaning}" if several else line.meaning
        for line in lines
        if line.meaning
    ]
    if verdict.status == Status.NEEDS_JUDGEMENT:
        told.append(_judged(verdict))
    if statement_missing(verdict):
        told.append(f"{NO_STATEMENT}，该条须有情况说明才能评议。")
    if verdict.status in PASSED and any(line.finding.status not in PASSED for line in lines):
        told.append("文件规定满足其一即可，其余条件不影响本条结果。")
    return tuple(told)


def _changes(verdict: CriterionVerdict, lines: Sequence[Line]) -> tuple[str, ...]:
    by_key = {line.finding.condition: line.change for line in lines}
    told = [
        f"满足其一即可，最接近的是：{by_key[step.condition]}"
        if step.chosen
        else by_key[step.condition]
        for step in nearest_way(verdict)
    ]
    if statement_missing(verdict):
        told.append(f"在申报的“{verdict.title}”中填写情况说明。")
    return tuple(told)


def _priority(verdict: CriterionVerdict, values: Values | None, catalogue: Catalogue) -> str:
    if not verdict.priority:
        return ""
    grounds = verdict.spec.priorities
    if values is not None:
        grounds = tuple(row for row in grounds if holds(row, values)) or grounds
    told = "；".join(ground_text(row, values, catalogue) for row in grounds)
    return f"符合优先评定情形：{told}。优先是提示和排序依据，不加分。"


# --- the whole set ------------------------------------------------------------------------------


def _headline(rows: Sequence[CriterionVerdict], outcome: OutcomeRow) -> str:
    if not rows:
        return "没有评定结果。"
    statuses = [row.status for row in rows]
    order = (Status.MET, Status.RELAXED, *(s for s in Status if s not in PASSED))
    counted = "，".join(
        f"{STATUSES[status].label} {statuses.count(status)} 条"
        for status in order
        if status in statuses
    )
    return f"共 {len(rows)} 条：{counted}。总体：{outcome.label}。"
