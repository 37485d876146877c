"""Writing the enterprises of a workbook in bulk, as its rows were checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.core.formatting import iso_date
from portal.core.ledger import record
from towns.import_queries import KnownEnterprise, KnownSeats, chunks, towns_by_key, towns_of
from towns.models import Enterprise, EnterpriseFigure, EnterpriseName, Membership, Town

if TYPE_CHECKING:
    from portal.core.actor import Actor

BATCH = 2_000
UPDATES = 500
NAME_SOURCE = "企业名单导入"
# So many names stand in the ledger's entry; the report has all of them.
LISTED = 200


@dataclass(slots=True)
class Firm:
    """An enterprise of the sheet: what is known of it, what the sheet states and in which row."""

    uscc: str
    known: KnownEnterprise | None
    name: str = ""
    entity: str = ""
    stated: dict[str, tuple[Any, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Seat:
    """An enterprise's part in a town, as it is and as the sheet wants it."""

    firm: Firm
    town: Town
    known: KnownSeats
    role: str = ""
    main_products: str = ""
    since: date | None = None
    stated: dict[str, tuple[Any, int]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the enterprise is not on the town's list now."""
        return self.known.current is None


@dataclass
class Plan:
    """What a workbook changes, the key of each indicator's row, the towns that its rows name."""

    indicators: Mapping[str, int]
    towns: set[int] = field(default_factory=set)
    firms: dict[str, Firm] = field(default_factory=dict)
    new_firms: list[Firm] = field(default_factory=list)
    renamed: list[Firm] = field(default_factory=list)
    other_entity: list[Firm] = field(default_factory=list)
    new_seats: list[Seat] = field(default_factory=list)
    other_role: list[Seat] = field(default_factory=list)
    put_right: list[Seat] = field(default_factory=list)
    other_products: list[Seat] = field(default_factory=list)
    other_since: list[Seat] = field(default_factory=list)
    figures: dict[tuple[str, int, str], tuple[Decimal, str]] = field(default_factory=dict)


def write_plan(plan: Plan, actor: Actor, today: date, book_name: str) -> Mapping[str, Any]:
    """Write everything; the caller holds the locks. What the ledger's entry says of it."""
    source = book_name or NAME_SOURCE
    keys = _enterprises(plan, today, source)
    _tell_other_towns(plan, actor, today, source)
    _change_memberships(plan, actor, today)
    _add_memberships(plan, keys, today)
    EnterpriseFigure.objects.bulk_create(
        [
            EnterpriseFigure(
                enterprise_id=keys[code],
                year=year,
                indicator_id=plan.indicators[key],
                value=value,
                source=source,
            )
            for (code, year, key), (value, source) in plan.figures.items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["enterprise", "year", "indicator"],
        update_fields=["value", "source"],
    )
    towns = {seat.town.pk: seat.town.name for seat in (*plan.new_seats, *plan.other_role)}
    return {
        "enterprises_added": len(plan.new_firms),
        "memberships_added": len(plan.new_seats),
        "roles_changed": len(plan.other_role) + len(plan.put_right),
        "figures": len(plan.figures),
        "towns": towns,
        "renamed": [
            {"uscc": firm.uscc, "before": _known_name(firm), "after": firm.name}
            for firm in plan.renamed[:LISTED]
        ],
    }


def _known_name(firm: Firm) -> str:
    return firm.known.name if firm.known is not None else ""


def _enterprises(plan: Plan, today: date, source: str) -> dict[str, int]:
    """Enter new enterprises, rename others; code -> key of all that something is written about."""
    made = Enterprise.objects.bulk_create(
        [Enterprise(uscc=firm.uscc, name=firm.name, entity=firm.entity) for firm in plan.new_firms],
        batch_size=BATCH,
    )
    EnterpriseName.objects.bulk_create(
        [
            EnterpriseName(
                enterprise_id=firm.known.pk,
                name=firm.known.name,
                valid_to=today,
                source=source[:200],
            )
            for firm in plan.renamed
            if firm.known is not None
        ],
        batch_size=BATCH,
    )
    changed = {firm.uscc: firm for firm in (*plan.renamed, *plan.other_entity)}
    Enterprise.objects.bulk_create(
        [
            Enterprise(uscc=firm.uscc, name=firm.name, entity=firm.entity)
            for firm in changed.values()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["uscc"],
        update_fields=["name", "entity"],
    )
    known = {firm.uscc: firm.known.pk for firm in plan.firms.values() if firm.known is not None}
    return known | {row.uscc: row.pk for row in made}


def _tell_other_towns(plan: Plan, actor: Actor, today: date, source: str) -> None:
    """An entry in the ledger of each other town that has one of the renamed on its list."""
    renamed = {firm.known.pk: firm for firm in plan.renamed if firm.known is not None}
    found = towns_of(renamed.keys())
    for town in towns_by_key(found.keys() - plan.towns):
        firms = [renamed[key] for key in found[town.pk]]
        before = [_known_name(firm) for firm in firms]
        said = (f"“{old}”更名为“{firm.name}”" for old, firm in zip(before, firms, strict=True))
        record(
            actor,
            "rename_enterprise",
            town,
            f"企业{'，'.join(said)}",
            data={
                "uscc": "、".join(firm.uscc for firm in firms[:LISTED]),
                "on": iso_date(today),
                "source": source,
            },
            before={"name": "、".join(before[:LISTED])},
            after={"name": "、".join(firm.name for firm in firms[:LISTED])},
            scope_code=town.scope_code,
            audience="filer",
        )


def _change_memberships(plan: Plan, actor: Actor, today: date) -> None:
    """End those whose role changes, and correct the products and dates of others."""
    moved = {id(seat) for seat in plan.other_role}
    ended = [seat.known.current for seat in plan.other_role if seat.known.current is not None]
    for some in chunks([row.pk for row in ended]):
        Membership.objects.visible_to(actor).filter(pk__in=some).update(until=today)
    rows = [
        Membership(pk=seat.known.current.pk, role=seat.role)
        for seat in plan.put_right
        if seat.known.current is not None
    ]
    Membership.objects.bulk_update(rows, ["role"], batch_size=UPDATES)
    rows = [
        Membership(pk=seat.known.current.pk, main_products=seat.main_products)
        for seat in plan.other_products
        if seat.known.current is not None and id(seat) not in moved
    ]
    Membership.objects.bulk_update(rows, ["main_products"], batch_size=UPDATES)
    rows = [
        Membership(pk=seat.known.current.first_pk, since=seat.since)
        for seat in plan.other_since
        if seat.known.current is not None
    ]
    Membership.objects.bulk_update(rows, ["since"], batch_size=UPDATES)


def _add_memberships(plan: Plan, keys: Mapping[str, int], today: date) -> None:
    """Enter new members, and the new roles of others from today."""
    begun = [(seat, seat.since) for seat in plan.new_seats]
    begun += [(seat, today) for seat in plan.other_role]
    Membership.objects.bulk_create(
        [
            Membership(
                town_id=seat.town.pk,
                enterprise_id=keys[seat.firm.uscc],
                scope_code=seat.town.scope_code,
                role=seat.role,
                main_products=seat.main_products,
                since=since,
            )
            for seat, since in begun
        ],
        batch_size=BATCH,
    )
