"""Figures from a workbook: a row per town and year, units of the header, confirmed years kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from portal.core import clock, jobs
from portal.core.actions.workbooks import start_import
from portal.core.workbooks.marking import RED
from tests.factories import World, grant_town, make_world
from tests.importing import committed, rehearsed, upload, words, xlsx
from towns.figure_queries import figures_around
from towns.models import TownFigure, TownYear

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def value(world: World, year: int, key: str) -> Decimal:
    town = world.towns["puxian"]
    return TownFigure.objects.get(town=town, year=year, indicator__key=key).value


def test_years_and_units(world: World) -> None:
    actor, town = world.actor("puxian.filer"), world.towns["puxian"]
    year = clock.today().year - 1
    rows: list[list[Any]] = [
        ["蒲县肉牛专业镇主要指标"],
        ["年份", "年产值（亿元）", "营业收入(万元)", "从业人员", "全国市场占有率（%）", "数据来源"],
        [f"{year}年", "２６．５", " 245,000 ", "3600人", 35.5, "县统计局"],
        [year - 5, 20, 190000, 3000, None, "县统计局"],
    ]
    run, lines = rehearsed(actor, "figures", rows)
    assert [words(line) for line in lines] == ["", ""]
    assert [line.outcome for line in lines] == ["change", "add"]
    assert ("主导产业年产值", "26亿元", "26.5亿元") in [tuple(row) for row in lines[0].changes]
    committed(actor, run)
    assert value(world, year, "output_value") == Decimal(2650000000)
    assert value(world, year, "revenue") == Decimal(2450000000)
    assert value(world, year, "market_share_national") == Decimal("35.5")
    assert value(world, year, "tax") == Decimal(90000000)  # a column the sheet has not stays
    assert value(world, year - 5, "employment") == 3000
    assert not TownFigure.objects.filter(
        town=town, year=year - 5, indicator__key="market_share_national"
    ).exists()
    reported = TownYear.objects.get(town=town, year=year)
    assert (reported.state, reported.reported_by) == ("reported", actor.user)
    _, again = rehearsed(actor, "figures", rows)
    assert [line.outcome for line in again] == ["same", "same"]


def test_a_confirmed_year_is_corrected_not_imported(world: World) -> None:
    actor, town = world.actor("puxian.filer"), world.towns["puxian"]
    year = clock.today().year - 1
    TownYear.objects.create(
        town=town, year=year, state="confirmed", confirmed_office="临汾市领导小组办公室"
    )
    rows: list[list[Any]] = [["年度", "营业收入（亿元）"], [year, 24], [year, 30], [year - 1, 25]]
    _, lines = rehearsed(actor, "figures", [rows[0], rows[1], rows[3]])
    assert [line.outcome for line in lines] == ["same", "change"]  # the same value may stand there
    _, lines = rehearsed(actor, "figures", [rows[0], [year, 30]])
    assert "已由临汾市领导小组办公室确认" in words(lines[0])
    assert "办理更正" in words(lines[0])


def test_a_returned_year_is_reported_again(world: World) -> None:
    actor, town = world.actor("puxian.filer"), world.towns["puxian"]
    year = clock.today().year - 1
    row = TownYear.objects.create(town=town, year=year, state="returned", return_reason="请核对")
    run, lines = rehearsed(actor, "figures", [["年度", "营业收入（亿元）"], [year, 24]])
    assert [tuple(change) for change in lines[0].changes] == [("填报状态", "已退回", "待确认")]
    committed(actor, run)
    row.refresh_from_db()
    assert row.state == "reported"
    row.state, row.confirmed_at = "returned", clock.now()
    row.save()
    _, lines = rehearsed(actor, "figures", [["年度", "营业收入（亿元）"], [year, 24], [year, 25]])
    assert lines[0].outcome == "same"
    _, lines = rehearsed(actor, "figures", [["年度", "营业收入（亿元）"], [year, 25]])
    assert "办理更正" in words(lines[0])


def test_what_is_wrong_is_said_where_it_is(world: World) -> None:
    actor = world.actor("puxian.filer")
    year = clock.today().year - 1
    rows: list[list[Any]] = [
        ["专业镇", "年度", "年产值（万元）", "就业人数", "全省市场占有率"],
        ["隰县玉露香梨专业镇", year, 1, 1, 1],
        ["", year + 5, 1, 1, 1],
        ["", year - 4, -1, 10.5, 120],
        ["", year - 5, None, None, None],
        ["", year - 6, 1000, 10, 1],
        ["", year - 6, 1000, 10, 1],
        ["", year - 7, "约三千", 10, 1],
    ]
    _, lines = rehearsed(actor, "figures", rows)
    said = [words(line) for line in lines]
    assert said[0].startswith("A2 “隰县玉露香梨专业镇”没有授权")
    assert said[1].startswith("B3 年度应在 2000 至")
    assert all(text in said[2] for text in ("C4 数值不能为负数", "D4", "E4 百分比不能超过 100"))
    assert "没有任何数值" in said[3]
    assert said[4] == ""
    assert "与第 6 行同为" in said[5]
    assert "C8" in said[6]


def test_a_leap_of_a_hundred_is_pointed_at(world: World) -> None:
    actor = world.actor("puxian.filer")
    year = clock.today().year - 1
    rows: list[list[Any]] = [["年度", "年产值（亿元）"], [year - 8, 20], [year - 7, 250000]]
    run, lines = rehearsed(actor, "figures", rows)
    assert [line.notes != [] for line in lines] == [False, True]
    assert "是上年（20亿元）的 12,500 倍" in lines[1].notes[0]
    assert "请核对单位" in lines[1].notes[0]
    committed(actor, run)


def test_who_fills_several_towns_names_them(world: World) -> None:
    actor = world.actor("puxian.filer")
    grant_town(actor, world.towns["xixian"])
    year = clock.today().year - 1
    rows: list[list[Any]] = [
        ["专业镇名称", "年度", "税收（万元）"],
        [world.towns["xixian"].name, year, 5000],
        ["", year, 5000],
    ]
    _, lines = rehearsed(actor, "figures", rows)
    assert lines[0].outcome == "change"
    assert "不止一个" in words(lines[1])


def test_indicators_in_rows_as_offices_keep_them(world: World) -> None:
    """指标 | 单位 | a column per year | 提供部门; each value in the unit of its row."""
    actor = world.actor("puxian.filer")
    year = clock.today().year - 1
    rows: list[list[Any]] = [
        ["蒲县肉牛专业镇主要数据"],
        ["指标", "单位", f"{year - 9}年", year - 8, f"{year - 7}年度", "提供部门", "备注"],
        ["主导产业产值", "亿元", 18.2, 21.6, 25.9, "统计局", ""],
        ["2、营业收入（现价）", "万元", 171000, 202000, 243000, "统计局", ""],
        ["从业人员（带动就业）", "人", 3120, "3,380", 3644, "人社局", ""],
        ["出口额", "元", 0, 0, 1200000, "商务局", ""],
        ["全国市场占有率", "%", 1.1, 1.3, None, "工信局", ""],
        ["研发投入", "万元", 980, 1210, 1560, "科技局", ""],
        ["填表人：张三", None, None, None, None, "", ""],
    ]
    run, lines = rehearsed(actor, "figures", rows)
    assert [words(line) for line in lines] == ["", "", ""]
    assert [(line.number, line.column) for line in lines] == [(2, "C"), (2, "D"), (2, "E")]
    givers = ["统计局、人社局、商务局、工信局"] * 2 + ["统计局、人社局、商务局"]
    said = [row.after for line in lines for row in line.changes if row.label == "年度数据来源"]
    assert said == givers
    reading = run.arguments["reading"]
    assert reading["unknown"] == [[8, "研发投入", "目录里没有这个指标，没有导入"]]
    assert reading["ignored"] == ["备注"]
    committed(actor, run)
    assert value(world, year - 9, "output_value") == Decimal(1820000000)
    assert value(world, year - 8, "revenue") == Decimal(2020000000)
    assert value(world, year - 8, "employment") == 3380
    assert value(world, year - 7, "export_value") == Decimal(1200000)
    assert value(world, year - 9, "market_share_national") == Decimal("1.1")
    figures = TownFigure.objects.filter(town=world.towns["puxian"], year=year - 7)
    assert not figures.filter(indicator__key="market_share_national").exists()
    assert figures.get(indicator__key="employment").source == "人社局"
    around = figures_around(world.towns["puxian"], year - 7)
    assert [row.source for row in reversed(around)] == givers[1:]
    _, again = rehearsed(actor, "figures", rows)
    assert [line.outcome for line in again] == ["same"] * 3


def test_indicators_in_rows_are_marked_where_they_are_wrong(world: World) -> None:
    actor = world.actor("puxian.filer")
    year = clock.today().year - 1
    rows: list[list[Any]] = [
        ["序号", "单位", "指标名称", f"{year - 8}年数据", f"{year - 7}", f"{year + 3}年"],
        [1, "万人", "就业人数", 0.3, "约三千", 1],
        [2, "吨", "税收", 1, None, None],
        [3, "亿元", "营业收入（万元）", None, 5, None],
        [4, "%", "全省市场占有率", 20, 120, 20],
    ]
    run, lines = rehearsed(actor, "figures", rows)
    said = [words(line) for line in lines]
    assert said[0].startswith("D3 单位 B3 “吨”不是元、万元")
    assert all(text in said[1] for text in ("E2 “约三千”", "E4 指标名称", "E5 百分比不能超过 100"))
    assert said[2].startswith("F1 年度应在 2000 至")
    assert run.marked is not None
    with run.marked.file.open("rb") as handle:
        sheet = load_workbook(handle).worksheets[0]
    assert sheet["C6"].value == "检查结果"
    assert sheet["D6"].value.startswith("有问题：D3")
    assert "约三千" in sheet["E2"].comment.text
    assert sheet["E2"].fill.fgColor.rgb == RED
    assert sheet["D2"].comment is None
    corrected = [
        [cell.value for cell in row[:5]] for row in sheet.iter_rows() if row[2].value != "税收"
    ]
    corrected[1][4], corrected[2][1], corrected[3][4] = 0.3, "", 21
    run, lines = rehearsed(actor, "figures", corrected)
    assert [words(line) for line in lines] == ["", ""]
    committed(actor, run)
    assert value(world, year - 8, "employment") == 3000
    assert value(world, year - 7, "revenue") == 50000
    twice: list[list[Any]] = [["项目", f"{year}年", f"{year}"], ["税收（万元）", 1, 2]]
    run = start_import(actor=actor, kind="figures", upload=upload(xlsx(twice)))
    assert run.job is not None
    jobs.run(run.job.pk)
    run.refresh_from_db()
    assert "出现了两次（B 列和 C 列）" in run.problem
    grant_town(actor, world.towns["xixian"])
    _, lines = rehearsed(actor, "figures", [["项目", f"{year}年"], ["税收（万元）", 1]])
    assert "不止一个" in words(lines[0])
