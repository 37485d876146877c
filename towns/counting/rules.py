"""Computed indicators: one rule for each; which rows it counts, and how a page names them.

A rule counts rows of the registers: members, honours, standards, brands, functions and platforms as
they stood on a day. The number of an indicator is the number of the rows it selects, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from towns.counting.books import Books
from towns.counting.describing import (
    CountedRow,
    describe_function,
    describe_honour,
    describe_member,
    describe_platform,
    describe_ranked,
)
from towns.counting.selecting import (
    Registers,
    Select,
    functions_present,
    honours_of_group,
    members_by_role,
    platforms_in_place,
    priority_honours,
)
from towns.figure_queries import Ranked
from towns.honours import AWARD, BRAND, STANDARD
from towns.models import Town

# Describes one selected row; also told the registers that it came from.
Describe = Callable[[Books, Any], CountedRow]


class Counted(NamedTuple):
    """An indicator of a town on a day: its value and the rows behind it."""

    key: str
    value: Decimal
    rows: tuple[CountedRow, ...]


class Rule(NamedTuple):
    """How an indicator is counted: in words, with the clause that asks for it, and in code."""

    key: str
    name: str
    unit: str
    words: str
    clause: str
    select: Select
    describe: Describe


def _ranking(books: Books) -> Sequence[Ranked]:
    return books.ranking


# --- the table ------------------------------------------------------------------------------------

PROVINCE = "晋政办发〔2022〕80号"
RENEWED = "同一荣誉续展、复核的只计一次。"
IN_FORCE = "按所查日期计算：已获得、未到期、未撤销。"

RULES: dict[str, Rule] = {
    row.key: row
    for row in (
        Rule("leading_enterprises", "龙头企业数", "家",
             "企业名录中角色为龙头、所查日期在册的企业。",
             f"{PROVINCE} 二(五)", members_by_role("leading"), describe_member),
        Rule("supporting_enterprises", "上下游配套企业户数", "户",
             "企业名录中角色为骨干或配套、所查日期在册的企业，含家庭农场、农民专业合作社。",
             f"{PROVINCE} 二(五)", members_by_role("backbone", "supporting"), describe_member),
        Rule("service_functions", "已具备的公共服务功能数", "项",
             "八项公共服务功能中，所查日期状态为“有”的项数，在建的不计。",
             f"{PROVINCE} 二(七)", functions_present, describe_function),
        Rule("priority_honours", "优先评定荣誉数", "项",
             "在册企业的企业技术中心、工程中心、“专精特新”、“小巨人”、单项冠军、龙头企业等国家级、省级荣誉。"
             f"{IN_FORCE}{RENEWED}",
             f"{PROVINCE} 二(五)", priority_honours, describe_honour),
        Rule("provincial_brands", "省级以上知名品牌数（台账）", "个",
             "台账中专业镇和在册企业的区域品牌、企业品牌、产品品牌，级别为省级以上。"
             f"{IN_FORCE}同名品牌只计一次。",
             f"{PROVINCE} 二(六)", honours_of_group(BRAND, provincial=True), describe_honour),
        Rule("provincial_honours", "省级以上荣誉数（台账）", "项",
             "台账中专业镇和在册企业的省级以上荣誉，标准和品牌另计。"
             f"{IN_FORCE}{RENEWED}",
             f"{PROVINCE} 二(五)", honours_of_group(AWARD, provincial=True), describe_honour),
        Rule("standards_written", "主导或参与制定标准数（台账）", "项",
             "台账中在册企业和专业镇主导或参与制定的国家标准、行业标准、地方标准。"
             f"{IN_FORCE}多家企业参与同一标准的只计一次。",
             f"{PROVINCE} 二(六)",
             honours_of_group(STANDARD, "standard_national", "standard_industry", "standard_local"),
             describe_honour),
        Rule("standards_international", "国际标准数（台账）", "项",
             f"台账中主导或参与制定的国际标准。{IN_FORCE}同一标准只计一次。",
             "晋政办发〔2022〕81号 (三)", honours_of_group(STANDARD, "standard_international"),
             describe_honour),
        Rule("standards_national", "国家标准数（台账）", "项",
             f"台账中主导或参与制定的国家标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", honours_of_group(STANDARD, "standard_national"),
             describe_honour),
        Rule("standards_industry", "行业标准数（台账）", "项",
             f"台账中主导或参与制定的行业标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", honours_of_group(STANDARD, "standard_industry"),
             describe_honour),
        Rule("standards_local", "地方标准数（台账）", "项",
             f"台账中主导或参与制定的地方标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", honours_of_group(STANDARD, "standard_local"), describe_honour),
        Rule("standards_group", "团体标准数（台账）", "项",
             f"台账中主导或参与制定的团体标准。{IN_FORCE}同一标准只计一次。",
             "晋政办发〔2022〕81号 (三)", honours_of_group(STANDARD, "standard_group"),
             describe_honour),
        Rule("platforms_in_place", "已建成公共服务平台数", "个",
             "公共服务平台中，所查日期已建成、未停用的平台，在建的不计。",
             "晋政办发〔2022〕81号 (五)", platforms_in_place, describe_platform),
        Rule("ranked_enterprises", "有营业收入排名的企业数", "家",
             "所查日期在册的企业，按上一完整年度营业收入从高到低排名；数值相同的名次相同，没有填报营业收入的不排名。",
             "文件未载明", _ranking, describe_ranked),
    )
}  # fmt: skip


# Those of the catalogue; a ranking is a list, not a figure of the town.
INDICATORS = frozenset(RULES) - {"ranked_enterprises"}


def count_indicator(town: Town, key: str, day: date | None = None) -> Counted:
    """One computed indicator of a town on a day, today unless given; KeyError if none."""
    return _count(RULES[key], Books(town, day))


def count_all(books: Books, only: Collection[str] | None = None) -> dict[str, Counted]:
    """The computed indicators, all or some, from one reading of the registers they need."""
    wanted = INDICATORS if only is None else only
    chosen = [rule for key, rule in RULES.items() if key in wanted]
    return {rule.key: _count(rule, books) for rule in chosen}


def numbers_of(registers: Registers, keys: Collection[str]) -> dict[str, Decimal]:
    """Only the numbers of some indicators, from any registers; nothing is described."""
    return {key: Decimal(len(RULES[key].select(registers))) for key in keys}


def _count(rule: Rule, books: Books) -> Counted:
    rows = tuple(rule.describe(books, row) for row in rule.select(books))
    return Counted(rule.key, Decimal(len(rows)), rows)
