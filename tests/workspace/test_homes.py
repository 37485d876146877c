"""Every post lands on a home page of its own, whose numbers are those of the lists behind them."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import late_words, working_days_between
from portal.core.constants import POST_KINDS, OfficeKind
from portal.core.models import Appointment, Post
from portal.core.web import office_url
from reviews.models import Case
from tests.factories import (
    World,
    appoint,
    client_of,
    end_appointment,
    make_person,
    make_town,
    make_world,
)
from tests.scenario import draft, drive, file, ready

pytestmark = pytest.mark.django_db

EVERYBODY = [
    "puxian.clerk",
    "puxian.leader",
    "linfen.checker",
    "sx.office_director",
    "sx.signer",
    "sx.expert",
    "sx.member",
    "puxian.filer",
    "puxian.submitter",
    "puxian.system_admin",
    "puxian.security_admin",
    "puxian.auditor",
]


class FigureReader(HTMLParser):
    """The linked numbers of a page: (text, address) of every figure and of the queue's total."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self._value_depth = False
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "div":
            self._value_depth = values.get("class") == "figure-value"
        elif tag == "a" and self._value_depth:
            self._address = values.get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._address and data.strip():
            self.figures.append((data.strip(), self._address))
            self._address = ""


def numbers_of(text: str) -> list[tuple[str, str]]:
    """Every linked number of a page."""
    reader = FigureReader()
    reader.feed(text)
    return reader.figures


def home(actor: Actor) -> str:
    """The home page of an actor."""
    response = client_of(actor).get(office_url(actor, "workspace"))
    assert response.status_code == 200
    return response.content.decode()


def count_of_list(client: Client, address: str) -> str:
    """The number of rows a list says it has."""
    text = client.get(address).content.decode()
    found = re.search(r'class="pages-count">共 ([\d,+]+)', text)
    assert found, address
    return found.group(1)


@pytest.fixture
def world() -> World:
    return make_world()


# --- landing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYBODY)
def test_every_post_lands_on_its_own_home_page(world: World, name: str) -> None:
    actor = world.actor(name)
    client = client_of(actor)
    answer = client.get(reverse("home"), follow=True)
    assert answer.redirect_chain == [(office_url(actor, "workspace"), 302)]
    text = answer.content.decode()
    assert actor.office is not None
    assert actor.kind is not None
    assert actor.office.name in text
    assert actor.kind.label in text


