"""Keyset paging and capped counts: a page costs the same at 1,000 rows and at 100,000.

OFFSET and exact counts grow with the table; a keyset page reads its own rows only, the last page is
the first of the reversed order, and a count stops at ``COUNT_CAP`` and says "1,000+".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from portal.core.constants import COUNT_CAP

Row = TypeVar("Row", bound=models.Model)

PAGE_SIZE = 50


@dataclass(frozen=True)
class Order:
    """An order by a field or annotation, rows of the same value by their keys.

    Where ``nullable``, rows without a value come last in both directions.
    """

    field: str = "pk"
    descending: bool = True
    nullable: bool = False

    def terms(self, *, backwards: bool = False) -> list[str | OrderBy]:
        """What ``order_by`` takes; ``backwards`` from the last row to the first."""
        down = self.descending != backwards
        sign = "-" if down else ""
        if self.field == "pk":
            return [f"{sign}pk"]
        if not self.nullable:
            return [f"{sign}{self.field}", f"{sign}pk"]
        nulls: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
        value = F(self.field)
        return [value.desc(**nulls) if down else value.asc(**nulls), f"{sign}pk"]

    def beyond(self, value: object, key: int, *, backwards: bool = False) -> Q:
        """Rows after the one of this value and key, or before it when ``backwards``."""
        way = "lt" if self.descending != backwards else "gt"
        if self.field == "pk":
            return Q(**{f"pk__{way}": key})
        empty, further = Q(**{f"{self.field}__isnull": True}), Q(**{f"pk__{way}": key})
        if value is None:
            return ~empty | further if backwards else empty & further
        # The bound in front lets an index on the field begin in the right place.
        found = Q(**{f"{self.field}__{way}e": value}) & (
            Q(**{f"{self.field}__{way}": value}) | further
        )
        return found | empty if self.nullable and not backwards else found


@dataclass
class Page(Generic[Row]):
    """One page of rows in the order of one unique integer key, or of a value and that key."""

    items: list[Row]
    first_url: str
    previous_url: str | None
    next_url: str | None
    last_url: str
    count: int
    capped: bool

    @property
    def has_next(self) -> bool:
        """Whether a later page exists."""
        return self.next_url is not None

    @property
    def has_previous(self) -> bool:
        """Whether an earlier page exists."""
        return self.previous_url is not None

    @property
    def count_text(self) -> str:
        """The number of rows found, or "1,000+"."""
        return f"{COUNT_CAP:,}+" if self.capped else f"{self.count:,}"


def capped_count(rows: models.QuerySet[Any]) -> tuple[int, bool]:
    """Number of rows up to the cap, and whether there are more."""
    found = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
    return min(found, COUNT_CAP), found > COUNT_CAP


def paginate(
    rows: models.QuerySet[Row],
    query: QueryDict,
    *,
    key: str = "pk",
    size: int = PAGE_SIZE,
    counted: models.QuerySet[Any] | None = None,
) -> Page[Row]:
    """The page the query string asks for, newest first: two queries, whatever the rows.

    ``?after=K`` rows older than K, ``?before=K`` rows newer than K, ``?at=last`` the last page.
    ``counted`` is a cheaper queryset with the same rows, for the count.
    """
    after, before = _number(query.get("after")), _number(query.get("before"))
    backwards = before is not None or query.get("at") == "last"
    ordered = rows.order_by(key if backwards else f"-{key}")
    if after is not None and not backwards:
        ordered = ordered.filter(**{f"{key}__lt": after})
    if before is not None:
        ordered = ordered.filter(**{f"{key}__gt": before})
    found = list(ordered[: size + 1])
    more = len(found) > size
    items = found[:size]
    if backwards:
        items.reverse()
    count, capped = capped_count(rows if counted is None else counted)
    has_previous = more if backwards else after is not None
    has_next = before is not None if backwards else more
    return Page(
        items=items,
        first_url=_url(query),
        previous_url=_url(query, before=getattr(items[0], key)) if has_previous and items else None,
        next_url=_url(query, after=getattr(items[-1], key)) if has_next and items else None,
        last_url=_url(query, at="last"),
        count=count,
        capped=capped,
    )


def paginate_by(
    rows: models.QuerySet[Row],
    query: QueryDict,
    *,
    order: Order,
    base: models.QuerySet[Row],
    size: int = PAGE_SIZE,
    counted: models.QuerySet[Any] | None = None,
) -> Page[Row]:
    """The page the query string asks for, in any order: three queries at most.

    ``?after=K``, ``?before=K`` and ``?at=last`` as in ``paginate``; K is the key of a row. ``base``
    holds all rows that the reader sees, with the field of the order and with what the page reads
    beside it (``select_related``): from there the rows are fetched, and the value of K, so that a
    place holds although its row no longer passes the filter. A row that is gone leads to the first
    page.
    """
    after, before = _number(query.get("after")), _number(query.get("before"))
    place = before if before is not None else after
    begin: tuple[object, int] | None = None
    if place is not None and query.get("at") != "last":
        if order.field == "pk":
            begin = (place, place)
        else:
            begin = base.order_by().filter(pk=place).values_list(order.field, "pk").first()
    at_last = query.get("at") == "last"
    backwards = at_last or (before is not None and begin is not None)
    ordered = rows.order_by(*order.terms(backwards=backwards))
    if begin is not None:
        ordered = ordered.filter(order.beyond(*begin, backwards=backwards))
    # Only the keys are sorted and cut off; the rows with all they are joined to follow for those.
    keys = ordered.select_related(None).values("pk")[: size + 1]
    found = list(base.filter(pk__in=keys).order_by(*order.terms(backwards=backwards)))
    more = len(found) > size
    items = found[:size]
    if backwards:
        items.reverse()
    count, capped = capped_count(rows if counted is None else counted)
    has_previous = more if backwards else begin is not None
    has_next = not at_last if backwards else more
    return Page(
        items=items,
        first_url=_url(query),
        previous_url=_url(query, before=items[0].pk) if has_previous and items else None,
        next_url=_url(query, after=items[-1].pk) if has_next and items else None,
        last_url=_url(query, at="last"),
        count=count,
        capped=capped,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _url(query: QueryDict, **place: object) -> str:
    kept = [
        (name, value)
        for name, values in query.lists()
        if name not in ("after", "before", "at")
        for value in values
    ]
    return "?" + urlencode(kept + [(name, str(value)) for name, value in place.items()])
