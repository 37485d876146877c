"""Sample charts of the style guide. Everything here is invented and shown nowhere else."""

from __future__ import annotations

from portal.core.charting import Chart, Series, series_chart
from portal.core.funnels import Funnel, Stage, funnel_chart

LONG_NAME = "晋城市陵川县崇文镇、平城镇、礼义镇连翘等道地中药材种植加工一体化专业镇"


def series_charts() -> list[Chart]:
    """Line with a gap, three lines, columns below zero, one year, nothing."""
    years = range(2016, 2026)
    output = {year: 400_000_000 + 260_000_000 * at for at, year in enumerate(years) if at != 4}
    several = [
        Series(name, {year: factor * (20 + at * at) for at, year in enumerate(years)})
        for name, factor in (("陵川县", 100), ("高平市", 160), (LONG_NAME, 60))
    ]
    growth = {2021: "12.4", 2022: "-3.5", 2023: "6", 2024: "-8.25", 2025: "1.2"}
    return [
        series_chart("chart-output", "主导产业年产值", "元", years, [Series("年产值", output)]),
        series_chart("chart-jobs", "主导产业就业人数", "人", years, several, whole=True),
        series_chart(
            "chart-growth",
            "营业收入比上年增减",
            "%",
            range(2021, 2026),
            [Series("增减", growth)],
            kind="column",
        ),
        series_chart(
            "chart-columns",
            "三镇税收",
            "元",
            range(2023, 2026),
            [Series(row.name, {y: row.values[y] for y in (2023, 2025)}) for row in several],
            kind="column",
        ),
        series_chart("chart-one", "出口额", "元", [2025], [Series("出口额", {2025: 86_400})]),
        series_chart("chart-none", "全国市场占有率", "%", years, [Series("占有率", {})]),
    ]


def funnels() -> list[Funnel]:
    """Stages with a long name and an empty end; nothing at all."""
    counts = (("可申报", 117), ("已开始", 64), ("已提交", 41), ("进入会审、评分", 12), ("认定", 0))
    stages = [Stage(name, value, "#funnel") for name, value in counts]
    return [
        funnel_chart("funnel-round", "申报进展", "个", stages),
        funnel_chart("funnel-none", "申报进展", "个", [Stage(name, 0) for name, _ in counts]),
    ]
