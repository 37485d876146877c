"""Loading what the source documents give: regions, offices, posts, indicators, criteria, policies.

Every function may be repeated: it adds what is missing and leaves what is there. Published criteria
sets are never touched again.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import chinese_calendar
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from criteria.exchange import content_of, digest_of, read, validate, write_content
from criteria.models import CriteriaSet, Indicator
from portal.core.actor import SYSTEM
from portal.core.constants import UNSTATED
from portal.core.ledger import record
from portal.core.models import CalendarDay, Office, Post, Region
from reviews.models import Duty
from subsidies.models import Clause, Policy


def load_reference(folder: Path) -> dict[str, int]:
    """Load every reference fixture; the number of rows of each kind there are afterwards."""
    with transaction.atomic():
        load_regions(folder)
        load_offices(folder)
        load_posts(folder)
        load_indicators(folder)
        for path in sorted((folder / "criteria").glob("*.json")):
            load_criteria_set(path)
        load_policies(folder)
        load_duties(folder)
        load_calendar()
        found = {
            "regions": Region.objects.count(),
            "offices": Office.objects.count(),
            "posts": Post.objects.count(),
            "criteria sets": CriteriaSet.objects.count(),
            "clauses": Clause.objects.count(),
            "duties": Duty.objects.count(),
        }
        province = Region.objects.get(parent__isnull=True)
        record(
            SYSTEM,
            "load_reference",
            province,
            "载入基础资料",
            data={**found, "digest": _digest(folder)},
        )
    return found


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.*")) + sorted((folder / "criteria").glob("*.json")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def load_regions(folder: Path) -> None:
    """The province, its cities and counties (GB/T 2260)."""
    present = {region.code: region for region in Region.objects.all()}
    for row in _rows(folder / "regions.csv"):
        if row["code"] not in present:
            present[row["code"]] = Region.objects.create(
                code=row["code"],
                name=row["name"],
                kind=row["level"],
                parent=present.get(row["parent"]),
                valid_from=_date(row["valid_from"]),
                valid_to=_date(row["valid_to"]),
            )


def load_offices(folder: Path) -> None:
    """Leading-group offices and the member units that the documents name."""
    regions = {region.code: region for region in Region.objects.all()}
    rows = _json(folder / "offices.json")
    present = set(Office.objects.values_list("slug", flat=True))
    for kind in ("leading_group_office", "member_unit"):
        parents = {
            office.region.code: office
            for office in Office.objects.filter(kind="leading_group_office").select_related(
                "region"
            )
        }
        Office.objects.bulk_create(
            Office(
                slug=row["slug"],
                name=row["name"],
                kind=kind,
                region=regions[row["region"]],
                parent=parents.get(row["region"]) if kind == "member_unit" else None,
                host_unit=row.get("host_unit", UNSTATED),
                source=row.get("source", ""),
            )
            for row in rows
            if row["kind"] == kind and row["slug"] not in present
        )


def ensure_post(office: Office, kind: str, title: str, **fields: Any) -> Post:
    """A post with its group, made once for its office, kind and title."""
    present = Post.objects.filter(office=office, kind=kind, title=title).first()
    if present is not None:
        return present
    group, _ = Group.objects.get_or_create(name=f"{office.slug}/{kind}/{title}"[:150])
    return Post.objects.create(office=office, kind=kind, title=title, group=group, **fields)


def load_posts(folder: Path) -> None:
    """Posts of the leading groups and their offices, as the documents list them; no holders."""
    if Post.objects.exclude(source="").exists():
        return
    offices = {office.slug: office for office in Office.objects.all()}
    for row in _json(folder / "posts.json"):
        unit = offices.get(row["unit"]) if row["unit"] else None
        # A member sits in its own unit; the leading group sees the seat through ``unit``.
        home = unit if row["kind"] == "member" and unit is not None else offices[row["office"]]
        ensure_post(home, row["kind"], row["title"], unit=unit, source=row["source"])


def load_indicators(folder: Path) -> None:
    """The catalogue of indicators."""
    for ordinal, row in enumerate(_json(folder / "indicators.json"), start=1):
        Indicator.objects.get_or_create(
            key=row["key"],
            defaults={
                "name": row["name"],
                "unit": row["unit"],
                "type": row["type"],
                "subject": row["subject"],
                "source": row["source"],
                "description": row["description"][:300],
                "decimals": row["decimals"],
                "minimum": _number(row.get("minimum")),
                "maximum": _number(row.get("maximum")),
                "ordinal": ordinal,
            },
        )


def load_criteria_set(path: Path) -> CriteriaSet:
    """One criteria set from its file, published; left alone when it is there."""
    data, problems = read(path.read_bytes())
    problems = problems or validate(data)
    if problems:
        raise ValueError(f"{path.name}: " + "; ".join(str(row) for row in problems))
    present = CriteriaSet.objects.filter(key=data["key"]).first()
    if present is not None:
        return present
    criteria_set = CriteriaSet.objects.create(
        key=data["key"],
        level=data["level"],
        region=Region.objects.get(code=data["region"]),
        title=data["title"],
        created_at=timezone.now(),
    )
    write_content(criteria_set, data)
    issued = criteria_set.issued_on
    criteria_set.version = data["version"]
    criteria_set.published_at = (
        timezone.make_aware(datetime.combine(issued, time())) if issued else timezone.now()
    )
    criteria_set.content_sha256 = digest_of(content_of(criteria_set))
    criteria_set.state = "published"
    criteria_set.save()
    record(SYSTEM, "publish_criteria_set", criteria_set, f"载入并发布{criteria_set.title}")
    return criteria_set


def load_policies(folder: Path) -> None:
    """Policies and the clauses of clauses.csv with the sentence that carries each."""
    policies: dict[str, Policy] = {}
    for row in _json(folder / "policies.json"):
        policies[row["key"]], _ = Policy.objects.get_or_create(
            key=row["key"],
            defaults={
                "title": row["title"],
                "document_number": row["document_number"],
                "issuing_organ": row["issuing_organ"],
                "level": row["level"],
                "region": Region.objects.get(code=row["region"]),
                "issued_on": _date(row["issued_on"]),
                "valid_from": _date(row["valid_from"]),
                "valid_to": _date(row["valid_to"]),
                "validity_text": row["validity_text"] or UNSTATED,
                "duplication_text": row["duplication_rule"] or UNSTATED,
                "note": row["validity_note"] or "",
            },
        )
    present = set(Clause.objects.values_list("key", flat=True))
    Clause.objects.bulk_create(
        Clause(
            key=row["id"],
            policy=policies[row["policy"]],
            ordinal=ordinal,
            clause=row["clause"],
            beneficiary=row["beneficiary"],
            trigger=row["trigger"],
            kind=row["kind"],
            amount_text=row["amount_text"] or UNSTATED,
            amount_stated=row["amount_stated"] == "Y",
            cap=row["cap"],
            once=row["once"],
            fund_source=row["fund_source"],
            quote=row["quote"],
        )
        for ordinal, row in enumerate(_rows(folder / "clauses.csv"), start=1)
        if row["id"] not in present
    )


def load_duties(folder: Path) -> None:
    """任务分工: the units in the closing brackets of the clauses, in print order.

    A collective name (各市政府) gives a row for each member unit that it stands for; a name without
    a seat in the leading group keeps its row without a unit.
    """
    policies = {row["key"]: row for row in _json(folder / "policies.json")}
    standing_for = {
        (row["region"], row["alias"]): row["units"] for row in _json(folder / "unit_aliases.json")
    }
    offices = dict(Office.objects.filter(kind="member_unit").values_list("slug", "pk"))
    present = set(Duty.objects.values_list("document", flat=True))
    count: Counter[str] = Counter()
    duties = []
    for row in _rows(folder / "responsibilities.csv"):
        policy = policies[row["doc"]]
        number = policy["document_number"]
        if number in present:
            continue
        for slug in standing_for[policy["region"], row["unit"]] or [None]:
            count[number] += 1
            duties.append(
                Duty(
                    document=number,
                    clause=row["clause"],
                    title=row["title"],
                    role=row["role"],
                    unit_name=row["unit"],
                    region_code=policy["region"],
                    unit_id=offices[slug] if slug else None,
                    ordinal=count[number],
                )
            )
    Duty.objects.bulk_create(duties)


def load_calendar() -> None:
    """Departures from Monday to Friday of every year whose official arrangement is known.

    A year of which anything is there is left as the office keeps it.
    """
    present = set(CalendarDay.objects.order_by().values_list("day__year", flat=True).distinct())
    names = {item.value: item.chinese for item in chinese_calendar.Holiday}
    days = {
        **{day: (False, name) for day, name in chinese_calendar.holidays.items()},
        **{day: (True, name) for day, name in chinese_calendar.workdays.items()},
    }
    CalendarDay.objects.bulk_create(
        CalendarDay(
            day=day,
            working=working,
            name=names.get(name, name)[:40],
            source="国务院办公厅节假日安排",
        )
        for day, (working, name) in sorted(days.items())
        if day.year >= 2022 and day.year not in present and working != (day.weekday() < 5)
    )
