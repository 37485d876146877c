"""What the roster says. No HTTP; the engine writes the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from criteria.categories import category_label
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVEL_CHOICES, UNSTATED
from portal.core.documents.xlsx import Column, Sheet
from portal.core.models import Region
from towns.constants import CERTIFICATION_STATE_CHOICES
from towns.models import Certification

ROSTER_COLUMNS = (
    Column("ordinal", "序号", "int", 8),
    Column("town", "专业镇名称", "text", 36),
    Column("level", "层级", "text", 10),
    Column("county_code", "行政区划代码", "code", 14),
    Column("city", "市", "text", 12),
    Column("county", "县（市、区）", "text", 14),
    Column("category", "类别", "text", 20),
    Column("industry", "主导产业", "text", 18),
    Column("year", "认定年度", "int", 10),
    Column("number", "认定文号", "text", 24),
    Column("valid_from", "认定日期", "date", 14),
    Column("valid_to", "有效期至", "date", 14),
    Column("state", "状态", "text", 10),
)


class RosterFilter(NamedTuple):
    """What the roster is narrowed to; an empty value does not narrow."""

    level: str = ""
    region: str = ""
    category: str = ""
    year: str = ""
    state: str = ""
    search: str = ""

    def as_dict(self) -> dict[str, str]:
        """As plain data, for a job's arguments."""
        return self._asdict()


def filter_roster(actor: Actor, chosen: RosterFilter) -> QuerySet[Certification]:
    """Exactly the rows the list and the workbook show; an unknown region gives none."""
    rows = Certification.objects.visible_to(actor)
    if chosen.level:
        rows = rows.filter(level=chosen.level)
    if chosen.region:
        region = Region.objects.filter(code=chosen.region).first()
        if region is None:
            return rows.none()
        rows = rows.filter(scope_code__gte=region.scope_from, scope_code__lt=region.scope_to)
    if chosen.category:
        rows = rows.filter(category=chosen.category)
    if chosen.year:
        rows = rows.filter(year=int(chosen.year)) if chosen.year.isdecimal() else rows.none()
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    if chosen.search:
        rows = rows.filter(town_name__contains=chosen.search)
    return rows


def describe_filter(chosen: RosterFilter) -> str:
    """The filter in words, as printed on the sheet."""
    words: list[str] = []
    if chosen.level:
        words.append(f"层级：{dict(LEVEL_CHOICES).get(chosen.level, chosen.level)}")
    if chosen.region:
        region = Region.objects.filter(code=chosen.region).first()
        words.append(f"行政区划：{region.name if region else chosen.region}")
    if chosen.category:
        words.append(f"类别：{category_label(chosen.category)}")
    if chosen.year:
        words.append(f"年度：{chosen.year}")
    if chosen.state:
        words.append(f"状态：{dict(CERTIFICATION_STATE_CHOICES).get(chosen.state, chosen.state)}")
    if chosen.search:
        words.append(f"名称包含：{chosen.search}")
    return "；".join(words) or "全部"


def roster_sheet(actor: Actor, chosen: RosterFilter) -> Sheet:
    """Heading, filter note and columns of the roster."""
    moment = timezone.localtime(clock.now())
    return Sheet(
        title="专业镇名单",
        heading="专业镇认定名单",
        filter_note=(
            f"筛选条件：{describe_filter(chosen)}",
            f"导出时间：{moment:%Y-%m-%d %H:%M}；导出人：{actor.label}",
        ),
        columns=ROSTER_COLUMNS,
    )


def roster_rows(rows: QuerySet[Certification]) -> Iterator[tuple[Any, ...]]:
    """The rows of the workbook, in the order of regions."""
    names = _region_names()
    labels: Mapping[str, str] = dict(LEVEL_CHOICES)
    states: Mapping[str, str] = dict(CERTIFICATION_STATE_CHOICES)
    ordered = rows.order_by("scope_code", "pk").values_list(
        "town_name", "level", "scope_code", "category", "industry", "year",
        "document__number", "source_number", "source_title", "valid_from", "valid_to", "state",
    )  # fmt: skip
    for position, row in enumerate(ordered.iterator(chunk_size=2000), start=1):
        (name, level, code, category, industry, year, issued, number, title, start, end, state) = (
            row
        )
        county, city = names.get(code, (code, ""))
        yield (
            position, name, labels[level], code, city, county, category_label(category),
            industry, year, issued or number or title, start, end or UNSTATED, states[state],
        )  # fmt: skip


def _region_names() -> dict[str, tuple[str, str]]:
    """code -> (name, name of the city above)."""
    return {
        code: (name, parent or "")
        for code, name, parent in Region.objects.values_list("code", "name", "parent__name")
    }
