"""A comparison as the page shows it: the summary in sentences, each pair with its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from criteria.comparing import (
    DIRECTION_LABELS,
    Comparison,
    ConditionRow,
    Direction,
    Pair,
)
from criteria.sentences import categories_words, requirement
from criteria.specs import ConditionSpec, CriterionSpec

TONES: dict[str, str] = {
    Direction.STRICTER: "warning",
    Direction.LOOSER: "info",
    Direction.SAME: "neutral",
    Direction.INCOMPARABLE: "neutral",
}
# Words of a pair of criteria: what happened, and its colour.
STATES: dict[str, tuple[str, str]] = {
    "added": ("仅右侧有", "info"),
    "removed": ("仅左侧有", "warning"),
    "changed": ("有不同", "info"),
    "same": ("相同", "neutral"),
}
BY_WORDS = {"text": "按原文相近对应", "figures": "按相同指标对应"}
WHOLE = "全部类别"
# More places than this that cannot be ranked are folded away in the summary.
FEW = 3


class Narrowed(NamedTuple):
    """What the page is narrowed to: one category, only what differs."""

    category: str = ""
    only: bool = False


def comparison_context(
    found: Comparison, left_name: str, right_name: str, narrowed: Narrowed
) -> dict[str, Any]:
    """Everything of a comparison that the page shows."""
    names = dict(found.right.categories) | dict(found.left.categories)
    places = _places(found.left), _places(found.right)
    pairs = list(_pairs(found, names, places, narrowed))
    return {
        "left_name": left_name,
        "right_name": right_name,
        "facts": found.facts,
        "pairs": pairs,
        "empty": found.empty,
        "summary": _summary(found, left_name, right_name, names, narrowed),
        "totals": _totals(found),
    }


def _places(side: Any) -> dict[str, int]:
    return {row.key: place for place, row in enumerate(side.criteria, start=1)}


def _kept(rows: Iterable[ConditionRow], narrowed: Narrowed) -> list[ConditionRow]:
    return [
        row
        for row in rows
        if (not narrowed.category or not row.categories or narrowed.category in row.categories)
        and (not narrowed.only or row.changed)
    ]


def _pairs(
    found: Comparison,
    names: Mapping[str, str],
    places: tuple[dict[str, int], dict[str, int]],
    narrowed: Narrowed,
) -> Iterator[dict[str, Any]]:
    for number, pair in enumerate(found.pairs, start=1):
        if narrowed.only and not pair.changed:
            continue
        word, tone = STATES[pair.state]
        yield {
            "anchor": f"pair-{number}",
            "title": _title(pair),
            "rows_label": f"第 {number} 组的数值条件",
            "others_label": f"第 {number} 组的其他不同",
            "state": word,
            "tone": tone,
            "notes": _notes(pair),
            "left": _column(pair.left, pair.left_runs, places[0]),
            "right": _column(pair.right, pair.right_runs, places[1]),
            "reworded": pair.reworded,
            "conditions": [_row(row, names) for row in _kept(pair.conditions, narrowed)],
            "differences": pair.differences,
        }


def _title(pair: Pair) -> str:
    titles = [row.title for row in (pair.left, pair.right) if row is not None]
    return " / ".join(dict.fromkeys(titles))


def _notes(pair: Pair) -> str:
    return "，".join(filter(None, (BY_WORDS.get(pair.by, ""), "顺序不同" if pair.moved else "")))


def _column(
    row: CriterionSpec | None, runs: Iterable[Any], places: Mapping[str, int]
) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "head": f"第 {places[row.key]} 条 {row.clause} {row.title}",
        "runs": runs,
        "silent": not row.text.strip(),
    }


def _row(row: ConditionRow, names: Mapping[str, str]) -> dict[str, Any]:
    year = f"（{row.spec.year} 年）" if row.spec.year is not None else ""
    return {
        "indicator": f"{row.spec.indicator_name}{year}",
        "categories": categories_words(row.categories, names) or WHOLE,
        "left": _said(row.left),
        "right": _said(row.right),
        "word": DIRECTION_LABELS[row.direction],
        "tone": TONES[row.direction],
        "reasons": "；".join(row.reasons),
    }


def _said(spec: ConditionSpec | None) -> str:
    if spec is None:
        return "—"
    return requirement(spec) + ("，可申请放宽" if spec.relaxation is not None else "")


def _summary(
    found: Comparison,
    left_name: str,
    right_name: str,
    names: Mapping[str, str],
    narrowed: Narrowed,
) -> list[dict[str, Any]]:
    """For each direction what it is and where, each place a link to its pair."""
    said = {
        Direction.STRICTER: f"{left_name}比{right_name}更严的",
        Direction.LOOSER: f"{left_name}比{right_name}更宽的",
        Direction.INCOMPARABLE: "不可比的",
        Direction.SAME: "宽严相同的",
    }
    places: dict[str, list[dict[str, str]]] = {direction: [] for direction in said}
    for number, pair in enumerate(found.pairs, start=1):
        for row in _kept(pair.conditions, Narrowed(narrowed.category)):
            meant = categories_words(row.categories, names) or WHOLE
            places[row.direction].append(
                {
                    "anchor": f"pair-{number}",
                    "words": f"{row.spec.indicator_name}（{meant}）",
                    "reasons": "；".join(row.reasons),
                }
            )
    return [
        {
            "words": f"{words}有 {len(places[direction])} 处",
            "tone": TONES[direction],
            "label": DIRECTION_LABELS[direction],
            "places": places[direction] if direction != Direction.SAME else [],
            "count": len(places[direction]),
            "folded": direction == Direction.INCOMPARABLE and len(places[direction]) > FEW,
        }
        for direction, words in said.items()
    ]


def _totals(found: Comparison) -> list[dict[str, Any]]:
    pairs = found.pairs
    both = [pair for pair in pairs if pair.left and pair.right]
    return [
        {"label": "相对应的条目", "value": f"{len(both)} 条"},
        {"label": "原文有不同", "value": f"{sum(pair.reworded for pair in both)} 条"},
        {"label": "顺序不同", "value": f"{sum(pair.moved for pair in both)} 条"},
        {"label": "仅左侧有", "value": f"{sum(pair.right is None for pair in pairs)} 条"},
        {"label": "仅右侧有", "value": f"{sum(pair.left is None for pair in pairs)} 条"},
        {"label": "基本信息不同", "value": f"{len(found.facts)} 项"},
    ]
