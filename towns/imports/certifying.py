"""What becomes of the rows of towns named before the portal existed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q

from criteria.categories import category_label
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.models import Region
from portal.core.workbooks.spec import Change, Outcome, Row, Session, Verdicts
from towns.imports.certified_stages import RANKS, Step, rise_of
from towns.imports.common import plain_name
from towns.models import Certification, StageMove, Town, TownCategory, TownChange

# So many towns are named in the entry of the ledger.
NAMED = 300
REASON = "平台启用前已认定，批量补录"
# What a certification says, as the sheet gives it: field -> label.
FACTS = {
    "town_name": "认定名称",
    "category": "类别",
    "industry": "主导产业",
    "year": "认定年度",
    "valid_from": "认定日期",
    "valid_to": "有效期至",
    "source_title": "认定文件",
    "source_number": "认定文号",
    "source_on": "成文日期",
}


class Place(NamedTuple):
    """A town as the sheet names it: county and name without blanks."""

    county: int
    name: str


def levels_of(actor: Actor) -> list[str]:
    """The levels an office may enter: its own and those below."""
    own = RANKS[actor.level.key] if actor.level else -1
    return [key for key, rank in RANKS.items() if rank <= own]


def counties_of(actor: Actor) -> list[Region]:
    """The counties and zones of the actor's region that exist today."""
    if actor.scope is None:
        return []
    today = clock.today()
    return list(
        Region.objects.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=today),
            Q(valid_to__isnull=True) | Q(valid_to__gt=today),
            code__gte=actor.scope.lower,
            code__lt=actor.scope.upper,
            kind__in=("county", "zone"),
        )
        .select_related("parent")
        .order_by("code")
    )


