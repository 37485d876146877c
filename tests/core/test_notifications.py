"""Notifications: told once, read by a person, counted in the head of every page."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.core.actions.notifications import mark_read, tell
from portal.core.actor import Actor
from portal.core.models import Notification
from portal.core.queries import MANY_UNREAD, unread_notifications
from portal.core.web import office_url
from tests.factories import World, client_of, make_world, multiply

pytestmark = pytest.mark.django_db
NAME = "已发布：蒲县肉牛专业镇认定标准（第 2 版）"


@pytest.fixture
def world() -> World:
    return make_world()


@transaction.atomic
def send(world: World, *slugs: str, key: str = "set:2", **fields: str) -> None:
    """Tell offices of a publication."""
    tell(
        [world.offices[slug] for slug in slugs],
        kind="criteria-published",
        key=key,
        title=fields.get("title", NAME),
        text="自2026年12月1日起施行。",
        url_name="criteria-set",
        url_args=["puxian-2023"],
    )


def text_of(actor: Actor, name: str, more: str = "") -> str:
    """A page without markup."""
    page = client_of(actor).get(office_url(actor, name) + more).content.decode()
    return re.sub(r"<[^>]+>|\s+", "", page)


def test_an_office_is_told_of_an_event_once(world: World) -> None:
    send(world, "puxian", "puxian", "linfen")
    send(world, "puxian", "sx", title="又一次")
    told = Notification.objects.order_by("office__slug").values_list("office__slug", "title")
    assert list(told) == [("linfen", NAME), ("puxian", NAME), ("sx", "又一次")]


def test_long_words_are_cut_and_not_lost_silently(world: World) -> None:
    send(world, "puxian", title="标准" * 200)
    title = Notification.objects.get().title
    assert len(title) == 200
    assert title.endswith("…")


def test_what_one_person_has_read_the_next_has_not(world: World) -> None:
    send(world, "puxian")
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    mark_read(actor=clerk, pk=Notification.objects.get().pk)
    mark_read(actor=clerk, pk=Notification.objects.get().pk)
    assert (unread_notifications(clerk), unread_notifications(director)) == ("", "1")


def test_all_are_read_at_once_and_only_ones_own(world: World) -> None:
    send(world, "puxian", "linfen")
    send(world, "puxian", key="set:3")
    clerk = world.actor("puxian.clerk")
    mark_read(actor=clerk)
    assert unread_notifications(clerk) == ""
    assert unread_notifications(world.actor("linfen.clerk")) == "1"


def test_the_head_counts_in_one_query_and_not_for_those_who_are_told_nothing(world: World) -> None:
    send(world, "puxian", "puxian-filing")
    multiply(Notification.objects.get(office=world.offices["puxian"]), MANY_UNREAD, key="'k' || n")
    clerk, expert = world.actor("puxian.clerk"), world.actor("puxian.expert")
    with CaptureQueriesContext(connection) as captured:
        assert unread_notifications(clerk) == f"{MANY_UNREAD}+"
        assert unread_notifications(expert) == ""
    assert len(captured) == 1
    assert f"通知{MANY_UNREAD}+条未读" in text_of(clerk, "jobs")
    assert "通知1条未读" in text_of(world.actor("puxian.filer"), "jobs")
    assert "条未读" not in text_of(expert, "jobs")
    assert "site-notices" not in client_of(expert).get(office_url(expert, "jobs")).content.decode()


def test_the_list_marks_and_filters_what_is_unread(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    assert "还没有通知" in text_of(clerk, "notifications")
    send(world, "puxian", title="甲标准")
    send(world, "puxian", key="set:3", title="乙标准")
    client, url = client_of(clerk), office_url(clerk, "notifications")
    first = Notification.objects.get(title="甲标准")
    assert clerk.post is not None
    client.post(url, {"pk": first.pk, "acting_post": clerk.post.pk})
    assert text_of(clerk, "notifications").count("标为已读：") == 1
    unread = text_of(clerk, "notifications", "&show=unread")
    assert "乙标准" in unread
    assert "甲标准" not in unread
    client.post(url, {"acting_post": clerk.post.pk, "show": "unread"})
    assert "没有未读的通知" in text_of(clerk, "notifications", "&show=unread")
    assert "甲标准" in text_of(clerk, "notifications")


def test_opening_one_leads_to_what_it_is_about(world: World) -> None:
    send(world, "puxian")
    clerk, pk = world.actor("puxian.clerk"), Notification.objects.get().pk
    answer = client_of(clerk).get(office_url(clerk, "notification-open", pk))
    assert answer.status_code == 302
    assert answer["Location"] == office_url(clerk, "criteria-set", "puxian-2023")
    assert unread_notifications(clerk) == ""
    Notification.objects.filter(pk=pk).update(url_name="")
    answer = client_of(clerk).get(office_url(clerk, "notification-open", pk))
    assert answer["Location"] == office_url(clerk, "notifications")


@pytest.mark.parametrize("named", ["", "x", "1,2", "-1", "9" * 40, "9" * 5000])
def test_what_names_no_notification_marks_nothing(world: World, named: str) -> None:
    send(world, "puxian")
    clerk = world.actor("puxian.clerk")
    answer = client_of(clerk).post(office_url(clerk, "notifications"), {"pk": named})
    assert answer.status_code == 404
    assert unread_notifications(clerk) == "1"


def test_one_of_something_gone_says_so(world: World) -> None:
    """Told of a draft that was discarded afterwards."""
    send(world, "puxian")
    clerk, row = world.actor("puxian.clerk"), Notification.objects.get()
    Notification.objects.filter(pk=row.pk).update(url_args=["discarded-draft"])
    address = office_url(clerk, "notification-open", row.pk)
    answer = client_of(clerk).get(address, follow=True)
    assert answer.redirect_chain == [(office_url(clerk, "notifications"), 302)]
    assert "已经删除" in answer.content.decode()
    assert unread_notifications(clerk) == ""


@pytest.mark.parametrize("who", ["xixian.clerk", "puxian.filer", "puxian.expert"])
def test_anothers_notification_does_not_exist(world: World, who: str) -> None:
    send(world, "puxian")
    actor, pk = world.actor(who), Notification.objects.get().pk
    client = client_of(actor)
    assert client.get(office_url(actor, "notification-open", pk)).status_code == 404
    answer = client.post(office_url(actor, "notifications"), {"pk": pk})
    assert answer.status_code == 404
