"""Points as the office's set states them: per criterion, in all, and the pass rule. Pure.

No weight and no mark is made up: what the set leaves open is 未载明. The result informs those who
decide and decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.assessment import CriterionVerdict, band_of
from criteria.constants import Status
from criteria.sentences import amount
from criteria.specs import CriterionSpec, SetSpec
from criteria.wording import NO_NAMES, Catalogue, Values, figure_text, number_text
from portal.core.constants import UNSTATED
from portal.core.formatting import number, round_half_up

SHOWN_DIGITS = 2
FOR_INFORMATION = "仅供审定参考。"


class CriterionPoints(NamedTuple):
    """The points of one criterion. ``points`` None: none yet; ``automatic``: given by bands."""

    criterion: CriterionSpec
    points: Decimal | None
    maximum: Decimal | None
    automatic: bool


class Passing(NamedTuple):
    """What the pass rule gives: a word, its colour, and the sentence that says why."""

    word: str
    tone: str
    sentence: str


class Score(NamedTuple):
    """The points of a set: per criterion, in all, out of how many, and the pass rule's result.

    ``total`` None: no points at all. ``waiting``: criteria that have none yet. ``maximum`` None:
    未载明, for at least one criterion.
    """

    rows: tuple[CriterionPoints, ...]
    total: Decimal | None
    maximum: Decimal | None
    waiting: tuple[CriterionSpec, ...]
    passing: Passing
    digits: int | None

    def shown(self, points: Decimal | None) -> str:
        """Points with the set's digits; with two where it states none."""
        return points_text(points, self.digits)

    @property
    def rounding(self) -> str:
        """How the points are rounded, in a sentence."""
        if self.digits is None:
            return f"得分保留小数位{UNSTATED}，按 {SHOWN_DIGITS} 位小数显示，不参与计算。"
        return f"每条得分四舍五入，保留 {self.digits} 位小数。"


def states_scoring(spec: SetSpec) -> bool:
    """Whether the set says anything of points."""
    return any(row.scoring.mode or row.scoring.maximum is not None for row in spec.criteria)


def by_experts(criteria: Iterable[CriterionSpec]) -> tuple[CriterionSpec, ...]:
    """The criteria that experts are asked to mark: all but those that bands give points for."""
    return tuple(row for row in criteria if row.scoring.mode != "bands")


def top_of(criterion: CriterionSpec, fallback: int | Decimal | None) -> Decimal | None:
    """The highest mark of a criterion: its own, else the round's; None where neither is set."""
    if criterion.scoring.maximum is not None:
        return criterion.scoring.maximum
    return None if fallback is None else Decimal(fallback)


def needs_top(criteria: Iterable[CriterionSpec]) -> bool:
    """Whether the round has to set a maximum, because the set leaves one open."""
    return any(row.scoring.maximum is None for row in by_experts(criteria))


def points_text(points: Decimal | None, digits: int | None) -> str:
    """Points in digits as the set states, with two at most where it is silent."""
    if points is None:
        return "—"
    if digits is None:
        return number(points, SHOWN_DIGITS)
    return number(points, digits, fixed=True)


def points_given(
    spec: SetSpec, category: str, verdicts: Iterable[CriterionVerdict]
) -> Decimal | None:
    """What the bands give together, each criterion rounded as the set says.

    None where the set has no bands for the category, or a figure is missing for one of them.
    """
    given = [
        row.points
        for row in verdicts
        if row.spec.scoring.mode == "bands" and band_of(row.spec, category) is not None
    ]
    known = [points for points in given if points is not None]
    if not known or len(known) < len(given):
        return None
    if spec.digits is not None:
        known = [round_half_up(points, spec.digits) for points in known]
    return sum(known, Decimal(0))


def score(
    spec: SetSpec,
    verdicts: Sequence[CriterionVerdict],
    means: Mapping[str, Decimal] | None = None,
    fallback: int | Decimal | None = None,
) -> Score:
    """Points of an assessment. ``means``: criterion -> the mean of the experts' marks.

    ``fallback``: the round's maximum for criteria whose own is not stated. With stated digits the
    points of each criterion are rounded and the total is the sum of what is shown.
    """
    given = means or {}
    points = {row.key: row.points for row in verdicts}
    rows = []
    for row in spec.criteria:
        automatic = row.scoring.mode == "bands"
        found = points.get(row.key) if automatic else given.get(row.key)
        if found is not None and spec.digits is not None:
            found = round_half_up(found, spec.digits)
        rows.append(CriterionPoints(row, found, top_of(row, fallback), automatic))
    known = [row.points for row in rows if row.points is not None]
    tops = [row.maximum for row in rows if row.maximum is not None]
    total = sum(known, Decimal(0)) if known else None
    waiting = tuple(row.criterion for row in rows if row.points is None)
    return Score(
        rows=tuple(rows),
        total=total,
        maximum=sum(tops, Decimal(0)) if len(tops) == len(rows) and rows else None,
        waiting=waiting,
        passing=_passing(spec, verdicts, total, waiting),
        digits=spec.digits,
    )