def test_signing_in_leads_home_and_signing_out_needs_a_post(world: World) -> None:
    actor = world.actor("puxian.clerk")
    assert actor.user is not None
    client = Client()
    answer = client.post(
        reverse("login"), {"login": "puxian.clerk", "password": "Test-password-1"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == office_url(actor, "workspace")
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == reverse("login")  # type: ignore[attr-defined]
    assert client.get(office_url(actor, "workspace")).status_code == 302


def test_wrong_password_is_told_in_chinese_and_the_name_is_kept() -> None:
    answer = Client().post(reverse("login"), {"login": "某人", "password": "x"})
    text = answer.content.decode()
    assert "登录名或密码不正确" in text
    assert 'value="某人"' in text


def test_without_an_appointment_the_page_says_whom_to_ask(world: World) -> None:
    actor = world.actor("puxian.clerk")
    end_appointment(actor)
    client = client_of(actor)
    text = client.get(reverse("home")).content.decode()
    assert "没有可以办理的岗位" in text
    assert "领导小组办公室" in text
    assert "蒲县肉牛" not in text


def test_with_several_posts_the_person_chooses(world: World) -> None:
    actor = world.actor("puxian.clerk")
    other = world.actor("linfen.clerk")
    assert actor.user is not None
    assert other.post is not None
    Appointment.objects.filter(post=other.post).delete()
    second = appoint(actor.user, other.post)
    text = client_of(actor).get(reverse("home")).content.decode()
    for held in (actor, second):
        assert held.office is not None
        assert held.office.name in text
        assert office_url(held, "workspace") in text


def test_root_leads_home_or_to_the_public_notices(world: World) -> None:
    assert Client().get("/").url == reverse("public-notices")  # type: ignore[attr-defined]
    assert client_of(world.actor("sx.clerk")).get("/").url == reverse("home")  # type: ignore[attr-defined]


# --- what stands there --------------------------------------------------------------------------


def test_clerk_sees_what_waits_with_its_term(world: World) -> None:
    case = file(world, "province")
    text = home(world.actor("puxian.clerk"))
    assert case.number in text
    assert "还剩" in text
    # The case stands at the county: nothing of it waits for the city.
    assert "没有待办件" in home(world.actor("linfen.clerk"))


def test_overdue_cases_are_counted_as_late(world: World) -> None:
    case = file(world, "province")
    Case.objects.filter(pk=case.pk).update(due_on=clock.today() - timedelta(days=2))
    text = home(world.actor("puxian.clerk"))
    today = clock.today()
    assert late_words(working_days_between(today - timedelta(days=2), today)) in text
    late = [number for number, url in numbers_of(text) if "term=overdue" in url]
    assert late == ["1"]


def test_filer_and_submitter_see_their_own_part(world: World) -> None:
    draft(world, "province")
    filer, submitter = world.actor("puxian.filer"), world.actor("puxian.submitter")
    assert "填报中" in home(filer)
    assert "没有待提交的申报" in home(submitter)
    assert world.towns["puxian"].name in home(submitter)
    assert world.towns["gaoping"].name not in home(filer)


def test_submitter_is_told_what_is_ready(world: World) -> None:
    application = ready(world, "province")
    text = home(world.actor("puxian.submitter"))
    assert office_url(world.actor("puxian.submitter"), "application", application.pk) in text


def test_expert_and_member_unit_see_what_was_given_to_them(world: World) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    from_clerk = client_of(world.actor("puxian.clerk"))
    member = world.actor("puxian.member")
    assert "没有待填写的会审意见" in home(member)
    assert member.office is not None
    from_clerk.post(
        office_url(world.actor("puxian.clerk"), "case-units", case.pk),
        {"offices": [member.office.pk], "acting_post": world.actor("puxian.clerk").post.pk},  # type: ignore[union-attr]
    )
    text = home(member)
    assert f"/cases/{case.pk}/opinions/" in text
    assert case.number in text
    assert case.number not in home(world.actor("puxian.expert"))


def test_region_stands_beside_the_targets_of_its_documents(world: World) -> None:
    drive(world, file(world, "city"))
    text = home(world.actor("jincheng.clerk"))
    assert "2025年建设培育20个市级专业镇" in text
    assert "争取省级专业镇达到4个以上" in text
    assert "省级专业镇达到30个以上" in home(world.actor("sx.clerk"))
    assert "文件未载明目标" in home(world.actor("xixian.clerk"))


def test_every_number_equals_the_count_of_the_list_behind_it(world: World) -> None:
    drive(world, file(world, "city"))
    file(world, "province")
    drive(world, file(world, "county", "puxian"), "unit_opinions")
    seen = 0
    for name in (
        "puxian.clerk",
        "jincheng.clerk",
        "sx.clerk",
        "puxian.filer",
        "zezhou.submitter",
        "linfen.system_admin",
    ):
        actor = world.actor(name)
        client = client_of(actor)
        for number, address in numbers_of(home(actor)):
            assert count_of_list(client, address) == number, (name, address)
            seen += number != "0"
    assert seen >= 5


@pytest.mark.parametrize("name", ["puxian.system_admin", "puxian.security_admin"])
def test_administrators_see_what_they_keep_and_no_case(world: World, name: str) -> None:
    text = home(world.actor(name))
    assert "本岗位不办理申报和评审" in text
    assert "有空缺岗位的机构" in text
    assert "待激活账号" in text
    assert "待我办理" not in text


@pytest.mark.parametrize("name", EVERYBODY)
def test_home_page_costs_at_most_20_queries_whatever_the_rows(world: World, name: str) -> None:
    actor = world.actor(name)
    client, address = client_of(actor), office_url(actor, "workspace")
    client.get(address)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    file(world, "province")
    one = cost()
    for position in range(3):
        make_town(world.regions["141033"], f"蒲县第{position}专业镇")
    drive(world, file(world, "county", "puxian"), "unit_opinions")
    assert cost() <= 20
    assert abs(cost() - one) <= 1


def test_every_kind_of_post_has_a_home_page(world: World) -> None:
    office = world.offices["puxian"]
    for kind in POST_KINDS.values():
        if kind.office_kind != OfficeKind.LEADING_GROUP_OFFICE:
            continue
        group = Group.objects.create(name=f"extra-{kind.key}")
        post = Post.objects.create(office=office, kind=kind.key, title=kind.label, group=group)
        actor = appoint(make_person(f"extra-{kind.key}"), post)
        assert "工作台" in home(actor)
