"""Yearly figures of towns from a workbook: one row per town and year, one column per indicator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from criteria.indicator_queries import asked_of
from criteria.models import Indicator
from criteria.queries import indicators
from criteria.values import options, pairs, shown
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Region
from portal.core.workbooks.spec import (
    Change,
    Field,
    Importer,
    Kind,
    Outcome,
    Row,
    Session,
    Turned,
    Verdicts,
)
from towns.figure_queries import is_sealed
from towns.figure_rules import (
    FIRST_YEAR,
    LONGEST_SOURCE,
    joined_sources,
    leap_from,
    out_of_bounds,
)
from towns.imports.common import lock_towns, places_of, plain_name
from towns.models import Town, TownFigure, TownYear

STORED_DIGITS = Decimal("0.0001")
LARGEST = Decimal(10) ** 16
KINDS: dict[str, Kind] = {
    "money": "money",
    "percent": "percent",
    "yes_no": "choice",
    "choice": "choice",
}
# How counties call the indicators in their own sheets.
ALIASES: dict[str, tuple[str, ...]] = {
    "output_value": ("年产值", "产值", "总产值", "工业总产值", "主导产业产值"),
    "revenue": ("营业收入", "年营业收入", "主营业务收入", "销售收入"),
    "employment": ("就业人数", "从业人数", "从业人员", "带动就业人数", "带动就业", "吸纳就业"),
    "tax": ("税收", "纳税", "纳税额", "缴纳税收", "上缴税金"),
    "export_value": ("出口额", "出口总额", "出口交货值"),
    "market_share_national": ("全国市场占有率", "国内市场占有率"),
    "market_share_province": ("全省市场占有率", "省内市场占有率"),
    "brands_provincial": ("省级以上品牌数", "品牌数"),
    "standards_count": ("标准数", "制定标准数"),
}
LEADING_FIELDS = (
    Field(
        "town",
        "专业镇",
        aliases=("专业镇名称", "镇名"),
        note="只填报一个专业镇的，可以不填。",
        width=28,
        max_length=120,
    ),
    Field(
        "year",
        "年度",
        "year",
        required=True,
        aliases=("年份", "数据年度", "统计年度"),
        note="数据所属的年度，每个专业镇每年一行。",
        width=10,
    ),
)
SOURCE_FIELD = Field(
    "source",
    "数据来源",
    aliases=("来源", "出处", "提供部门", "提供单位", "数据提供部门"),
    note="例如：县统计局、税务部门。不填的，原有来源不变。",
    width=24,
    max_length=LONGEST_SOURCE,
    example="县统计局",
)


def indicator_field(row: Indicator) -> Field:
    """The column of an indicator."""
    kind = KINDS.get(row.type, "count")
    offered = options(row.type, pairs(row.choices))
    unit = f"单位：{row.unit}。" if kind == "count" and row.unit else ""
    return Field(
        row.key,
        row.name,
        kind,
        aliases=ALIASES.get(row.key, ()),
        note=unit + row.description + "空着的，原有数值不变。",
        choices=tuple(offered),
        width=18,
        measure=row.unit if kind == "count" else "",
    )


def catalogue_of(actor: Actor) -> list[Indicator]:
    """The indicators that the actor's towns are asked for, in the order of the catalogue."""
    towns = Town.objects.visible_to(actor).standing().order_by().values("county")
    counties = Region.objects.filter(pk__in=towns)
    found = {row.pk: row for county in counties for row in asked_of("town", county)}
    if not found:
        found = {row.pk: row for row in indicators("town", "reported") if row.region_id is None}
    return sorted(found.values(), key=lambda row: (row.ordinal, row.key))


def columns_of(rows: Iterable[Indicator]) -> tuple[Field, ...]:
    """The columns of a sheet, one for each indicator."""
    return (*LEADING_FIELDS, *(indicator_field(row) for row in rows), SOURCE_FIELD)


class FigureImporter(Importer):
    """One row per town and year, one column per reported indicator of the catalogue."""

    kind = "figures"
    label = "年度数据"
    noun = "个年度"
    turned = Turned(whole="town", beside="source")
    description = "专业镇各年度的产值、营业收入、就业、税收等数据，每年一行，一次可以导入多年。"
    notes = (
        "金额可以用元、万元或亿元，写在表头括号里即可，例如“营业收入（亿元）”。",
        "按指标排行的表（一行一个指标，列为指标、单位、2023年、2024年……）也可以直接导入。",
        "空着的单元格不改动原有数值。市级已确认的年度不能用导入修改，须在该年度页面办理更正。",
    )

    def __init__(self, actor: Actor | None = None) -> None:
        self.actor = actor
        self._own: tuple[Field, ...] | None = None

    def for_actor(self, actor: Actor) -> Importer:
        """With the columns of the regions of the actor's towns."""
        return FigureImporter(actor)

    @property
    def fields(self) -> tuple[Field, ...]:  # type: ignore[override]  # the catalogue is data
        """The columns, one for each reported indicator."""
        if self.actor is None:
            return columns_of(indicators("town", "reported"))
        if self._own is None:
            self._own = columns_of(catalogue_of(self.actor))
        return self._own

    def may_import(self, actor: Actor) -> Verdict:
        """Filers, for the towns they were given."""
        if actor.can(Can.FILL):
            return ALLOWED
        return refuse("年度数据由该专业镇的填报人导入。")

    def choices(self, actor: Actor) -> Mapping[str, Sequence[str]]:
        """The towns of the acting post."""
        return {"town": [row.name for row in Town.objects.visible_to(actor).standing()[:500]]}

    def places(self, actor: Actor) -> Sequence[tuple[str, str]]:
        """The towns of the acting post."""
        return places_of(actor)

    def lock(self, actor: Actor, rows: Sequence[Row]) -> None:
        """The towns whose registers are written to."""
        lock_towns(actor)

    def begin(self, actor: Actor, rows: Sequence[Row]) -> Session:
        """A session over the rows."""
        return FigureSession(actor, rows, self.place)


