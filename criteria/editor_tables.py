"""What the pages of a draft show of it, in words: its criteria, what is open, its differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from criteria.assessment import band_of
from criteria.checking import CheckFinding, Severity, blocking, counts_said
from criteria.constants import (
    NATURE_CHOICES,
    PASS_RULE_CHOICES,
    SCORE_MODE_CHOICES,
)
from criteria.drafts import CriterionFacts
from criteria.models import Criterion, Indicator
from criteria.queries import condition_spec, criterion_spec
from criteria.sentences import (
    IndicatorLine,
    amount,
    condition_sentence,
    is_choice,
    parts_of,
    priority_sentence,
    scoring_sentence,
)
from criteria.specs import CriterionSpec
from portal.core.constants import UNSTATED
from portal.core.formatting import number

NATURES = dict(NATURE_CHOICES)
SET_LABELS: dict[str, str] = {
    "title": "标准名称",
    "document_number": "发文字号",
    "document_title": "文件名称",
    "scope_clause": "条款",
    "issued_on": "印发日期",
    "effective_from": "施行日期",
    "effective_to": "失效日期",
    "categories": "类别",
    "silent": "文件未载明的事项",
    "notes": "说明",
    "pass_rule": "合格规则",
    "pass_points": "合格线",
    "digits": "得分保留小数位",
}
CRITERION_LABELS: dict[str, str] = {
    "clause": "条款号",
    "title": "条目名称",
    "text": "条款原文",
    "nature": "怎样评定",
    "ask": "请申报人填报什么",
    "notes": "说明",
    "score_max": "满分",
    "score_mode": "计分方式",
    "rubric": "评分参考",
    "bands": "分档",
}
Lines = Mapping[str, IndicatorLine]
Names = Mapping[str, str]


def lines_of(indicators: Iterable[Indicator]) -> dict[str, IndicatorLine]:
    """How each indicator is written."""
    return {
        row.key: IndicatorLine(
            row.name,
            row.unit,
            row.type,
            tuple((str(item["key"]), item["name"]) for item in row.choices),
        )
        for row in indicators
    }


def spec_of_row(row: Criterion) -> CriterionSpec:
    """A criterion of a draft with its conditions, which were read with it."""
    return criterion_spec(row, [condition_spec(item) for item in row.conditions.all()])


class Sentence(NamedTuple):
    """A line of what counts; ``key`` is the condition it says, empty for other lines.

    ``head``: it introduces the lines after it; ``inner``: it stands under such a line.
    """

    text: str
    key: str = ""
    inner: bool = False
    head: bool = False


def sentences(spec: CriterionSpec, names: Names, lines: Lines) -> list[Sentence]:
    """Groups and conditions in order, each condition a line of its own, then priorities."""
    parts = parts_of(spec)
    found = []
    several = spec.joining == "any" and len(parts) > 1
    if several:
        found.append(Sentence(f"以下 {len(parts)} 项满足其一即可：", head=True))
    for group, rows in parts:
        if group is not None:
            label = f"{group.label}：" if group.label else ""
            joined = "同时满足" if group.joining == "all" else "满足其一即可"
            found.append(Sentence(f"{label}以下 {len(rows)} 项{joined}：", head=True))
        one = several or is_choice(group, rows)
        found += [
            Sentence(
                condition_sentence(row, names, lines, one_of_several=one),
                row.key,
                group is not None,
            )
            for row in rows
        ]
    return found + [Sentence(priority_sentence(row, lines)) for row in spec.priorities]


def for_category(spec: CriterionSpec, category: str) -> CriterionSpec:
    """The criterion with the conditions that are meant for towns of the category."""
    rows = [row for row in spec.conditions if not row.categories or category in row.categories]
    return spec._replace(conditions=tuple(rows))


def scoring_words(spec: CriterionSpec, names: Names, lines: Lines) -> str:
    """How it is scored."""
    return scoring_sentence(spec.scoring, names, lines)


def band_figure(spec: CriterionSpec, category: str, lines: Lines) -> str:
    """The figure by which a criterion is scored in a category; empty where experts score it."""
    if spec.scoring.mode != "bands":
        return ""
    band = band_of(spec, category)
    if band is None:
        return UNSTATED
    return lines.get(band.indicator, IndicatorLine(band.indicator)).name


class Progress(NamedTuple):
    """Where a draft stands: how many criteria, the sum of points, what the check has found."""

    criteria: int
    points: Decimal | None
    unscored: int
    found: str
    blocking: list[CheckFinding]
    unstated: list[CheckFinding]

    @property
    def points_words(self) -> str:
        """满分合计 100 分, or what is known of it."""
        if self.points is None:
            return f"满分{UNSTATED}"
        more = f"，另有 {self.unscored} 条{UNSTATED}" if self.unscored else ""
        return f"满分合计 {number(self.points)} 分{more}"


def progress_of(rows: Sequence[Criterion], findings: Sequence[CheckFinding]) -> Progress:
    """Where the draft stands."""
    given = [row.score_max for row in rows if row.score_max is not None]
    return Progress(
        criteria=len(rows),
        points=sum(given, Decimal(0)) if given else None,
        unscored=len(rows) - len(given),
        found=counts_said(findings),
        blocking=blocking(findings),
        unstated=[row for row in findings if row.severity == Severity.UNSTATED],
    )


def show_set(names: Names) -> Callable[[str, Any], str]:
    """Values of the facts of a set in words."""

    def show(name: str, value: Any) -> str:
        if value in (None, "", []):
            return UNSTATED if name not in ("silent", "notes") else "（空）"
        if name == "categories":
            return "、".join(names.get(key, key) for key in value)
        if name in ("silent", "notes"):
            return "\n".join(value)
        if name == "pass_rule":
            return dict(PASS_RULE_CHOICES).get(value, value)
        return f"{value} 分" if name == "pass_points" else str(value)

    return show


def show_criterion(names: Names, lines: Lines) -> Callable[[str, Any], str]:
    """Values of a criterion in words."""

    def show(name: str, value: Any) -> str:
        if value in (None, "", []):
            return UNSTATED if name in ("score_max", "score_mode") else "（空）"
        if name == "nature":
            return NATURES.get(value, value)
        if name == "score_mode":
            return dict(SCORE_MODE_CHOICES).get(value, value)
        if name == "score_max":
            return f"{value} 分"
        if name == "rubric":
            return "\n".join(f"{row['low']}—{row['high']} 分：{row['words']}" for row in value)
        if name == "bands":
            return "\n".join(_band_words(row, names, lines) for row in value)
        return str(value)

    return show


def _band_words(row: Mapping[str, Any], names: Names, lines: Lines) -> str:
    line = lines.get(row["indicator"], IndicatorLine(row["indicator"]))
    meant = "、".join(names.get(key, key) for key in row["categories"]) or "全部类别"
    steps = "，".join(
        f"{amount(Decimal(start), line.unit)}起 {points} 分" for start, points in row["steps"]
    )
    return f"{line.name}（{meant}）：{steps}"


def criterion_items(row: Criterion) -> list[dict[str, str]]:
    """What a criterion is, to be looked at before it is removed."""
    facts = CriterionFacts.of(row)
    return [
        {"label": "条款号", "value": facts.clause},
        {"label": "条目名称", "value": facts.title},
        {"label": "条款原文", "value": facts.text},
    ]
