"""A funnel of stages laid out on paper of fixed size: pure, no Django, no I/O.

``funnel_chart`` works out where every bar stands; ``components/funnel_chart.html`` draws it, its
table beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from portal.core.formatting import DASH, number

WIDTH, ROW, BAR = 640, 40, 26
LEFT, RIGHT = 120, 150  # names of the stages; numbers and shares
LEAST_BAR = 2.0


class Stage(NamedTuple):
    """A stage of a funnel with how many came as far as that, and the list of them."""

    name: str
    value: int
    url: str = ""


class FunnelBar(NamedTuple):
    """A stage as drawn, and its row of the table."""

    name: str
    value: int
    url: str
    path: str
    text_y: float
    said: str
    share: str
    step: str


class Funnel(NamedTuple):
    """Everything components/funnel_chart.html needs."""

    key: str
    title: str
    unit: str
    said: str
    width: int
    height: int
    name_x: float
    value_x: float
    bars: tuple[FunnelBar, ...]
    sides: tuple[str, ...]
    empty: bool


def funnel_chart(key: str, title: str, unit: str, stages: Sequence[Stage]) -> Funnel:
    """Lay out stages from the widest to the narrowest, each share of the first and the one before.

    A stage that nobody reached keeps a hairline, so that the last one that somebody did is seen.
    """
    first = stages[0].value if stages else 0
    full = WIDTH - LEFT - RIGHT
    middle = LEFT + full / 2
    bars, corners = [], []
    for at, stage in enumerate(stages):
        width = max(full * stage.value / first, LEAST_BAR) if first else LEAST_BAR
        left, top = middle - width / 2, ROW * at + (ROW - BAR) / 2
        before = stages[at - 1].value if at else 0
        bars.append(
            FunnelBar(
                name=stage.name,
                value=stage.value,
                url=stage.url,
                path=f"M{_round(left)} {_round(top)}h{_round(width)}v{BAR}h{_round(-width)}Z",
                text_y=_round(top + BAR / 2 + 5),
                said=f"{stage.name}：{stage.value} {unit}",
                share=_part(stage.value, first),
                step=_part(stage.value, before) if at else DASH,
            )
        )
        corners.append((left, left + width, top))
    sides = tuple(
        f"M{_round(left)} {_round(top + BAR)}H{_round(right)}"
        f"L{_round(right_below)} {_round(below)}H{_round(left_below)}Z"
        for (left, right, top), (left_below, right_below, below) in pairwise(corners)
    )
    return Funnel(
        key=key,
        title=title,
        unit=unit,
        said="；".join(f"{bar.said}，占{stages[0].name} {bar.share}" for bar in bars),
        width=WIDTH,
        height=ROW * len(stages),
        name_x=LEFT - 12,
        value_x=WIDTH - RIGHT + 12,
        bars=tuple(bars),
        sides=sides,
        empty=not first,
    )


def _part(value: int, whole: int) -> str:
    return f"{number(Decimal(100 * value) / whole, 1)}%" if whole else DASH


def _round(value: float) -> float:
    return round(value, 1)