class CertifiedTownSession(Session):
    """The certifications of a workbook against those of the actor's region."""

    audience = "office"

    def __init__(self, actor: Actor, rows: Sequence[Row]) -> None:
        self.actor, self.rows = actor, rows
        self.levels = levels_of(actor)
        self.counties: dict[str, set[Region]] = defaultdict(set)
        for region in counties_of(actor):
            parent = region.parent.name if region.parent else ""
            for name in (region.name, parent + region.name, region.code):
                self.counties[plain_name(name)].add(region)
        self._load()

    def _load(self) -> None:
        self.towns: dict[Place, Town] = {}
        rows = Town.objects.visible_to(self.actor).standing().prefetch_related("names")
        for town in rows:
            for former in town.names.all():
                self.towns.setdefault(Place(town.county_id, plain_name(former.name)), town)
        for town in rows:
            self.towns[Place(town.county_id, plain_name(town.name))] = town
        valid = Certification.objects.visible_to(self.actor).filter(state="valid")
        self.there = {(row.town_id, row.level): row for row in valid.select_related("document")}

    # --- checking ---------------------------------------------------------------------------------

    def check(self) -> list[Verdicts]:
        """One verdict per row."""
        self.new: dict[tuple[Place, str], tuple[Region, dict[str, Any], str]] = {}
        self.changed: list[tuple[Certification, dict[str, Any]]] = []
        self.seen: dict[tuple[Place, str], int] = {}
        self.firsts: dict[Place, str] = {}
        return [self._check(row) for row in self.rows]

    def _check(self, row: Row) -> Verdicts:
        values = row.values
        level = values.get("level")
        title = f"{values.get('name') or '未填名称'} {LEVELS[level].adjective if level else ''}"
        title = title.strip()
        problems = self._problems(row)
        county = self._county(row, problems)
        if problems or county is None or level is None:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        place = Place(county.pk, plain_name(values["name"]))
        town = self.towns.get(place)
        if town is not None:
            # Its former names are other words for the same town.
            place = Place(town.county_id, plain_name(town.name))
        first = self.seen.setdefault((place, level), row.number)
        if first != row.number:
            text = f"与第 {first} 行是同一专业镇的同一层级，请删去其中一行。"
            return Verdicts(Outcome.REFUSE, title, problems={"": text})
        facts = self._facts(values)
        found = self.there.get((town.pk, level)) if town else None
        if found is not None:
            return self._compare(found, facts, title)
        self.new[place, level] = county, facts, values.get("products") or ""
        return Verdicts(Outcome.ADD, title, notes=[*self._notes(place, county, town, facts)])

    def _problems(self, row: Row) -> dict[str, str]:
        values, today = row.values, clock.today()
        problems: dict[str, str] = {}
        level, on = values.get("level"), values.get("source_on")
        if level and level not in self.levels:
            words = "、".join(LEVELS[key].adjective for key in self.levels)
            problems["level"] = (
                f"您只能补录{words}认定；{LEVELS[level].adjective}认定由上级办公室补录。"
            )
        if not values.get("source_title") and not values.get("source_number"):
            problems["source_title"] = "请填写认定文件的标题或文号。"
        for key, label in (("source_on", "成文日期"), ("valid_from", "认定日期")):
            if values.get(key) and values[key] > today:
                problems[key] = f"{label}不能晚于今天，请核对。"
        begins = values.get("valid_from") or on
        if begins and values.get("valid_to") and values["valid_to"] < begins:
            problems["valid_to"] = "有效期不能早于认定日期，请核对。"
        elif values.get("valid_to") and values["valid_to"] < today:
            # The states of a certification know no expiry: it would count as valid.
            problems["valid_to"] = "有效期已过的认定暂不登记，请只导入有效的认定，并删去这一行。"
        if values.get("year") and on and abs(values["year"] - on.year) > 1:
            problems["year"] = f"认定年度与成文日期 {on} 相差一年以上，请核对。"
        return problems | row.problems

    def _county(self, row: Row, problems: dict[str, str]) -> Region | None:
        name = row.values.get("county") or ""
        found = self.counties.get(plain_name(name), set())
        if len(found) == 1:
            return next(iter(found))
        if name and found:
            problems["county"] = f"有 {len(found)} 个“{name}”，请连同所在市一起填写。"
        elif name:
            problems["county"] = f"“{name}”不在您的辖区内，或名称不是全称，请核对。"
        return None

    def _facts(self, values: Mapping[str, Any]) -> dict[str, Any]:
        on: date = values["source_on"]
        return {
            "town_name": values["name"],
            "category": values["category"],
            "industry": values["industry"],
            "year": values.get("year") or on.year,
            "valid_from": values.get("valid_from") or on,
            "valid_to": values.get("valid_to"),
            "source_title": values.get("source_title") or "",
            "source_number": values.get("source_number") or "",
            "source_on": on,
        }

    def _compare(self, found: Certification, facts: dict[str, Any], title: str) -> Verdicts:
        """A certification of that level is there: the same, corrected here, or the portal's own."""
        if found.document is not None:
            same = found.document.number == facts["source_number"]
            if same:
                return Verdicts(Outcome.SAME, title)
            text = (
                f"该专业镇的{found.get_level_display()}认定已在平台办结（{found.document_number}），"
                "不能用导入修改，请删去这一行。"
            )
            return Verdicts(Outcome.REFUSE, title, problems={"": text})
        # What the sheet leaves empty stays as it is.
        changed = {
            key: value
            for key, value in facts.items()
            if value not in (None, "") and value != getattr(found, key)
        }
        if not changed:
            return Verdicts(Outcome.SAME, title)
        self.changed.append((found, changed))
        changes = [
            Change(FACTS[key], _word(key, getattr(found, key)), _word(key, value))
            for key, value in changed.items()
        ]
        return Verdicts(Outcome.CHANGE, title, changes)

    def _notes(
        self, place: Place, county: Region, town: Town | None, facts: Mapping[str, Any]
    ) -> list[str]:
        if town is None:
            if place in self.firsts:
                return []
            self.firsts[place] = facts["category"]
            return [f"{county.name}没有登记过该专业镇，将新登记。"]
        if town.category != facts["category"]:
            return [
                f"登记的类别是{town.get_category_display()}，与本行不同，按该层级的类别另行记录。"
            ]
        return []

    # --- writing ----------------------------------------------------------------------------------

    def write(self) -> Mapping[str, Any]:
        """Register the towns that are new, certify, and enter stages and history."""
        registered = self._register()
        made = [
            Certification(
                town=self.towns[place],
                level=level,
                scope_code=county.code,
                **facts,
            )
            for (place, level), (county, facts, _) in self.new.items()
        ]
        Certification.objects.bulk_create(made, batch_size=1000)
        for row, values in self.changed:
            for name, value in values.items():
                setattr(row, name, value)
        Certification.objects.bulk_update(
            [row for row, _ in self.changed], list(FACTS), batch_size=500
        )
        self._enter_stages(made)
        self._enter_categories(made)
        names = dict.fromkeys(row.town_name for row in made)
        return {
            "registered": len(registered),
            "certified": len(made),
            "towns": list(names)[:NAMED],
        }

    def _register(self) -> list[Town]:
        """Enter the towns that are not there, with their row in the history."""
        rows: dict[Place, Town] = {}
        first_day: dict[Place, date] = {}
        for (place, _), (county, facts, products) in self.new.items():
            if place in self.towns:
                continue
            day = facts["valid_from"]
            first_day[place] = min(first_day.get(place, day), day)
            rows.setdefault(
                place,
                Town(
                    name=facts["town_name"],
                    county=county,
                    scope_code=county.code,
                    industry=facts["industry"],
                    products=products,
                    category=facts["category"],
                    source=facts["source_number"] or facts["source_title"],
                ),
            )
        towns = Town.objects.bulk_create(rows.values(), batch_size=1000)
        self.towns |= dict(zip(rows, towns, strict=True))
        TownChange.objects.bulk_create(
            TownChange(
                town=town,
                kind="register",
                on=first_day[place],
                detail=f"登记专业镇{town.name}：{REASON}",
                reason=REASON,
                source=town.source,
                **self._signature(),
            )
            for place, town in self.towns.items()
            if place in rows
        )
        return towns

    def _enter_stages(self, made: Sequence[Certification]) -> None:
        """Levels that rose on their days; a town stands where the highest put it, today too."""
        towns = {row.town_id: row.town for row in made}
        moves: dict[int, list[Step]] = defaultdict(list)
        for move in StageMove.objects.filter(town__in=list(towns)).order_by("on", "pk"):
            moves[move.town_id].append(Step(move.on, move.stage))
        valid: dict[int, dict[str, Certification]] = defaultdict(dict)
        fresh: dict[int, list[Certification]] = defaultdict(list)
        for (town_id, level), row in self.there.items():
            valid[town_id][level] = row
        for row in made:
            fresh[row.town_id].append(row)
        entered: list[StageMove] = []
        risen: list[Town] = []
        for key, town in towns.items():
            before = [_step(row) for row in valid[key].values()]
            rise = rise_of(town.stage, moves[key], before, [_step(row) for row in fresh[key]])
            valid[key] |= {row.level: row for row in fresh[key]}
            entered += [self._move(valid[key][step.stage], step, REASON) for step in rise.steps]
            if rise.last is not None:
                row = valid[key][rise.last.stage]
                entered.append(self._move(row, rise.last, _late(row)))
            if rise.highest and town.stage != rise.highest:
                town.stage = rise.highest
                risen.append(town)
        StageMove.objects.bulk_create(entered)
        Town.objects.bulk_update(risen, ["stage"], batch_size=500)

    def _move(self, row: Certification, step: Step, reason: str) -> StageMove:
        return StageMove(
            town_id=row.town_id,
            stage=step.stage,
            on=step.on,
            reason=reason[:300],
            source=row.document_number[:200],
            **self._signature(),
        )

    def _enter_categories(self, made: Sequence[Certification]) -> None:
        TownCategory.objects.bulk_create(
            [
                TownCategory(town=row.town, level=row.level, category=row.category)
                for row in made
                if row.category != row.town.category
            ],
            ignore_conflicts=True,
        )

    def _signature(self) -> dict[str, Any]:
        return {
            "made_by": self.actor.user,
            "made_name": self.actor.name[:60],
            "created_at": clock.now(),
        }


def _step(row: Certification) -> Step:
    return Step(row.valid_from, row.level)


def _late(row: Certification) -> str:
    """Why a level is entered on a later day than that of its certification."""
    level = LEVELS[row.level].adjective
    return f"{REASON}：{row.document_number}自 {row.valid_from} 起认定为{level}专业镇"


def _word(key: str, value: Any) -> str:
    if key == "category":
        return category_label(value or "")
    return "" if value is None else str(value)