class FigureSession(Session):
    """The figures of a workbook against those of the actor's towns."""

    def __init__(self, actor: Actor, rows: Sequence[Row], place: str = "") -> None:
        self.place = place
        self.actor, self.rows = actor, rows
        self.catalogue = {row.key: row for row in catalogue_of(actor)}
        self.asked: dict[int, frozenset[str]] = {}
        self._load()

    def _load(self) -> None:
        towns = Town.objects.visible_to(self.actor).standing().select_related("county")
        towns = towns.prefetch_related("names")
        self.towns = {row.pk: row for row in towns}
        self.by_name: dict[str, set[int]] = defaultdict(set)
        for town in self.towns.values():
            for name in (town.name, *(former.name for former in town.names.all())):
                self.by_name[plain_name(name)].add(town.pk)
        self.there: dict[tuple[int, int, str], tuple[Decimal, str]] = {}
        self.sources: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
        figures = TownFigure.objects.filter(town__in=self.towns).order_by("pk")
        for town_id, year, key, value, source in figures.values_list(
            "town_id", "year", "indicator__key", "value", "source"
        ):
            self.there[town_id, year, key] = value, source
            self.sources[town_id, year][key] = source
        years = TownYear.objects.visible_to(self.actor).filter(town__in=self.towns)
        self.years = {(row.town_id, row.year): row for row in years}

    # --- checking ---------------------------------------------------------------------------------

    def check(self) -> list[Verdicts]:
        """One verdict per row; years of the sheet are each other's last years."""
        self.new: dict[tuple[int, int, str], tuple[Decimal, str]] = {}
        self.reported: set[tuple[int, int]] = set()
        self.seen: dict[tuple[int, int], int] = {}
        places = [self._place(row) for row in self.rows]
        self.typed = {
            (town.pk, year, key): value
            for row, (town, year, _) in zip(self.rows, places, strict=True)
            if town is not None and year is not None
            for key, value in row.values.items()
            if key in self.catalogue and value is not None
        }
        return [self._check(row, *place) for row, place in zip(self.rows, places, strict=True)]

    def _place(self, row: Row) -> tuple[Town | None, int | None, dict[str, str]]:
        """The town and year of a row, and what is wrong with them."""
        problems: dict[str, str] = {}
        name, year = row.values.get("town") or "", row.values.get("year")
        town: Town | None = None
        chosen = {pk for pk in self.towns if self.place in ("", str(pk))}
        found = self.by_name.get(plain_name(name), set()) if name else chosen
        if len(found) == 1:
            town = self.towns[next(iter(found))]
        elif name and not found:
            problems["town"] = f"“{name}”没有授权给您的岗位填报，或名称不对，请核对。"
        else:
            problems["town"] = "您填报的专业镇不止一个，请填写专业镇名称，或上传时选择专业镇。"
        this_year = clock.today().year
        if year is not None and not FIRST_YEAR <= year <= this_year:
            problems["year"] = f"年度应在 {FIRST_YEAR} 至 {this_year} 之间，请核对。"
        return town, year, problems

    def _check(
        self, row: Row, town: Town | None, year: int | None, problems: dict[str, str]
    ) -> Verdicts:
        title = f"{town.name if town else row.values.get('town') or '专业镇'} {year or ''}年"
        values = self._values(row, town, problems)
        problems = problems | row.problems
        if problems or town is None or year is None:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        first = self.seen.setdefault((town.pk, year), row.number)
        if first != row.number:
            text = f"与第 {first} 行同为 {year} 年，请合并为一行。"
            return Verdicts(Outcome.REFUSE, title, problems={"": text})
        if not values:
            text = "这一行没有任何数值，请填写或删去。"
            return Verdicts(Outcome.REFUSE, title, problems={"": text})
        changes = self._changes(town, year, values, row)
        state = self.years.get((town.pk, year))
        sealed = state is not None and is_sealed(state)
        waits = state is None or (state.state == "returned" and not sealed)
        if not changes and not waits:
            return Verdicts(Outcome.SAME, title)
        if state is not None and sealed:
            who = state.confirmed_office or "市级领导小组办公室"
            what = "、".join(change.label for change in changes)
            here = "列" if row.column else "行"
            text = (
                f"{year} 年数据已由{who}确认，不能导入修改（{what}）。"
                f"请在该年度数据页面办理更正并写明原因，或删去这一{here}。"
            )
            return Verdicts(Outcome.REFUSE, title, changes, {"": text})
        if waits:
            word = state.get_state_display() if state else "未填报"
            changes.append(Change("填报状态", word, "待确认"))
        self.reported.add((town.pk, year))
        changes += self._source(town, year, values)
        known = any((town.pk, year, key) in self.there for key in self.catalogue)
        leaps = self._leaps(town, year, values)
        outcome = Outcome.CHANGE if known else Outcome.ADD
        return Verdicts(outcome, title, changes, notes=leaps, asks=bool(leaps))

    def _asked(self, town: Town) -> frozenset[str]:
        """The indicators of the region of a town."""
        if town.county_id not in self.asked:
            rows = asked_of("town", town.county)
            self.asked[town.county_id] = frozenset(row.key for row in rows)
        return self.asked[town.county_id]

    def _values(self, row: Row, town: Town | None, problems: dict[str, str]) -> dict[str, Decimal]:
        """The figures of a row as they will be stored."""
        values: dict[str, Decimal] = {}
        for key, indicator in self.catalogue.items():
            value = row.values.get(key)
            if value is None:
                continue
            value = Decimal(value).quantize(STORED_DIGITS, rounding=ROUND_HALF_UP)
            if wrong := out_of_bounds(indicator, value):
                problems[key] = wrong
            elif abs(value) >= LARGEST:
                problems[key] = "数值过大，请核对单位。"
            elif indicator.decimals == 0 and value != value.to_integral_value():
                problems[key] = f"{indicator.name}应为整数，请核对。"
            elif town is not None and indicator.key not in self._asked(town):
                problems[key] = f"{indicator.name}不是{town.name}所在地区的指标，请删去。"
            values[key] = value
        return values

    def _changes(
        self, town: Town, year: int, values: Mapping[str, Decimal], row: Row
    ) -> list[Change]:
        changes = []
        for key, value in values.items():
            source = row.beside.get(key) or row.values.get("source") or ""
            indicator = self.catalogue[key]
            before, old_source = self.there.get((town.pk, year, key), (None, ""))
            if before != value:
                words = "" if before is None else _said(before, indicator)
                changes.append(Change(indicator.name, words, _said(value, indicator)))
            elif source and source != old_source:
                changes.append(Change(f"{indicator.name}的来源", old_source, source))
            else:
                continue
            self.new[town.pk, year, key] = value, source or old_source
        return changes

    def _source(self, town: Town, year: int, values: Mapping[str, Decimal]) -> list[Change]:
        """What the year will say of its source, where that changes."""
        before = self.sources[town.pk, year]
        after = dict(before)
        for key in values:
            if new := self.new.get((town.pk, year, key)):
                after[key] = new[1]
        old, said = joined_sources(before.values()), joined_sources(after.values())
        return [] if said == old else [Change("年度数据来源", old, said)]

    def _leaps(self, town: Town, year: int, values: Mapping[str, Decimal]) -> list[str]:
        """What is a hundred times more or less than the year before."""
        notes = []
        for key, value in values.items():
            place = (town.pk, year - 1, key)
            last = self.typed.get(place) or self.there.get(place, (None, ""))[0]
            leap = leap_from(self.catalogue[key], value, last)
            if leap is not None:
                notes.append(f"{leap.words}。{leap.hint}")
        return notes

    # --- writing ----------------------------------------------------------------------------------

    def write(self) -> Mapping[str, Any]:
        """Write the figures and report their years."""
        TownFigure.objects.bulk_create(
            [
                TownFigure(
                    town_id=town,
                    year=year,
                    indicator=self.catalogue[key],
                    value=value,
                    source=source,
                )
                for (town, year, key), (value, source) in self.new.items()
            ],
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["town", "year", "indicator"],
            update_fields=["value", "source"],
        )
        reported = sorted(self.reported)
        moment = clock.now()
        TownYear.objects.bulk_create(
            [
                TownYear(
                    town_id=town,
                    year=year,
                    state="reported",
                    reported_by=self.actor.user,
                    reported_name=self.actor.name,
                    reported_at=moment,
                )
                for town, year in reported
            ],
            update_conflicts=True,
            unique_fields=["town", "year"],
            update_fields=["state", "reported_by", "reported_name", "reported_at"],
        )
        years: dict[str, list[int]] = defaultdict(list)
        for town, year in reported:
            years[self.towns[town].name].append(year)
        return {"years": dict(years), "figures": len(self.new)}


def _said(value: Decimal, row: Indicator) -> str:
    return shown(value, row.type, row.unit, pairs(row.choices))
