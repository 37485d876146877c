"""Tables of an application's register sections: what is declared, what counts from it. Plain data.

A table is the register as it stands, or what was submitted while a return does not ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from criteria.explaining import explain_finding
from criteria.queries import assessor_of
from criteria.sentences import IndicatorLine, ground_words, requirement
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import quantity
from portal.core.web import office_url
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES
from towns.counting import RULES, Books
from towns.declared import COUNTED_FROM
from towns.honours import HONOUR_KINDS, HONOUR_LEVEL_CHOICES, HONOUR_PART_CHOICES, STANDARD
from towns.models import Application, Honour, Membership
from towns.queries import honours_declared

Item = dict[str, Any]
ENTITIES, PARTS = dict(ENTITY_CHOICES), dict(HONOUR_PART_CHOICES)
LEVELS = dict(HONOUR_LEVEL_CHOICES)
PAGE = 50

ENTERPRISE_COLUMNS: list[Item] = [
    {"label": "企业名称", "kind": "name"},
    {"label": "统一社会信用代码", "kind": "code"},
    {"label": "角色"},
    {"label": "主要产品"},
]
HONOUR_COLUMNS: list[Item] = [
    {"label": "种类"},
    {"label": "级别"},
    {"label": "名称", "kind": "name"},
    {"label": "编号", "kind": "code"},
    {"label": "获得者", "kind": "name"},
    {"label": "获得日期", "kind": "date"},
]


def columns_of(key: str, year: int) -> list[Item]:
    """The columns of a table; ``year``: of whose figures the revenue is."""
    if key != "enterprises":
        return HONOUR_COLUMNS
    return [*ENTERPRISE_COLUMNS, {"label": f"{year}年营业收入", "kind": "number"}]


class Declared(NamedTuple):
    """One row: what it is compared by, the tab it is under, what is searched, cells, actions."""

    mark: tuple[str, ...]
    group: str
    words: str
    cells: list[Any]
    actions: Sequence[Item] = ()
    enterprise: int | None = None


class Numbered(NamedTuple):
    """A page of rows in memory, as ``components/pagination.html`` reads it."""

    items: list[Declared]
    start: int
    count_text: str
    has_previous: bool
    has_next: bool
    first_url: str
    previous_url: str
    next_url: str
    last_url: str


def numbered(rows: Sequence[Declared], page: str, base: str) -> Numbered:
    """The page a query string asks for; the first or the last where there is no such page."""
    last = max((len(rows) - 1) // PAGE + 1, 1)
    now = min(max(int(page), 1), last) if page.isdecimal() and len(page) < 7 else 1
    first = (now - 1) * PAGE

    def url(number: int) -> str:
        return f"{base}&page={number}"

    return Numbered(
        list(rows[first : first + PAGE]),
        first + 1,
        f"{len(rows):,}",
        now > 1,
        now < last,
        url(1),
        url(now - 1),
        url(now + 1),
        url(last),
    )


# --- rows -----------------------------------------------------------------------------------------


def member_rows(members: Iterable[Membership], actor: Actor | None, back: str) -> list[Declared]:
    """The members as they stand, each with what can be done; nothing for a reader."""
    steps = (("变更角色", "member-role"), ("修改", "member-amend"), ("移出", "member-end"))
    rows = []
    for member in members:
        firm = member.enterprise
        row = _enterprise(
            {
                "name": firm.name,
                "uscc": firm.uscc,
                "role": member.role,
                "entity": firm.entity,
                "products": member.main_products,
            }
        )
        actions = [
            {
                "text": text,
                "url": office_url(actor, name, member.town_id, member.pk) + back,
                "label": f"{text} {firm.name}",
            }
            for text, name in steps
            if actor is not None
        ]
        rows.append(row._replace(actions=actions, enterprise=firm.pk))
    return rows


def declared_members(data: Mapping[str, Any]) -> list[Declared]:
    """The members that were submitted."""
    return [_enterprise(row) for row in data.get("enterprises") or []]


def _enterprise(row: Mapping[str, Any]) -> Declared:
    entity = row.get("entity", "enterprise")
    note = "" if entity == "enterprise" else ENTITIES.get(entity, "")
    role = dict(ROLE_CHOICES).get(row["role"], "")
    cells = [{"text": row["name"], "note": note}, row["uscc"], role, row["products"], None]
    words = f"{row['name']} {row['uscc']} {row['products']}"
    mark = (row["uscc"], row["role"], row["products"])
    return Declared(mark, row["role"], words, cells)


def honour_rows(
    books: Books, groups: Sequence[str], actor: Actor | None, back: str
) -> list[Declared]:
    """Honours of these groups in force, as they are declared, each with its page."""
    kept = [row for row in books.honours if HONOUR_KINDS[row.kind].group in groups]
    kept.sort(key=lambda row: row.pk)
    plain = honours_declared(books, groups)
    return [_linked(_honour(data), row, actor, back) for data, row in zip(plain, kept, strict=True)]


def _linked(found: Declared, row: Honour, actor: Actor | None, back: str) -> Declared:
    if actor is None:
        return found
    label = found.cells[2] or found.cells[0]
    name = {"text": label, "url": office_url(actor, "honour", row.pk)}
    amend = office_url(actor, "honour-amend", row.pk) + back
    actions = [{"text": "修改", "url": amend, "label": f"修改 {label}"}]
    return found._replace(cells=[*found.cells[:2], name, *found.cells[3:]], actions=actions)


def declared_honours(data: Mapping[str, Any], key: str) -> list[Declared]:
    """What was submitted under honours or standards."""
    return [_honour(row) for row in data.get(key) or []]


def _honour(row: Mapping[str, Any]) -> Declared:
    kind = HONOUR_KINDS[row["kind"]]
    part = PARTS.get(row.get("part", ""), "")
    unstated = f"主导或参与{UNSTATED}" if kind.group == STANDARD else ""
    level = LEVELS.get(row["level"], UNSTATED if kind.levels else "")
    holder = row["holder"] or "专业镇本身"
    note = f"{part}制定" if part else unstated
    first = {"text": kind.label, "note": note} if note else kind.label
    cells = [first, level, row["title"], row["number"], holder, row["awarded_on"] or UNSTATED]
    mark = tuple(str(row[name]) for name in ("kind", "level", "title", "number", "holder"))
    group = row["kind"] if kind.group == STANDARD else row["level"]
    words = f"{kind.label} {row['title']} {row['number']} {holder}"
    return Declared(mark, group, words, cells)


def tabs_of(key: str, rows: Sequence[Declared], group: str, base: str) -> list[Item]:
    """The rows by role, level or kind of standard, with their counts."""
    unit = "家" if key == "enterprises" else "项"
    counts = Counter(row.group for row in rows)
    if key == "enterprises":
        names = [(name, f"{label}企业") for name, label in ROLE_CHOICES]
    elif key == "standards":
        names = [(row.key, row.label) for row in HONOUR_KINDS.values() if row.group == STANDARD]
    else:
        names = [*HONOUR_LEVEL_CHOICES, ("", f"级别{UNSTATED}")]
    shown = [("all", "全部", len(rows))]
    shown += [
        (name or "none", label, counts[name])
        for name, label in names
        if counts[name] or key == "enterprises"
    ]
    return [
        {
            "label": label,
            "url": base + (f"&group={name}" if name != "all" else ""),
            "active": name == (group or "all"),
            "count": f"{count} {unit}",
        }
        for name, label, count in shown
    ]


def narrowed(rows: Sequence[Declared], group: str, words: str) -> list[Declared]:
    """The rows under a tab whose texts have the words."""
    wanted = "" if group == "none" else group
    wanted_words = words.casefold().split()
    return [
        row
        for row in rows
        if (not group or row.group == wanted)
        and all(word in row.words.casefold() for word in wanted_words)
    ]


def difference(before: Sequence[Declared], after: Sequence[Declared]) -> str:
    """What the register has now that was not submitted: 新增 2 项，减少或变更 1 项."""
    was, now = Counter(row.mark for row in before), Counter(row.mark for row in after)
    more, fewer = (now - was).total(), (was - now).total()
    said = [f"新增或变更 {more} 项" if more else "", f"减少或变更 {fewer} 项" if fewer else ""]
    return "，".join(word for word in said if word)


# --- what counts ----------------------------------------------------------------------------------


def counted_keys(key: str) -> list[str]:
    """The computed indicators that are counted from a register."""
    return [name for name, source in COUNTED_FROM.items() if source == key and name in RULES]


def uses_of(
    application: Application, values: Mapping[str, Decimal | None]
) -> dict[str, list[Item]]:
    """Indicator -> what the criteria set asks of it, with the criterion and how a value stands.

    Of the application's category alone; priorities only say what they look at.
    """
    found: dict[str, list[Item]] = {}
    relaxed = [row.condition for row in application.relaxations.all() if row.granted]
    assessor = assessor_of(application.criteria_set)
    for verdict in assessor.assess(application.category, values, relaxed=relaxed):
        place = {"criterion": verdict.key, "title": f"{verdict.clause} {verdict.title}"}
        for finding in verdict.findings:
            line = explain_finding(finding)
            year = f"{finding.spec.year}年" if finding.spec.year is not None else ""
            found.setdefault(finding.indicator, []).append(
                {
                    **place,
                    "words": year + requirement(finding.spec),
                    "word": line.word,
                    "tone": line.tone,
                    "sentence": line.sentence,
                }
            )
    lines = {name: IndicatorLine(rule.name, rule.unit) for name, rule in RULES.items()}
    for row in assessor.spec.criteria:
        for ground in row.priorities:
            found.setdefault(ground.indicator, []).append(
                {
                    "criterion": row.key,
                    "title": f"{row.clause} {row.title}",
                    "words": f"优先评定：{ground_words(ground, lines)}",
                }
            )
    return found


def counting_rows(
    application: Application,
    actor: Actor,
    key: str,
    values: Mapping[str, Decimal],
    uses: Mapping[str, list[Item]],
    *,
    linked: bool,
) -> list[Item]:
    """Each indicator counted from a register: its value, what is asked; those in use come first."""
    names = sorted(counted_keys(key), key=lambda name: name not in uses)
    return [
        {
            "name": RULES[name].name,
            "words": RULES[name].words,
            "value": quantity(values.get(name), RULES[name].unit),
            "url": office_url(actor, "town-counted", application.town_id, name) if linked else "",
            "uses": [
                {
                    **use,
                    "url": office_url(
                        actor, "application-criterion", application.pk, use["criterion"]
                    ),
                }
                for use in uses.get(name, [])
            ],
        }
        for name in names
    ]
