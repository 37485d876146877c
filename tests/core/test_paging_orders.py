"""Keyset pages in any order: every row once, forwards and backwards, rows without a value last."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db.models import QuerySet
from django.http import QueryDict

from portal.core.paging import Order, Page, paginate_by
from tests.factories import make_regions, multiply
from towns.models import Town

pytestmark = pytest.mark.django_db
SIZE = 4
TOTAL = 23
ORDERS = [
    Order(field, descending, nullable)
    for field, nullable in (("pk", False), ("industry", False), ("closed_on", True))
    for descending in (True, False)
]


@pytest.fixture
def towns() -> QuerySet[Town]:
    """Towns with many equal industries; some never closed, some on the same day."""
    county = make_regions()["141033"]
    first = Town.objects.create(name="镇", county=county, industry="甲", category="agriculture")
    multiply(first, TOTAL - 1, name="'镇' || n")
    begin = date(2024, 1, 1)
    for number, town in enumerate(Town.objects.order_by("pk")):
        day = begin + timedelta(days=number % 4) if number % 3 else None
        Town.objects.filter(pk=town.pk).update(industry="甲乙丙"[number % 3], closed_on=day)
    return Town.objects.all()


def page_of(rows: QuerySet[Town], order: Order, query: str) -> Page[Town]:
    """One page by its query string."""
    return paginate_by(rows, QueryDict(query), order=order, base=rows, size=SIZE)


def walk(rows: QuerySet[Town], order: Order, query: str, back: bool) -> list[list[int]]:
    """The keys of all pages, following the links."""
    pages = []
    for _ in range(TOTAL):
        page = page_of(rows, order, query)
        pages.append([town.pk for town in page.items])
        following = page.previous_url if back else page.next_url
        if following is None:
            return pages
        query = following.removeprefix("?")
    raise AssertionError("the pages never end")


def in_order(order: Order) -> list[int]:
    """The keys as the order asks, sorted without the database."""
    found = list(Town.objects.values_list("pk", order.field))
    full = sorted(
        (row for row in found if row[1] is not None),
        key=lambda row: (row[1], row[0]),
        reverse=order.descending,
    )
    empty = sorted((row for row in found if row[1] is None), reverse=order.descending)
    return [row[0] for row in full + empty]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_forwards_every_row_comes_once(towns: QuerySet[Town], order: Order) -> None:
    pages = walk(towns, order, "", back=False)
    assert [key for page in pages for key in page] == in_order(order)
    assert [len(page) for page in pages] == [SIZE] * 5 + [3]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_backwards_from_the_last_page_every_row_comes_once(
    towns: QuerySet[Town], order: Order
) -> None:
    pages = walk(towns, order, "at=last", back=True)
    assert [key for page in reversed(pages) for key in page] == in_order(order)
    assert [len(page) for page in pages] == [SIZE] * 5 + [3]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_page_and_the_way_back_are_the_same(towns: QuerySet[Town], order: Order) -> None:
    pages = walk(towns, order, "", back=False)
    for before, after in pairwise(pages):
        there = page_of(towns, order, f"before={after[0]}")
        assert [town.pk for town in there.items] == before
        assert there.next_url == f"?after={before[-1]}"


def test_a_place_holds_although_its_row_no_longer_passes(towns: QuerySet[Town]) -> None:
    order = Order("industry", descending=False)
    first = page_of(towns, order, "")
    last = first.items[-1]
    rest = towns.exclude(pk=last.pk)
    page = paginate_by(rest, QueryDict(f"after={last.pk}"), order=order, base=towns, size=SIZE)
    assert [town.pk for town in page.items] == in_order(order)[SIZE : 2 * SIZE]


def test_a_row_that_is_gone_leads_to_the_first_page(towns: QuerySet[Town]) -> None:
    order = Order("industry", descending=False)
    for query in ("after=999999999", "before=999999999"):
        page = page_of(towns, order, query)
        assert [town.pk for town in page.items] == in_order(order)[:SIZE]
        assert not page.has_previous
        assert page.has_next


@pytest.mark.parametrize(
    "query", ["after=x", "before=-3", "after=99999999999999999999", "at=first"]
)
def test_nonsense_is_the_first_page(towns: QuerySet[Town], query: str) -> None:
    page = page_of(towns, Order(), query)
    assert [town.pk for town in page.items] == in_order(Order())[:SIZE]


def test_other_parameters_stay_in_the_links(towns: QuerySet[Town]) -> None:
    page = page_of(towns, Order(), "category=agriculture&cols=name&after=999999999")
    assert page.next_url is not None
    assert page.next_url.startswith("?category=agriculture&cols=name&after=")
    assert page.last_url == "?category=agriculture&cols=name&at=last"