# --- the pass rule ------------------------------------------------------------------------------


def _passing(
    spec: SetSpec,
    verdicts: Sequence[CriterionVerdict],
    total: Decimal | None,
    waiting: Sequence[CriterionSpec],
) -> Passing:
    rule = spec.pass_rule
    if not rule.kind:
        return Passing(UNSTATED, "neutral", f"合格规则{UNSTATED}，不作合格判断。")
    asked = []
    if rule.kind in ("all_met", "both"):
        asked.append(_all_met(verdicts))
    if rule.kind in ("points", "both"):
        asked.append(_enough(rule.points, total, waiting, spec.digits))
    word, tone = next(
        (row[0], row[1])
        for wanted in ("不合格", "未定", UNSTATED, "合格")
        for row in asked
        if row[0] == wanted
    )
    return Passing(word, tone, "".join(row[2] for row in asked) + FOR_INFORMATION)


def _all_met(verdicts: Sequence[CriterionVerdict]) -> Passing:
    def names(*wanted: Status) -> str:
        return "、".join(row.title for row in verdicts if row.status in wanted)

    rule = "合格规则要求各条均达到（含已放宽、经评议认可）"
    if any(row.status == Status.NOT_MET and not row.overridable for row in verdicts):
        told = "、".join(
            row.title for row in verdicts if row.status == Status.NOT_MET and not row.overridable
        )
        return Passing("不合格", "danger", f"{rule}，{told}未达到。")
    if missing := names(Status.MISSING):
        return Passing("未定", "warning", f"{rule}，{missing}缺数据。")
    if open_names := names(Status.MAY_RELAX, Status.NEEDS_JUDGEMENT, Status.NOT_MET):
        return Passing("未定", "warning", f"{rule}，{open_names}待评议或审定。")
    if not verdicts:
        return Passing("未定", "warning", f"{rule}，没有评定结果。")
    return Passing("合格", "success", f"{rule}，各条均达到。")


def _enough(
    mark: Decimal | None,
    total: Decimal | None,
    waiting: Sequence[CriterionSpec],
    digits: int | None,
) -> Passing:
    if mark is None:
        return Passing(UNSTATED, "neutral", f"合格线{UNSTATED}，不作合格判断。")
    line = f"合格线 {number_text(mark)} 分"
    if total is not None and total >= mark:
        return Passing("合格", "success", f"总分 {points_text(total, digits)} 分，达到{line}。")
    if waiting:
        told = "、".join(row.title for row in waiting)
        return Passing("未定", "warning", f"{line}，{told}尚无得分。")
    short = number_text(mark - (total or Decimal(0)))
    return Passing(
        "不合格", "danger", f"总分 {points_text(total, digits)} 分，距{line}还差 {short} 分。"
    )


# --- one criterion ------------------------------------------------------------------------------


def points_sentence(
    verdict: CriterionVerdict,
    category: str = "",
    values: Values | None = None,
    catalogue: Catalogue = NO_NAMES,
) -> str:
    """The points and how they came; empty where the set states no scoring for the criterion."""
    scoring = verdict.spec.scoring
    if not scoring.mode and scoring.maximum is None:
        return ""
    top = f"满分{UNSTATED if scoring.maximum is None else f' {number_text(scoring.maximum)} 分'}"
    if scoring.mode == "expert":
        return f"由专家评分，{top}。"
    if scoring.mode != "bands":
        return f"计分方式{UNSTATED}，{top}。"
    band = band_of(verdict.spec, category)
    if band is None:
        return f"没有为该类别设定分档，不计分，{top}。"
    name, unit, value = _band_figure(verdict, band.indicator, values, catalogue)
    if verdict.points is None:
        return f"{name}没有数据，不计分，{top}。"
    got = f"计 {number_text(verdict.points)} 分（{top}）。"
    if value is None:
        return f"{name}按分档{got}"
    reached = max((start for start, _ in band.steps if value >= start), default=None)
    if reached is None:
        lowest = min((start for start, _ in band.steps), default=value)
        return f"{name} {figure_text(value, unit, lowest)}，未达到最低一档，{got}"
    shown = figure_text(value, unit, reached)
    return f"{name} {shown}，达到“{amount(reached, unit)}及以上”一档，{got}"


def _band_figure(
    verdict: CriterionVerdict, indicator: str, values: Values | None, catalogue: Catalogue
) -> tuple[str, str, Decimal | None]:
    """Name, unit and value of the indicator that the points hang on."""
    same = [row for row in verdict.findings if row.indicator == indicator and row.spec.year is None]
    value = values.get(indicator) if values is not None else None
    if same:
        return same[0].indicator_name, same[0].unit, same[0].value if value is None else value
    known = catalogue.get(indicator)
    return (known.name, known.unit, value) if known else ("分档指标", "", None)
