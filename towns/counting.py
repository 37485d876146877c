"""Computed indicators: one rule for each, the rows that it counts, at any date.

A rule counts rows of the registers: members, honours, standards, brands, functions and platforms as
they stood on a day. The number of an indicator is the number of the rows it names, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from portal.core import clock
from portal.core.formatting import iso_date, quantity
from towns.constants import ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.figure_queries import revenue_ranking
from towns.honours import (
    AWARD,
    BRAND,
    HONOUR_KINDS,
    HONOUR_LEVELS,
    NAMED_KINDS,
    PRIORITY_KINDS,
    PROVINCIAL_OR_ABOVE,
    STANDARD,
    standard_number,
)
from towns.models import Honour, Membership, Platform, Town, TownFunction

PRIORITY_LEVELS = ("national", "province")


class CountedRow(NamedTuple):
    """A row that was counted: what it is, its key, its name, the rest in words.

    ``subject``: enterprise, honour, function or platform; ``pk`` that of the row, and
    ``enterprise_id`` of the enterprise concerned, if any.
    """

    subject: str
    pk: int
    label: str
    note: str = ""
    since: date | None = None
    enterprise_id: int | None = None


class Counted(NamedTuple):
    """An indicator of a town on a day: its value and the rows behind it."""

    key: str
    value: Decimal
    rows: tuple[CountedRow, ...]


class Books:
    """A town's registers as they stood on a day, each read once when a rule first asks."""

    def __init__(self, town: Town, day: date | None = None) -> None:
        self.town = town
        self.day = day or clock.today()

    @cached_property
    def members(self) -> list[Membership]:
        """Members by role."""
        rows = Membership.objects.on(self.day).filter(town=self.town)
        return list(rows.select_related("enterprise").order_by("role", "id"))

    @cached_property
    def honours(self) -> list[Honour]:
        """Honours, standards and brands in force of the members and of the town itself."""
        enterprises = {row.enterprise_id: row.enterprise for row in self.members}
        # SQLite takes no order inside the parts of a union.
        standing = Honour.objects.standing_on(self.day).order_by()
        rows = list(
            standing.filter(enterprise_id__in=enterprises)
            .union(standing.filter(town=self.town), all=True)
            .order_by("-awarded_on", "-id")
        )
        for row in rows:
            if row.enterprise_id is not None:
                row.enterprise = enterprises[row.enterprise_id]
            else:
                row.town = self.town
        return rows

    @cached_property
    def functions(self) -> list[TownFunction]:
        """The eight functions, whatever their state."""
        return list(TownFunction.objects.on(self.day).filter(town=self.town))

    @cached_property
    def platforms(self) -> list[Platform]:
        """Platforms that run, or are being built, on the day."""
        rows = Platform.objects.filter(town=self.town)
        return [row for row in rows if row.until is None or row.until > self.day]

    @property
    def last_year(self) -> int:
        """The last complete year on the day."""
        return self.day.year - 1


Rows = Callable[[Books], Iterable[CountedRow]]


class Rule(NamedTuple):
    """How an indicator is counted: in words, with the clause that asks for it, and in code."""

    key: str
    name: str
    unit: str
    words: str
    clause: str
    rows: Rows


def level_of_honour(row: Honour) -> str:
    """The level on record, or the one that the kind itself says."""
    kind = HONOUR_KINDS.get(row.kind)
    return row.level or (kind.level if kind else "")


# --- rows -----------------------------------------------------------------------------------------


def _member(row: Membership) -> CountedRow:
    parts = (dict(ROLE_CHOICES)[row.role], row.enterprise.get_entity_display())
    return CountedRow(
        "enterprise", row.pk, row.enterprise.name, "，".join(parts), row.since, row.enterprise_id
    )


