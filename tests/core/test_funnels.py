"""The funnel: bars as wide as their share, shares that agree with the numbers."""

from __future__ import annotations

import re

from portal.core.funnels import LEFT, RIGHT, WIDTH, Stage, funnel_chart

WIDE = re.compile(r"^M([\d.]+) [\d.]+h([\d.]+)v")


def test_bars_are_shares_of_the_first() -> None:
    drawn = funnel_chart(
        "f", "进展", "个", [Stage("可申报", 40), Stage("已开始", 10, "/x"), Stage("认定", 0)]
    )
    widths = []
    for bar in drawn.bars:
        found = WIDE.match(bar.path)
        assert found is not None
        widths.append(float(found[2]))
        assert float(found[1]) >= LEFT and float(found[1]) + widths[-1] <= WIDTH - RIGHT
    assert widths[1] == widths[0] / 4 and 0 < widths[2] < 5
    assert [bar.share for bar in drawn.bars] == ["100%", "25%", "0%"]
    assert [bar.step for bar in drawn.bars] == ["—", "25%", "0%"]
    assert (
        drawn.said
        == "可申报：40 个，占可申报 100%；已开始：10 个，占可申报 25%；认定：0 个，占可申报 0%"
    )
    assert len(drawn.sides) == 2 and not drawn.empty


def test_nothing_is_nothing() -> None:
    drawn = funnel_chart("f", "进展", "个", [Stage("可申报", 0), Stage("已开始", 0)])
    assert drawn.empty and drawn.bars[1].share == drawn.bars[1].step == "—"
