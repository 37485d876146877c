"""Pages of the registers: who sees them, what they say, and what they do with bad input."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.errors import Refused
from tests.factories import FIXTURES, World, make_town, multiply, uscc
from towns.actions import add_member, end_membership, record_figures, set_functions
from towns.constants import SERVICE_FUNCTIONS
from towns.models import Enterprise, Membership, TownFunction

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1
LIST_QUERIES = 12
TOWN_QUERIES = 20


def test_service_functions_are_those_of_the_documents() -> None:
    rows = json.loads((FIXTURES / "service_functions.json").read_text())
    assert [(row["key"], row["name"]) for row in rows] == list(SERVICE_FUNCTIONS)


@pytest.mark.parametrize("name", ["puxian.filer", "puxian.submitter", "puxian.clerk", "sx.leader"])
def test_list_and_page_open_for_those_concerned(world: World, browse, name: str) -> None:
    town = world.towns["puxian"]
    listed = browse(name).get("towns")
    assert listed.status_code == 200
    assert town.name in listed.text
    page = browse(name).get("town", town.pk)
    assert page.status_code == 200
    assert "26亿元" in page.text
    members = browse(name).get("town-enterprises", town.pk)
    assert '龙头企业<span class="count">1 家' in members.text
    services = browse(name).get("town-services", town.pk)
    assert "研发设计" in services.text


def test_list_shows_own_region_only(world: World, browse) -> None:
    text = browse("linfen.clerk").get("towns").text
    assert world.towns["xixian"].name in text
    assert world.towns["zezhou"].name not in text


def test_list_filters(world: World, browse) -> None:
    clerk = browse("sx.clerk")
    assert world.towns["puxian"].name in clerk.get("towns", extra="&q=肉牛").text
    assert world.towns["zezhou"].name not in clerk.get("towns", extra="&q=肉牛").text
    by_region = clerk.get("towns", extra="&region=140500").text
    assert world.towns["zezhou"].name in by_region
    assert world.towns["puxian"].name not in by_region
    nonsense = clerk.get("towns", extra="&region=999999&category=x")
    assert nonsense.status_code == 200
    assert "没有符合条件的专业镇" in nonsense.text


@pytest.mark.parametrize("name", ["xixian.filer", "xixian.clerk", "zezhou.submitter", "sx.expert"])
def test_neighbours_get_404(world: World, browse, name: str) -> None:
    pk = world.towns["puxian"].pk
    member = Membership.objects.filter(town_id=pk)[0]
    person = browse(name)
    for page, args in (
        ("town", (pk,)),
        ("town-figures", (pk, YEAR)),
        ("member-add", (pk,)),
        ("member-end", (pk, member.pk)),
        ("town-functions", (pk,)),
    ):
        assert person.get(page, *args).status_code == 404, page


@pytest.mark.parametrize("name", ["puxian.clerk", "puxian.submitter", "sx.office_director"])
def test_only_the_filer_keeps_the_town(world: World, browse, name: str) -> None:
    town = world.towns["puxian"]
    page = browse(name).get("town-figures", town.pk, YEAR)
    assert page.status_code == 403
    assert "填报人维护" in page.text
    assert "填报年度数据" not in browse(name).get("town", town.pk).text


def test_actions_refuse_a_filer_of_another_town(world: World) -> None:
    town, other = world.towns["puxian"], world.actor("xixian.filer")
    with pytest.raises(Refused, match="没有授权"):
        record_figures(actor=other, town=town, year=YEAR, values={"tax": Decimal(1)})
    with pytest.raises(Refused, match="没有授权"):
        set_functions(actor=other, town=town, states={"testing": "absent"}, platforms={})
    with pytest.raises(Refused, match="没有授权"):
        add_member(
            actor=other, town=town, uscc=uscc(1), name="某企业", entity="enterprise", role="leading"
        )
    member = Membership.objects.filter(town=town)[0]
    with pytest.raises(Refused, match="没有授权"):
        end_membership(actor=other, town=town, membership_id=member.pk)


# --- enterprises and services ---------------------------------------------------------------------


def member(**changes: str) -> dict[str, str]:
    return {
        "uscc": uscc(777, "141033"),
        "name": "蒲县新企业有限公司",
        "entity": "enterprise",
        "role": "backbone",
        "main_products": "牛肉",
        "since": "2024-01-05",
        **changes,
    }


def test_enterprise_is_added_and_taken_off(world: World, browse) -> None:
    town, person = world.towns["puxian"], browse("puxian.filer")
    assert person.post("member-add", town.pk, data=member()).status_code == 302
    row = Membership.objects.get(town=town, enterprise__name="蒲县新企业有限公司")
    assert row.role == "backbone"
    question = person.get("member-end", town.pk, row.pk)
    assert question.status_code == 200
    assert "蒲县新企业有限公司" in question.text
    ending = {"on": clock.today().isoformat(), "reason": "迁出本县"}
    assert "请填写退出事由" in person.post("member-end", town.pk, row.pk).text
    assert person.post("member-end", town.pk, row.pk, data=ending).status_code == 302
    row.refresh_from_db()
    assert (row.until, row.end_reason) == (clock.today(), "迁出本县")
    assert person.get("member-end", town.pk, row.pk).status_code == 302
    assert person.post("member-end", town.pk, row.pk, data=ending).status_code == 302


def test_wrong_code_is_told_beside_the_field_and_kept(world: World, browse) -> None:
    wrong = uscc(777, "141033")[:-1] + "!"
    answer = browse("puxian.filer").post(
        "member-add", world.towns["puxian"].pk, data=member(uscc=wrong)
    )
    assert answer.status_code == 422
    assert 'id="id_uscc_error"' in answer.text
    assert wrong in answer.text
    assert "蒲县新企业有限公司" in answer.text
    assert not Enterprise.objects.filter(name="蒲县新企业有限公司").exists()


def test_the_same_code_under_another_name_is_refused(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    known = Enterprise.objects.all()[0]
    with pytest.raises(ValidationError, match="该代码已登记为"):
        add_member(
            actor=filer,
            town=town,
            uscc=known.uscc,
            name="别的名称",
            entity="enterprise",
            role="leading",
        )


def test_functions_are_recorded_and_a_gap_is_told(world: World, browse) -> None:
    town, person = world.towns["puxian"], browse("puxian.filer")
    data = {f"state_{key}": "building" for key, _ in SERVICE_FUNCTIONS}
    data |= {f"platform_{key}": f"平台{key}" for key, _ in SERVICE_FUNCTIONS}
    gap = person.post("town-functions", town.pk, data={**data, "state_testing": ""})
    assert gap.status_code == 422
    assert "请选择有、在建或无。" in gap.text
    assert "平台logistics" in gap.text
    assert person.post("town-functions", town.pk, data=data).status_code == 302
    assert TownFunction.objects.filter(town=town, state="building").count() == 8


# --- queries --------------------------------------------------------------------------------------


def test_list_costs_the_same_for_any_number_of_towns(world: World, browse) -> None:
    clerk = browse("sx.clerk")
    counts = []
    for extra in (0, 2, 50):
        if extra:
            multiply(world.towns["puxian"], extra, name=f"t.name || '-' || n || '-{extra}'")
        clerk.get("towns")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert clerk.get("towns", extra="&q=专业镇&region=141000&at=last").status_code == 200
        counts.append(len(seen))
    assert max(counts) <= LIST_QUERIES, counts
    assert len(set(counts)) == 1, counts


def test_town_page_costs_the_same_for_any_number_of_enterprises(world: World, browse) -> None:
    town = make_town(world.regions["141033"], "蒲县另一专业镇")
    clerk = browse("puxian.clerk")
    rows = list(Membership.objects.filter(town=town))
    counts = []
    for kept in (1, 3, 12):
        wanted = {row.pk for row in rows[:kept]}
        Membership.objects.filter(town=town).exclude(pk__in=wanted).update(
            until=clock.today() - timedelta(days=1)
        )
        Membership.objects.filter(pk__in=wanted).update(until=None)
        clerk.get("town", town.pk)
        with CaptureQueriesContext(connection) as seen:
            assert clerk.get("town", town.pk).status_code == 200
        counts.append(len(seen))
    assert max(counts) <= TOWN_QUERIES, counts
    assert len(set(counts)) == 1, counts