def _honour(row: Honour) -> CountedRow:
    kind = HONOUR_KINDS.get(row.kind)
    level = "" if kind is not None and kind.level else HONOUR_LEVELS.get(row.level, "")
    label = f"{level}{row.get_kind_display()}"
    parts = [str(row.holder), row.get_part_display() if row.part else "", row.number]
    return CountedRow(
        "honour",
        row.pk,
        f"{label}：{row.title}" if row.title else label,
        "，".join(part for part in parts if part),
        row.awarded_on,
        row.enterprise_id,
    )


def _by_role(*roles: str) -> Rows:
    return lambda books: [_member(row) for row in books.members if row.role in roles]


def _once(rows: Iterable[Honour], what: Callable[[Honour], tuple[object, ...]]) -> list[CountedRow]:
    """Rows about the same thing count once: the latest stands for the renewals before it."""
    found: dict[tuple[object, ...], Honour] = {}
    for row in rows:
        found.setdefault(what(row), row)
    return [_honour(row) for row in found.values()]


def _holding(row: Honour) -> tuple[object, ...]:
    title = row.title if row.kind in NAMED_KINDS else ""
    return row.enterprise_id, row.town_id, row.kind, row.level, title


def _standard(row: Honour) -> tuple[object, ...]:
    """Two members that took part in one standard have written one standard."""
    return row.kind, standard_number(row.number) or row.title or row.pk


def _brand(row: Honour) -> tuple[object, ...]:
    return row.kind, row.level, row.title or row.pk


def _priority(books: Books) -> list[CountedRow]:
    return _once(
        (
            row
            for row in books.honours
            if row.enterprise_id is not None
            and row.kind in PRIORITY_KINDS
            and level_of_honour(row) in PRIORITY_LEVELS
        ),
        _holding,
    )


def _of_group(group: str, *kinds: str, provincial: bool = False) -> Rows:
    chosen = kinds or tuple(key for key, kind in HONOUR_KINDS.items() if kind.group == group)
    same = {STANDARD: _standard, BRAND: _brand}.get(group, _holding)

    def rows(books: Books) -> list[CountedRow]:
        found = (
            row
            for row in books.honours
            if row.kind in chosen
            and (not provincial or level_of_honour(row) in PROVINCIAL_OR_ABOVE)
        )
        return _once(found, same)

    return rows


def _functions(books: Books) -> list[CountedRow]:
    names = dict(SERVICE_FUNCTIONS)
    return [
        CountedRow("function", row.pk, names.get(row.key, row.key), row.platform, row.since)
        for row in books.functions
        if row.state == "present"
    ]


def _platforms(books: Books) -> list[CountedRow]:
    return [
        CountedRow("platform", row.pk, row.name, row.get_kind_display(), row.since)
        for row in books.platforms
        if row.state == "present" and (row.since is None or row.since <= books.day)
    ]


def _ranked(books: Books) -> list[CountedRow]:
    return [
        CountedRow(
            "enterprise",
            row.enterprise_id,
            f"第 {row.rank} 名　{row.name}",
            f"{books.last_year} 年营业收入 {quantity(row.value, '元')}",
            None,
            row.enterprise_id,
        )
        for row in revenue_ranking(books.town, books.last_year, books.day)
    ]


# --- the table ------------------------------------------------------------------------------------

PROVINCE = "晋政办发〔2022〕80号"
RENEWED = "同一荣誉续展、复核的只计一次。"
IN_FORCE = "按所查日期计算：已获得、未到期、未撤销。"

