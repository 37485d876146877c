"""Queries of the list of cases and of the case page: the same at 1, 3 and 50 rows."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.web import office_url
from reviews.actions import ask_units, assign_experts
from reviews.models import Case
from tests.factories import World, client_of, make_office, make_post, make_world, multiply
from tests.scenario import decide, drive, file, fresh

pytestmark = pytest.mark.django_db
LIST_BUDGET = 12
PAGE_BUDGET = 20
FILTERS = {
    "queue": "",
    "all": "&tab=all",
    "last page": "&tab=all&at=last",
    "filters": "&tab=all&step=province_accept&level=province&category=agriculture&standing=open",
    "term": "&tab=all&term=soon",
    "region": "&tab=all&region=141000",
    "name": "&tab=all&search=肉牛",
    "number": "&tab=all&search=sx-20",
}


@pytest.fixture
def world() -> World:
    return make_world()


def copies(case: Case, count: int, prefix: str) -> None:
    """Copies of a case with a town, an application and an open step each."""
    case = fresh(case)
    application = case.application
    towns = multiply(application.town, count, name=f"'蒲县肉牛{prefix}' || n || '专业镇'")
    applications = multiply(
        application, count, town_id=f"{towns.start - 1} + n", number=f"'{prefix}A' || n"
    )
    cases = multiply(
        case, count, application_id=f"{applications.start - 1} + n", number=f"'{prefix}' || n"
    )
    multiply(case.runs.get(finished_at__isnull=True), count, case_id=f"{cases.start - 1} + n")


def queries(actor: Actor, name: str, *args: object, query: str = "") -> tuple[int, str]:
    """How many queries a page takes once the published criteria are in memory; its text."""
    client, address = client_of(actor), office_url(actor, name, *args) + query
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    return len(captured), answer.content.decode()


@pytest.mark.parametrize("query", FILTERS.values(), ids=FILTERS)
def test_the_list_costs_the_same_whatever_the_rows(world: World, query: str) -> None:
    case = drive(world, file(world, "province"), "province_accept")
    clerk = world.actor("sx.clerk")
    counts = []
    for batch, (more, rows) in enumerate(((0, 1), (2, 3), (57, 50))):
        copies(case, more, f"SX-20{batch}")
        count, page = queries(clerk, "cases", query=query)
        assert page.count('<td class="seq">') == rows
        counts.append(count)
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= LIST_BUDGET


def test_keyset_pages_hold_every_case_once(world: World) -> None:
    case = drive(world, file(world, "province"), "province_accept")
    copies(case, 120, "SX-20")
    clerk = world.actor("sx.clerk")
    client, address = client_of(clerk), office_url(clerk, "cases") + "&tab=all"
    first = client.get(address).context["page"]
    path = address.partition("?")[0]
    second = client.get(path + first.next_url).context["page"]
    third = client.get(path + second.next_url).context["page"]
    found = [row.pk for page in (first, second, third) for row in page.items]
    assert len(found) == len(set(found)) == 121
    assert found == sorted(found, reverse=True)
    assert third.next_url is None
    last = client.get(path + first.last_url).context["page"]
    assert [row.pk for row in last.items] == found[-50:]
    assert first.count_text == "121"


def cost_of_case_pages(world: World, many: int) -> tuple[int, int]:
    """Queries of the page with so many units asked, and with so many experts assigned."""
    case = drive(world, file(world, "county"), "unit_opinions")
    clerk, office = world.actor("puxian.clerk"), world.offices["puxian"]
    units, experts = [], []
    for number in range(many):
        name = f"单位{number}"
        kind, region = world.offices["puxian-unit"].kind, office.region
        unit = make_office(f"unit-{number}", name, OfficeKind(kind), region, parent=office)
        make_post(unit, "member", f"unit-{number}.member")
        units.append(unit.pk)
        expert = make_post(office, "expert", f"expert-{number}")
        assert expert.post is not None
        experts.append(expert.post.pk)
    ask_units(actor=clerk, case_id=case.pk, office_ids=units)
    asked, page = queries(clerk, "case", case.pk)
    assert page.count("待答复") == many + 1, "each of them, and how many"
    for opinion in case.opinions.all():
        opinion.verdict, opinion.given_at = "agree", opinion.asked_at
        opinion.save()
    decide(world, case, "conclude")
    assign_experts(actor=clerk, case_id=case.pk, post_ids=experts)
    assigned, page = queries(clerk, "case", case.pk)
    assert page.count("待提交") == many
    copies(case, many, "X-")
    queued, _ = queries(clerk, "case", case.pk)
    assert queued == assigned
    return asked, assigned


def test_the_case_page_costs_the_same_whatever_it_holds(world: World) -> None:
    """Units, experts and the length of the queue do not add queries."""
    costs = set()
    for many in (1, 3, 50):
        with transaction.atomic():
            costs.add(cost_of_case_pages(world, many))
            transaction.set_rollback(True)
    assert len(costs) == 1
    assert max(costs.pop()) <= PAGE_BUDGET


@pytest.mark.parametrize("name", ["sx.clerk", "sx.leader", "puxian.clerk", "puxian.filer"])
@pytest.mark.parametrize("step", ["city_review", "meeting", "issue"])
def test_the_case_page_stays_within_its_budget(world: World, name: str, step: str) -> None:
    case = drive(world, file(world, "province"), step)
    warm, _ = queries(world.actor(name), "case", case.pk)
    assert warm <= PAGE_BUDGET
