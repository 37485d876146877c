"""What an application declares, field by field: names, reading, comparing, merging. Pure.

A declaration is the plain data of ``towns.queries.snapshot_of``. Its fields have paths, such as
``summary``, ``figures.2025.output_value``, ``enterprises``, ``functions.inspection``,
``answers.heritage``, ``relaxations.output``, ``evidence.heritage``. A request for correction names
fields by their paths, and only these can change until the next submission.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from criteria.specs import SetSpec
from towns.constants import SERVICE_FUNCTIONS

Declared = Mapping[str, Any]
UNSAID: tuple[Any, ...] = (None, "", [], {})


class Field(NamedTuple):
    """A field of a declaration; ``section`` is the key of the part of the task list it is in."""

    path: str
    label: str
    section: str


class Change(NamedTuple):
    """A field that differs between two declarations; values as they are stored."""

    field: Field
    before: Any
    after: Any


class Asked(NamedTuple):
    """An indicator that the application asks for."""

    key: str
    name: str


# Registers whose rows are declared as a whole, and the section that shows each.
TABLES = {
    "enterprises": "企业名单",
    "honours": "荣誉和品牌",
    "standards": "标准",
}
# Sections that are not a criterion of the set, in the order of the task list.
SECTIONS = {
    "facts": "基本情况",
    "industry": "主导产业和主导产品",
    "figures": "年度数据",
    **TABLES,
    "functions": "公共服务功能",
}
LAST_SECTIONS = {"request": "申报请示", "commitments": "承诺"}
FACTS = {"contact": "联系人", "contact_phone": "联系电话", "summary": "申报概述"}
PLATFORMS = "platforms_in_place"
# Which register each computed indicator is counted from.
COUNTED_FROM = {
    "leading_enterprises": "enterprises",
    "supporting_enterprises": "enterprises",
    "service_functions": "functions",
    PLATFORMS: "functions",
    "priority_honours": "honours",
    "provincial_brands": "honours",
    "provincial_honours": "honours",
    "standards_written": "standards",
    "standards_international": "standards",
    "standards_national": "standards",
    "standards_industry": "standards",
    "standards_local": "standards",
    "standards_group": "standards",
}


def with_sources(paths: Iterable[str]) -> frozenset[str]:
    """Paths, and the data source of each year of which they name a figure.

    A source is no field of the declaration: it changes with the figures that it is the source of.
    """
    named = frozenset(paths)
    years = {path.split(".")[1] for path in named if path.startswith("figures.")}
    return named | {f"figures.{year}.source" for year in years}


def criterion_section(key: str) -> str:
    """The section of a criterion."""
    return f"criterion.{key}"


def section_titles(spec: SetSpec) -> dict[str, str]:
    """Every section that has fields, in the order of the task list: key -> title."""
    criteria = {criterion_section(row.key): row.title for row in spec.criteria}
    return {**SECTIONS, **criteria, **LAST_SECTIONS}


def fields_of(spec: SetSpec, asked: Iterable[Asked], years: Sequence[int]) -> tuple[Field, ...]:
    """Every field of a declaration under a criteria set, in the order of the task list."""
    rows = [Field(path, label, "facts") for path, label in FACTS.items()]
    rows.append(Field("industry_text", "主导产业和主导产品情况", "industry"))
    indicators = list(asked)
    rows += [
        Field(f"figures.{year}.{item.key}", f"{year}年{item.name}", "figures")
        for year in years
        for item in indicators
    ]
    rows += [Field(path, label, path) for path, label in TABLES.items()]
    rows += [Field(f"functions.{key}", label, "functions") for key, label in SERVICE_FUNCTIONS]
    for criterion in spec.criteria:
        section = criterion_section(criterion.key)
        title = criterion.title
        rows.append(Field(f"answers.{criterion.key}", f"{title}：情况说明", section))
        rows += [
            Field(f"relaxations.{item.key}", f"{title}：申请放宽“{item.indicator_name}”", section)
            for item in criterion.conditions
            if item.relaxation is not None
        ]
        rows.append(Field(f"evidence.{criterion.key}", f"{title}：佐证材料", section))
    rows.append(Field("request", "申报请示", "request"))
    rows.append(Field("commitments", "承诺", "commitments"))
    return tuple(rows)


def read(declared: Declared, path: str) -> Any:
    """The value of a field; None where nothing is declared, or the declaration has no such part."""
    head, _, rest = path.partition(".")
    value = declared.get(head)
    if head == "figures":
        year, _, key = rest.partition(".")
        return ((value or {}).get(year) or {}).get(key)
    if head == "evidence":
        return [row for row in value or [] if row.get("criterion") == rest]
    return (value or {}).get(rest) if rest else value


def changes(before: Declared, after: Declared, fields: Iterable[Field]) -> list[Change]:
    """The fields that differ, in their order; nothing declared and an empty text are the same."""
    rows = [Change(field, read(before, field.path), read(after, field.path)) for field in fields]
    return [row for row in rows if differs(row.before, row.after)]


def differs(before: Any, after: Any) -> bool:
    """Whether two values say different things.

    A key that is absent says what an empty one says; line ends of another kind say nothing.
    """
    return _plain(before) != _plain(after)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if each not in UNSAID} or None
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value] or None
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") or None
    return value or None


def merged(frozen: Declared, living: Declared, paths: Collection[str]) -> dict[str, Any]:
    """What was declared, with only the fields of these paths as they stand now.

    Values that are assessed follow: a year's figures with their fields, what is counted with the
    register it is counted from. Platforms are counted as a whole and are no field of a function:
    their count follows only where every function can change.
    """
    found = copy.deepcopy(dict(frozen))
    whole = all(f"functions.{key}" in paths for key, _ in SERVICE_FUNCTIONS)
    for path in paths:
        _put(found, living, path)
        for key in _counted_with(found, living, path):
            if whole or key != PLATFORMS:
                _take(found, living, key)
    if any(path.startswith("functions.") for path in paths):
        _recount_functions(found)
    return found


def _put(found: dict[str, Any], living: Declared, path: str) -> None:
    head, _, rest = path.partition(".")
    value = copy.deepcopy(read(living, path))
    if head == "figures":
        year, _, key = rest.partition(".")
        _set(_part(_part(found, "figures"), year), key, value)
    elif head == "evidence":
        rows = found.get("evidence") or []
        places = [n for n, row in enumerate(rows) if row.get("criterion") == rest]
        place = places[0] if places else len(rows)
        kept = [row for row in rows[place:] if row.get("criterion") != rest]
        found["evidence"] = rows[:place] + value + kept
    elif rest:
        _set(_part(found, head), rest, value)
    else:
        _set(found, head, value)


def _part(target: dict[str, Any], key: str) -> dict[str, Any]:
    if target.get(key) is None:
        target[key] = {}
    part: dict[str, Any] = target[key]
    return part


def _set(target: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


def _counted_with(found: Declared, living: Declared, path: str) -> list[str]:
    head, _, rest = path.partition(".")
    if head == "figures":
        year, _, key = rest.partition(".")
        dated = f"{key}@{year}"
        known = {*found.get("values", {}), *living.get("values", {})}
        own = [key] if year == str(found.get("year")) else []
        return own + ([dated] if dated in known else [])
    return [key for key, source in COUNTED_FROM.items() if source == head]


def _recount_functions(found: dict[str, Any]) -> None:
    """Each function is a field of its own: what is counted are those that are declared."""
    states = (found.get("functions") or {}).values()
    if "service_functions" in (found.get("values") or {}):
        found["values"]["service_functions"] = str(sum(state == "present" for state in states))


def _take(found: dict[str, Any], living: Declared, key: str) -> None:
    for part in ("values", "origins"):
        value = (living.get(part) or {}).get(key)
        _set(_part(found, part), key, copy.deepcopy(value))