RULES: dict[str, Rule] = {
    row.key: row
    for row in (
        Rule("leading_enterprises", "龙头企业数", "家",
             "企业名录中角色为龙头、所查日期在册的企业。",
             f"{PROVINCE} 二(五)", _by_role("leading")),
        Rule("supporting_enterprises", "上下游配套企业户数", "户",
             "企业名录中角色为骨干或配套、所查日期在册的企业，含家庭农场、农民专业合作社。",
             f"{PROVINCE} 二(五)", _by_role("backbone", "supporting")),
        Rule("service_functions", "已具备的公共服务功能数", "项",
             "八项公共服务功能中，所查日期状态为“有”的项数，在建的不计。",
             f"{PROVINCE} 二(七)", _functions),
        Rule("priority_honours", "优先评定荣誉数", "项",
             "在册企业的企业技术中心、工程中心、“专精特新”、“小巨人”、单项冠军、龙头企业等国家级、省级荣誉。"
             f"{IN_FORCE}{RENEWED}",
             f"{PROVINCE} 二(五)", _priority),
        Rule("provincial_brands", "省级以上知名品牌数（台账）", "个",
             "台账中专业镇和在册企业的区域品牌、企业品牌、产品品牌，级别为省级以上。"
             f"{IN_FORCE}同名品牌只计一次。",
             f"{PROVINCE} 二(六)", _of_group(BRAND, provincial=True)),
        Rule("provincial_honours", "省级以上荣誉数（台账）", "项",
             "台账中专业镇和在册企业的省级以上荣誉，标准和品牌另计。"
             f"{IN_FORCE}{RENEWED}",
             f"{PROVINCE} 二(五)", _of_group(AWARD, provincial=True)),
        Rule("standards_written", "主导或参与制定标准数（台账）", "项",
             "台账中在册企业和专业镇主导或参与制定的国家标准、行业标准、地方标准。"
             f"{IN_FORCE}多家企业参与同一标准的只计一次。",
             f"{PROVINCE} 二(六)",
             _of_group(STANDARD, "standard_national", "standard_industry", "standard_local")),
        Rule("standards_international", "国际标准数（台账）", "项",
             f"台账中主导或参与制定的国际标准。{IN_FORCE}同一标准只计一次。",
             "晋政办发〔2022〕81号 (三)", _of_group(STANDARD, "standard_international")),
        Rule("standards_national", "国家标准数（台账）", "项",
             f"台账中主导或参与制定的国家标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", _of_group(STANDARD, "standard_national")),
        Rule("standards_industry", "行业标准数（台账）", "项",
             f"台账中主导或参与制定的行业标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", _of_group(STANDARD, "standard_industry")),
        Rule("standards_local", "地方标准数（台账）", "项",
             f"台账中主导或参与制定的地方标准。{IN_FORCE}同一标准只计一次。",
             f"{PROVINCE} 二(六)", _of_group(STANDARD, "standard_local")),
        Rule("standards_group", "团体标准数（台账）", "项",
             f"台账中主导或参与制定的团体标准。{IN_FORCE}同一标准只计一次。",
             "晋政办发〔2022〕81号 (三)", _of_group(STANDARD, "standard_group")),
        Rule("platforms_in_place", "已建成公共服务平台数", "个",
             "公共服务平台中，所查日期已建成、未停用的平台，在建的不计。",
             "晋政办发〔2022〕81号 (五)", _platforms),
        Rule("ranked_enterprises", "有营业收入排名的企业数", "家",
             "所查日期在册的企业，按上一完整年度营业收入从高到低排名；数值相同的名次相同，没有填报营业收入的不排名。",
             "文件未载明", _ranked),
    )
}  # fmt: skip


# Those of the catalogue; a ranking is a list, not a figure of the town.
INDICATORS = frozenset(RULES) - {"ranked_enterprises"}


def count_indicator(town: Town, key: str, day: date | None = None) -> Counted:
    """One computed indicator of a town on a day, today unless given; KeyError if none."""
    return _count(RULES[key], Books(town, day))


def count_all(books: Books, only: Collection[str] | None = None) -> dict[str, Counted]:
    """The computed indicators, all or some, from one reading of the registers they need."""
    chosen = [rule for key, rule in RULES.items() if key in (only or INDICATORS)]
    return {rule.key: _count(rule, books) for rule in chosen}


def _count(rule: Rule, books: Books) -> Counted:
    rows = tuple(rule.rows(books))
    return Counted(rule.key, Decimal(len(rows)), rows)


def since_words(row: CountedRow) -> str:
    """From when the row counts, as far as it is on record."""
    return iso_date(row.since) if row.since else "未载明"
