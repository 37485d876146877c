"""Honours, standards and brands from a workbook, of enterprises and of towns themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.workbooks.spec import (
    Change,
    Importer,
    Outcome,
    Row,
    Session,
    Verdicts,
)
from towns.actions.honours import HonourFacts, checked
from towns.honours import (
    HONOUR_KINDS,
    HONOUR_LEVEL_CHOICES,
    HONOUR_LEVELS,
    HONOUR_PART_CHOICES,
    NAMED_KINDS,
    STANDARD,
    kind_of,
    level_of,
    standard_number,
)
from towns.imports.common import county_names, lock_towns, places_of, plain_name
from towns.imports.honour_columns import FIELDS
from towns.models import Enterprise, EnterpriseName, Honour, Town

PARTS = dict(HONOUR_PART_CHOICES)
OWN_NAMES = ("专业镇", "专业镇本身", "本镇")
NO_PART = (
    "“作用”未填，先记为未载明。请在“作用”列写“主导”或“参与”，重新上传；也可以导入后在台账中补填。"
)
AGAIN = "已登记过同一荣誉，本行按复评、换证另行登记。"
# What may be completed on an honour that is there already: field -> label.
COMPLETED = {"part": "作用", "issuer": "颁发机关", "valid_to": "有效期至"}


class Holder(NamedTuple):
    """Who has an honour: an enterprise or a town, by its key."""

    enterprise: int | None
    town: int | None
    name: str


class Key(NamedTuple):
    """What makes an honour the same one."""

    enterprise: int | None
    town: int | None
    kind: str
    level: str
    title: str
    number: str
    awarded_on: date | None


class HonourImporter(Importer):
    """One row per honour; the holder is an enterprise of the town, or the town itself."""

    kind = "honours"
    label = "荣誉品牌"
    noun = "项"
    description = "企业和专业镇获得的荣誉、主导或参与制定的标准、品牌，每行一项。"
    fields = FIELDS
    notes = (
        "获得者须已在本专业镇的企业名单中，请先导入企业，再导入荣誉。",
        "同一项荣誉（获得者、荣誉、级别、名称、编号、日期都相同）已登记的，不会重复登记。",
    )

    def may_import(self, actor: Actor) -> Verdict:
        """Filers, for the towns they were given."""
        if actor.can(Can.FILL):
            return ALLOWED
        return refuse("荣誉品牌由该专业镇的填报人导入。")

    def choices(self, actor: Actor) -> Mapping[str, Sequence[str]]:
        """Kinds and levels by their usual names; others are understood too."""
        return {
            "kind": [row.label for row in HONOUR_KINDS.values()],
            "level": [label for _, label in HONOUR_LEVEL_CHOICES],
        }

    def places(self, actor: Actor) -> Sequence[tuple[str, str]]:
        """The towns of the acting post."""
        return places_of(actor)

    def lock(self, actor: Actor, rows: Sequence[Row]) -> None:
        """The towns whose registers are written to."""
        lock_towns(actor)

    def begin(self, actor: Actor, rows: Sequence[Row]) -> Session:
        """A session over the rows."""
        return HonourSession(actor, rows, self.place)


class HonourSession(Session):
    """The honours of a workbook against those of the actor's towns."""

    def __init__(self, actor: Actor, rows: Sequence[Row], place: str = "") -> None:
        self.place = place
        self.actor, self.rows = actor, rows
        self._load()

    def _load(self) -> None:
        towns = Town.objects.visible_to(self.actor).standing()
        towns = towns.select_related("county__parent__parent__parent")
        self.towns = {row.pk: row for row in towns}
        members = Enterprise.objects.visible_to(self.actor).order_by()
        self.by_code: dict[str, Holder] = {}
        self.by_name: dict[str, set[Holder]] = defaultdict(set)
        self.known_names: dict[int, set[str]] = defaultdict(set)
        holders: dict[int, Holder] = {}
        for pk, code, name in members.values_list("pk", "uscc", "name"):
            holders[pk] = self.by_code[code] = Holder(pk, None, name)
            self._name(name, holders[pk])
        former = EnterpriseName.objects.filter(enterprise__in=members)
        for pk, name in former.values_list("enterprise_id", "name"):
            self._name(name, holders[pk])
        for town in self.towns.values():
            self._name(town.name, Holder(None, town.pk, town.name))
        self.own_names: dict[str, set[Holder]] = defaultdict(set)
        for town in self.towns.values():
            for name in (*OWN_NAMES, *county_names(town)):
                self.own_names[name].add(Holder(None, town.pk, town.name))
        self.there: dict[Key, Honour] = {}
        self.kinds_held: set[tuple[Any, ...]] = set()
        for row in Honour.objects.visible_to(self.actor).filter(revoked_on__isnull=True):
            key = Key(
                row.enterprise_id,
                row.town_id,
                row.kind,
                row.level,
                row.title,
                _number(row.kind, row.number),
                row.awarded_on,
            )
            self.there[key] = row
            self.kinds_held.add(_thing(key))

    def _name(self, name: str, holder: Holder) -> None:
        plain = plain_name(name)
        self.by_name[plain].add(holder)
        if holder.enterprise is not None:
            self.known_names[holder.enterprise].add(plain)

    # --- checking ---------------------------------------------------------------------------------

    def check(self) -> list[Verdicts]:
        """One verdict per row."""
        self.new: list[Honour] = []
        self.completed: list[tuple[Honour, dict[str, Any]]] = []
        self.seen: dict[Key, int] = {}
        return [self._check(row) for row in self.rows]

    def _check(self, row: Row) -> Verdicts:
        problems: dict[str, str] = {}
        holder = self._holder(row, problems)
        facts = self._facts(row, problems)
        who = holder.name if holder else row.values.get("holder") or "未填获得者"
        what = HONOUR_KINDS[facts.kind].label if facts else row.values.get("kind") or "未填荣誉"
        title = f"{who} {what}" + (f"“{facts.title}”" if facts and facts.title else "")
        problems |= row.problems
        if problems or holder is None or facts is None:
            return Verdicts(Outcome.REFUSE, title, problems=problems)
        key = Key(
            holder.enterprise,
            holder.town,
            facts.kind,
            facts.level,
            facts.title,
            _number(facts.kind, facts.number),
            facts.awarded_on,
        )
        first = self.seen.setdefault(key, row.number)
        if first != row.number:
            text = f"与第 {first} 行是同一项荣誉，请删去其中一行。"
            return Verdicts(Outcome.REFUSE, title, problems={"": text})
        found = self.there.get(key)
        if found is not None:
            return self._compare(found, facts, title)
        self.new.append(
            Honour(enterprise_id=holder.enterprise, town_id=holder.town, **asdict(facts))
        )
        notes = [AGAIN] if _thing(key) in self.kinds_held else []
        if HONOUR_KINDS[facts.kind].group == STANDARD and not facts.part:
            notes.append(NO_PART)
        return Verdicts(Outcome.ADD, title, notes=notes)

    def _compare(self, found: Honour, facts: HonourFacts, title: str) -> Verdicts:
        values = {
            name: getattr(facts, name)
            for name in COMPLETED
            if getattr(facts, name) and getattr(facts, name) != getattr(found, name)
        }
        if not values:
            return Verdicts(Outcome.SAME, title)
        self.completed.append((found, values))
        changes = [
            Change(COMPLETED[name], _word(name, getattr(found, name)), _word(name, value))
            for name, value in values.items()
        ]
        return Verdicts(Outcome.CHANGE, title, changes)

    def _holder(self, row: Row, problems: dict[str, str]) -> Holder | None:
        name, code = row.values.get("holder") or "", row.values.get("uscc") or ""
        plain = plain_name(name)
        if code:
            holder = self.by_code.get(code)
            if holder is None:
                problems["uscc"] = (
                    "该代码的企业不在您填报的专业镇名单中，请先在“企业”中登记或核对代码。"
                )
            elif plain and plain not in self.known_names[holder.enterprise or 0]:
                problems["holder"] = f"该代码登记的企业是“{holder.name}”，请核对名称或代码。"
            return holder
        if not name or "uscc" in row.problems:
            return None
        found = self.by_name.get(plain, set())
        if not found and (own := self.own_names.get(plain)):
            chosen = [row for row in own if self.place in ("", str(row.town))]
            if len(chosen) == 1:
                return chosen[0]
            problems["holder"] = "您填报的专业镇不止一个，请填写专业镇全称，或上传时选择专业镇。"
            return None
        if len(found) == 1:
            return next(iter(found))
        problems["holder"] = (
            f"有 {len(found)} 家企业叫“{name}”，请填写统一社会信用代码。"
            if found
            else f"“{name}”不在您填报的专业镇企业名单中，请先登记该企业，或核对名称。"
        )
        return None

    def _facts(self, row: Row, problems: dict[str, str]) -> HonourFacts | None:
        """What the row says of the honour, when that fits together."""
        values = row.values
        named = kind_of(values.get("kind") or "")
        if named is None:
            if values.get("kind"):
                problems["kind"] = (
                    f"不认识“{values['kind']}”。请从下拉列表中选择；没有对应种类的选“其他荣誉”，"
                    "并在“名称”列填写全称。"
                )
            return None
        level = level_of(values.get("level") or "")
        if level is None:
            problems["level"] = f"不认识级别“{values['level']}”。可填：{_levels(named.kind)}。"
        elif level and named.level and level != named.level:
            problems["level"] = (
                f"“{values['kind']}”是{HONOUR_LEVELS[named.level]}，与本列不一致，请核对。"
            )
        facts = HonourFacts(
            kind=named.kind,
            level=named.level or level or "",
            part=values.get("part") or "",
            title=values.get("title") or "",
            number=values.get("number") or "",
            issuer=values.get("issuer") or "",
            awarded_on=values.get("awarded_on"),
            valid_to=values.get("valid_to"),
        )
        try:
            return checked(facts, stated=False)
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                problems.setdefault(name, "".join(texts))
            return facts

    # --- writing ----------------------------------------------------------------------------------

    def write(self) -> Mapping[str, Any]:
        """Enter the new ones and complete those that are there."""
        Honour.objects.bulk_create(self.new, batch_size=1000)
        for row, values in self.completed:
            for name, value in values.items():
                setattr(row, name, value)
        changed = [row for row, _ in self.completed]
        Honour.objects.bulk_update(changed, list(COMPLETED), batch_size=500)
        kinds: dict[str, int] = defaultdict(int)
        for row in self.new:
            kinds[row.get_kind_display()] += 1
        return {"added_kinds": dict(kinds), "towns": [row.name for row in self.towns.values()]}


def _number(kind: str, text: str) -> str:
    """The number of a standard is the same however it is typed."""
    return standard_number(text) if HONOUR_KINDS[kind].group == STANDARD else text


def _thing(key: Key) -> tuple[Any, ...]:
    """What is renewed: names tell apart only the kinds that have names of their own."""
    return (*key[:4], key.title if key.kind in NAMED_KINDS else "")


def _levels(kind: str) -> str:
    keys = HONOUR_KINDS[kind].levels or tuple(HONOUR_LEVELS)
    return "、".join(HONOUR_LEVELS[key] for key in keys)


def _word(name: str, value: Any) -> str:
    if name == "part":
        return PARTS.get(value, "")
    return str(value or "")
