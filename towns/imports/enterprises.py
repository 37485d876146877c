"""Enterprises of towns from a workbook: one row per enterprise and year, or one without a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from criteria.queries import indicators
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.workbooks.spec import Change, Importer, Outcome, Row, Session, Verdicts
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES
from towns.figure_rules import FIRST_YEAR
from towns.import_queries import (
    KnownSeats,
    chunks,
    enterprise_figures,
    enterprises_by_code,
    former_names,
    lock_enterprises,
    seats_in,
    towns_of,
)
from towns.imports.common import lock_towns, places_of, plain_name
from towns.imports.enterprise_columns import FIELDS, FIGURES, LABELS, NOTES
from towns.imports.enterprise_figures import FigureCheck, Said
from towns.imports.enterprise_writing import Firm, Plan, Seat, write_plan
from towns.models import Enterprise, Town

ROLES, ENTITIES = dict(ROLE_CHOICES), dict(ENTITY_CHOICES)
# The words of a name that say what kind of body it is.
ENTITY_WORDS = (("家庭农场", "farm"), ("合作社", "cooperative"))
FAMILY = frozenset({"farm", "cooperative"})


class EnterpriseImporter(Importer):
    """Enterprises, their part in towns and their yearly figures."""

    kind = "enterprises"
    label = "企业名单"
    description = "成员企业的名称、角色、主要产品和各年度的营业收入、从业人数、缴税等数据。"
    fields = FIELDS
    notes = NOTES

    def may_import(self, actor: Actor) -> Verdict:
        """Filers, for the towns they were given."""
        if actor.can(Can.FILL):
            return ALLOWED
        return refuse("企业名单由该专业镇的填报人导入。")

    def choices(self, actor: Actor) -> Mapping[str, Sequence[str]]:
        """The towns of the acting post."""
        return {"town": [row.name for row in Town.objects.visible_to(actor).standing()[:500]]}

    def places(self, actor: Actor) -> Sequence[tuple[str, str]]:
        """The towns of the acting post."""
        return places_of(actor)

    def lock(self, actor: Actor, rows: Sequence[Row]) -> None:
        """The towns, with the others of enterprises that are renamed, and the enterprises."""
        names: dict[str, str] = {}
        for row in rows:
            if row.values["uscc"]:
                names.setdefault(row.values["uscc"], row.values["name"] or "")
        renamed = [
            known.pk
            for code, known in enterprises_by_code(names.keys()).items()
            if plain_name(known.name) != plain_name(names[code] or known.name)
        ]
        lock_towns(actor, towns_of(renamed))
        lock_enterprises(names.keys())

    def begin(self, actor: Actor, rows: Sequence[Row]) -> Session:
        """A session over the rows."""
        return EnterpriseSession(actor, rows, self.place)


class EnterpriseSession(Session):
    """The rows of a workbook against the register."""

    def __init__(self, actor: Actor, rows: Sequence[Row], place: str = "") -> None:
        self.place = place
        self.actor, self.rows, self.today = actor, rows, clock.today()
        towns = Town.objects.visible_to(actor).standing().prefetch_related("names")
        self.towns = list(towns)
        self.by_name: dict[str, dict[int, Town]] = defaultdict(dict)
        for town in self.towns:
            for name in (town.name, *(former.name for former in town.names.all())):
                self.by_name[plain_name(name)][town.pk] = town
        self.indicators = {
            row.key: row.pk for row in indicators("enterprise", "reported") if row.key in FIGURES
        }
        self._load()

    def _load(self) -> None:
        codes = {row.values["uscc"] for row in self.rows if row.values["uscc"]}
        self.known = enterprises_by_code(codes)
        keys = [row.pk for row in self.known.values()]
        seen: set[int] = set()
        for some in chunks(keys):
            rows = Enterprise.objects.visible_to(self.actor).filter(pk__in=some).order_by()
            seen.update(rows.values_list("pk", flat=True))
        for row in self.known.values():
            row.seen = row.pk in seen
        self.places = seats_in([town.pk for town in self.towns], keys)
        self.present = {pk for (_, pk), seats in self.places.items() if seats.current is not None}
        self.former = former_names(keys)
        years = {row.values["year"] for row in self.rows if row.values["year"]}
        years |= {year - 1 for year in years}
        self.figures = enterprise_figures(keys, years, list(self.indicators.values()))

    # --- checking ---------------------------------------------------------------------------------

    def check(self) -> list[Verdicts]:
        """One verdict per row; rows of one code agree with each other."""
        self.plan = Plan(self.indicators)
        self.firms = self.plan.firms
        self.seats: dict[tuple[int, str], Seat] = {}
        self.lines: dict[tuple[int, str, int | None], int] = {}
        self.yearly = FigureCheck(self.rows, self.plan, self.figures)
        verdicts = [self._check(row) for row in self.rows]
        regions = {seat.town.scope_code for seat in self.seats.values()}
        self.scope_code = next(iter(regions)) if len(regions) == 1 else ""
        return verdicts

    def _check(self, row: Row) -> Verdicts:
        values, said = row.values, Said()
        problems = said.problems
        title = values["name"] or values["uscc"] or "企业"
        town = self._town(values["town"], problems)
        year = self._year(row, problems)
        if values["uscc"] is None or "uscc" in row.problems:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        firm = self._firm(row, said)
        if town is None:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        place = (town.pk, firm.uscc, year)
        if (first := self.lines.setdefault(place, row.number)) != row.number:
            when = f"同为 {year} 年度" if year else "都没有年度"
            problems["uscc"] = f"与第 {first} 行是同一企业，{when}。请合并为一行。"
        seat = self._seat(row, firm, town, said)
        self.yearly.check(row, firm, year, said)
        if problems or row.problems:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        outcome = Outcome.CHANGE if said.changes else Outcome.SAME
        return Verdicts(
            Outcome.ADD if seat.is_new else outcome,
            title,
            said.changes,
            notes=[*said.notes, *said.leaps],
            asks=bool(said.leaps),
        )

    def _town(self, name: str | None, problems: dict[str, str]) -> Town | None:
        chosen = [town for town in self.towns if self.place in ("", str(town.pk))]
        if not name and len(chosen) == 1:
            return chosen[0]
        if not name:
            problems["town"] = "您填报的专业镇不止一个，请填写专业镇名称，或上传时选择专业镇。"
            return None
        found = self.by_name.get(name) or self.by_name.get(plain_name(name))
        if not found:
            problems["town"] = f"“{name}”没有授权给您的岗位填报，或名称不对，请核对。"
            return None
        if len(found) > 1:
            problems["town"] = f"有几个专业镇叫过“{name}”，请填写现用名称。"
            return None
        return next(iter(found.values()))

    def _year(self, row: Row, problems: dict[str, str]) -> int | None:
        year: int | None = row.values["year"]
        if year is None:
            if "year" not in row.problems and any(row.values[key] is not None for key in FIGURES):
                problems["year"] = "填了营业收入等数据的，请填写数据年度，例如 2025。"
        elif year > self.today.year:
            problems["year"] = f"{year} 年还没有到，请核对数据年度。"
        elif year < FIRST_YEAR:
            problems["year"] = f"数据年度应在 {FIRST_YEAR} 至 {self.today.year} 之间，请核对。"
        return year

    def _firm(self, row: Row, said: Said) -> Firm:
        """The enterprise of a row; its name and kind of body."""
        changes, problems, notes = said.changes, said.problems, said.notes
        code, name, entity = row.values["uscc"], row.values["name"], row.values["entity"]
        firm = self.firms.get(code)
        if firm is None:
            known = self.known.get(code)
            firm = self.firms[code] = Firm(code, known)
            if known is not None:
                firm.name, firm.entity = known.name, known.entity
            else:
                self.plan.new_firms.append(firm)
                notes.append("首次登记的企业")
        if name:
            stated = firm.stated.get("name")
            if stated is None:
                firm.stated["name"] = name, row.number
                self._name(firm, name, changes, problems)
            elif stated[0] != name:
                self._first(firm.stated, "name", _like(name, stated[0]), row, problems)
        if entity is None and not firm.entity and name:
            entity = next((key for word, key in ENTITY_WORDS if word in name), "enterprise")
            if entity in FAMILY:
                notes.append(f"主体类型未填，按名称记为{ENTITIES[entity]}")
        if entity and self._first(firm.stated, "entity", entity, row, problems):
            self._entity(firm, entity, changes, problems)
        return firm

    def _name(self, firm: Firm, name: str, changes: list[Change], problems: dict[str, str]) -> None:
        known = firm.known
        if known is None:
            firm.name = name
        elif name != known.name and plain_name(name) != plain_name(known.name):
            if not known.seen:
                problems["name"] = f"该代码已登记为“{known.name}”，请核对名称或代码。"
                return
            if plain_name(name) in map(plain_name, self.former.get(known.pk, ())):
                problems["name"] = f"这是该企业的曾用名，现名为“{known.name}”，请按现名填写。"
                return
            if known.pk not in self.present:
                problems["name"] = (
                    f"该代码登记的名称是“{known.name}”。该企业不在您填报的专业镇现有名单中，"
                    "请按登记的名称填写；更名由其所在专业镇的填报人办理。"
                )
                return
            firm.name = name
            self.plan.renamed.append(firm)
            changes.append(Change("更名", known.name, name))

    def _entity(
        self, firm: Firm, entity: str, changes: list[Change], problems: dict[str, str]
    ) -> None:
        known = firm.known
        if known is not None and known.entity != entity:
            if not known.seen:
                problems["entity"] = f"该代码已登记为{ENTITIES[known.entity]}，请核对。"
                return
            self.plan.other_entity.append(firm)
            changes.append(Change(LABELS["entity"], ENTITIES[known.entity], ENTITIES[entity]))
        firm.entity = entity

    def _seat(self, row: Row, firm: Firm, town: Town, said: Said) -> Seat:
        """The enterprise's part in the town: role, products, date of joining."""
        changes, problems, notes = said.changes, said.problems, said.notes
        seat = self.seats.get((town.pk, firm.uscc))
        if seat is None:
            seat = self._open_seat(firm, town)
        current = seat.known.current
        role, products, since = (row.values[key] for key in ("role", "main_products", "since"))
        if role is None and not seat.role and "role" not in row.problems:
            if firm.entity in FAMILY:
                role = "supporting"
                notes.append("企业角色未填，家庭农场、合作社记为配套")
            else:
                problems["role"] = "新登记的企业请填写企业角色：龙头、骨干或配套。"
        if role and self._first(seat.stated, "role", role, row, problems):
            if role != seat.role:
                changes.append(Change(LABELS["role"], ROLES.get(seat.role, ""), ROLES[role]))
                if current is not None:
                    # Who never had the old role for a day is put right.
                    fresh = current.since is not None and current.since >= self.today
                    (self.plan.put_right if fresh else self.plan.other_role).append(seat)
            seat.role = role
        if products and self._first(seat.stated, "main_products", products, row, problems):
            if products != seat.main_products:
                changes.append(Change(LABELS["main_products"], seat.main_products, products))
                if current is not None:
                    self.plan.other_products.append(seat)
            seat.main_products = products
        if since and self._first(seat.stated, "since", since, row, problems):
            self._since(seat, since, changes, problems)
        elif not seat.since and seat.known.ended and "since" not in row.problems:
            problems["since"] = f"该企业 {seat.known.ended} 退出过，请填写重新加入的日期。"
        return seat

    def _open_seat(self, firm: Firm, town: Town) -> Seat:
        known = KnownSeats()
        if firm.known is not None:
            known = self.places.get((town.pk, firm.known.pk), known)
        seat = Seat(firm, town, known)
        self.seats[town.pk, firm.uscc] = seat
        self.plan.towns.add(town.pk)
        if known.current is None:
            self.plan.new_seats.append(seat)
        else:
            seat.role, seat.main_products = known.current.role, known.current.main_products
            seat.since = known.current.joined
        return seat

    def _since(
        self, seat: Seat, since: date, changes: list[Change], problems: dict[str, str]
    ) -> None:
        if since > self.today:
            problems["since"] = "加入日期不能晚于今天，请核对。"
        elif seat.known.ended is not None and since < seat.known.ended:
            problems["since"] = f"该企业上一次退出是 {seat.known.ended}，加入日期不能早于这一天。"
        elif since != seat.since:
            current = seat.known.current
            end = None if current is None else current.first_until
            if end is not None and since > end:
                problems["since"] = f"该企业 {end} 起变更过角色，加入日期不能晚于这一天，请核对。"
                return
            before = "" if seat.since is None else str(seat.since)
            changes.append(Change(LABELS["since"], before, str(since)))
            if current is not None:
                self.plan.other_since.append(seat)
            seat.since = since

    @staticmethod
    def _first(
        stated: dict[str, tuple[Any, int]],
        key: str,
        value: Any,
        row: Row,
        problems: dict[str, str],
    ) -> bool:
        """Whether this row is the first to say something; what later rows say must agree."""
        said, number = stated.setdefault(key, (value, row.number))
        if number == row.number:
            return True
        if said != value:
            problems[key] = f"与第 {number} 行同一企业的{LABELS[key]}不一致，请统一。"
        return False

    # --- writing ----------------------------------------------------------------------------------

    def write(self) -> Mapping[str, Any]:
        """Write the plan in bulk."""
        return write_plan(self.plan, self.actor, self.today, self.book_name)


def _like(name: str, said: str) -> str:
    """The name as it was said before, when blanks and brackets are all that differs."""
    return said if plain_name(name) == plain_name(said) else name
