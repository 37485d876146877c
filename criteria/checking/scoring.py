"""Checks of points: sums, bands and rubrics against the maximum, what is left open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from criteria.checking.shape import Checked, CheckFinding, Severity, categories_said, place_of
from criteria.condition_checks import COUNTED_TYPES, yearless_error
from criteria.drafts import overlap
from criteria.exchange.shape import number_text
from criteria.specs import BandSpec, CriterionSpec

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
    taken: list[BandSpec] = []
    for band in scoring.bands:
        yield from _band_indicator(draft, band.indicator)
        yield from _band_categories(draft, band, taken)
        yield from _band_steps(band, scoring.maximum)
        taken.append(band)
    if scoring.mode != "bands" or not scoring.bands:
        return
    covered = {key for band in scoring.bands for key in band.categories}
    missing = [key for key in draft.names if key not in covered]
    if missing and all(band.categories for band in scoring.bands):
        said = categories_said(missing, draft.names)
        message = f"“{said}”没有分档，本条对其得不出分数，请补上分档或改由专家评分。"
        yield BLOCKING, "band_left_out", message


def _band_indicator(draft: Checked, key: str) -> Iterable[Said]:
    state = draft.states.get(key)
    if state is None or state.retired or not state.supplied or state.subject != "town":
        yield (
            BLOCKING,
            "supply",
            f"分档所用指标“{state.name if state else key}”没有数据来源或已停用。",
        )
    elif not state.usable:
        said = f"分档所用指标“{state.name}”是其他行政区划增设的，本标准不能用，请改用其他指标。"
        yield BLOCKING, "region", said
    elif state.type not in COUNTED_TYPES:
        said = f"指标“{state.name}”不是数值，不能用来分档，请改用金额、数量、百分比或清单指标。"
        yield BLOCKING, "band_type", said
    elif wrong := yearless_error(state.name, state.source, state.year_rule):
        yield BLOCKING, "year", wrong


def _band_categories(draft: Checked, band: BandSpec, taken: Iterable[BandSpec]) -> Iterable[Said]:
    unknown = [key for key in band.categories if key not in draft.names]
    if unknown:
        said = categories_said(unknown, draft.names)
        yield BLOCKING, "category", f"分档的适用类别“{said}”不在本标准的类别中，请重新选择。"
    if any(overlap(band, other) for other in taken):
        yield BLOCKING, "band_twice", "同一类别只能有一组分档，请改为不同的类别。"


def _band_steps(band: BandSpec, maximum: Decimal | None) -> Iterable[Said]:
    starts = [start for start, _ in band.steps]
    if not starts:
        yield BLOCKING, "steps", "分档没有设置任何一档，请至少填写一档。"
    elif starts != sorted(set(starts)):
        yield BLOCKING, "steps", "各档起点应由小到大，不得重复，请改正。"
    if any(points < 0 for _, points in band.steps):
        yield BLOCKING, "steps", "分档的分数不能小于 0，请改正。"
    top = max((points for _, points in band.steps), default=None)
    if maximum is None or top is None:
        return
    if top > maximum:
        said = f"分档最高 {number_text(top)} 分，超过满分 {number_text(maximum)} 分。"
        yield BLOCKING, "bands", said
    elif top < maximum:
        said = f"分档最高 {number_text(top)} 分，达不到满分 {number_text(maximum)} 分。"
        yield ADVICE, "bands", said


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
