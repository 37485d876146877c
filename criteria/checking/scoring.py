"""Checks of points: sums, bands and rubrics against the maximum, what is left open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from criteria.checking.shape import Checked, CheckFinding, Severity, categories_said, place_of
from criteria.exchange.shape import number_text
from criteria.specs import CriterionSpec

BLOCKING, ADVICE, UNSTATED = Severity.BLOCKING, Severity.ADVICE, Severity.UNSTATED
BY_POINTS = ("points", "both")
Said = tuple[Severity, str, str]


def check_points(draft: Checked) -> Iterator[CheckFinding]:
    """What is found in the points of the whole set."""
    for severity, code, message in _of_set(draft):
        yield CheckFinding(severity, code, message, "评分和合格规则")


def check_scoring(draft: Checked, number: int, row: CriterionSpec) -> Iterator[CheckFinding]:
    """What is found in the scoring of one criterion."""
    for severity, code, message in (*_scheme(row), *_bands(draft, row), *_rubric(row)):
        yield CheckFinding(severity, code, message, place_of(number, row), row.key)


def _of_set(draft: Checked) -> Iterable[Said]:
    rule, mark = draft.spec.pass_rule
    criteria = draft.spec.criteria
    scored = [row for row in criteria if row.scoring.maximum is not None]
    without = [place_of(n, row) for n, row in enumerate(criteria, 1) if row not in scored]
    if not rule:
        yield UNSTATED, "pass_rule", "合格规则未载明。"
    if rule in BY_POINTS:
        if mark is None:
            yield BLOCKING, "pass_points", "按总分合格，但没有填写合格线。"
        if without:
            said = "、".join(without)
            yield BLOCKING, "maxima", f"按总分合格，但这些条目没有满分：{said}。"
        total = sum((row.scoring.maximum or Decimal(0) for row in scored), Decimal(0))
        if mark is not None and not without and mark > total:
            said = f"合格线 {number_text(mark)} 分高于各条满分之和 {number_text(total)} 分。"
            yield BLOCKING, "sum", said
    elif scored and without:
        said = "、".join(without)
        yield ADVICE, "maxima", f"有的条目有满分，这些条目没有：{said}。"
    elif not scored and draft.kind == "contest":
        yield UNSTATED, "maxima", "各条满分未载明。"
    if scored and draft.spec.digits is None:
        yield UNSTATED, "digits", "得分保留几位小数未载明。"


def _scheme(row: CriterionSpec) -> Iterable[Said]:
    scoring = row.scoring
    if scoring.maximum is not None and not scoring.mode:
        yield UNSTATED, "mode", "有满分，计分方式未载明。"
    if scoring.maximum is None and (scoring.bands or scoring.rubric):
        yield BLOCKING, "maximum", "有分档或评分参考，但没有满分，请填写满分。"
    if scoring.mode == "bands" and not scoring.bands:
        yield BLOCKING, "no_bands", "计分方式为按数据分档，但没有设置分档。"


def _bands(draft: Checked, row: CriterionSpec) -> Iterable[Said]:
    scoring = row.scoring
    if scoring.mode != "bands":
        return
    covered: set[str] = set()
    everybody = False
    for band in scoring.bands:
        everybody = everybody or not band.categories
        covered |= set(band.categories)
        state = draft.states.get(band.indicator)
        if state is None or state.retired or not state.supplied or state.subject != "town":
            name = state.name if state else band.indicator
            yield BLOCKING, "supply", f"分档所用指标“{name}”没有数据来源或已停用。"
        top = max((points for _, points in band.steps), default=Decimal(0))
        if scoring.maximum is not None and top > scoring.maximum:
            said = f"分档最高 {number_text(top)} 分，超过满分 {number_text(scoring.maximum)} 分。"
            yield BLOCKING, "bands", said
        elif scoring.maximum is not None and top < scoring.maximum:
            said = f"分档最高 {number_text(top)} 分，达不到满分 {number_text(scoring.maximum)} 分。"
            yield ADVICE, "bands", said
    missing = [key for key in draft.names if key not in covered]
    if scoring.bands and missing and not everybody:
        said = categories_said(missing, draft.names)
        yield ADVICE, "bands", f"“{said}”没有分档，本条对其没有自动得分。"


def _rubric(row: CriterionSpec) -> Iterable[Said]:
    scoring = row.scoring
    if not scoring.rubric or scoring.maximum is None:
        return
    top = max(item.high for item in scoring.rubric)
    if top > scoring.maximum:
        said = f"评分参考最高 {number_text(top)} 分，超过满分 {number_text(scoring.maximum)} 分。"
        yield BLOCKING, "rubric", said
    elif top < scoring.maximum:
        said = f"评分参考最高 {number_text(top)} 分，达不到满分 {number_text(scoring.maximum)} 分。"
        yield ADVICE, "rubric", said
