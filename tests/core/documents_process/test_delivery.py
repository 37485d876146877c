"""Deliveries: who received a document, read marks of persons, reminders once a day, names."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.documents import Draft, begin_document, issue_document
from portal.core.actions.documents.delivering import (
    deliver_document,
    mark_document_read,
    remind_unread,
)
from portal.core.actor import Actor
from portal.core.documents.kinds import Texts
from portal.core.errors import Refused, Stale
from portal.core.models import DeliveryRead, LedgerEntry, Notification, OfficialDocument
from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from tests.scenario import ready_to_issue

pytestmark = pytest.mark.django_db
TEXTS = Texts("关于开展年度评价的通知", "各县（市、区）办公室", "请按时报送。")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def document(world: World) -> OfficialDocument:
    """An issued notice of the city."""
    clerk = world.actor("linfen.clerk")
    drafted = begin_document(actor=clerk, kind="notice", draft=Draft(TEXTS, {}))
    ready_to_issue(world, drafted)
    return issue_document(
        actor=world.actor("linfen.signer"), document=drafted, issued_on=clock.today()
    )


def send(world: World, document: OfficialDocument, *slugs: str) -> int:
    keys = [world.offices[slug].pk for slug in slugs]
    clerk = world.actor("linfen.clerk")
    return len(deliver_document(actor=clerk, document_id=document.pk, office_ids=keys))


def page(actor: Actor, name: str, *args: object, more: str = "") -> str:
    answer: Any = client_of(actor).get(office_url(actor, name, *args) + more)
    assert answer.status_code == 200
    return unescape(re.sub(r"<[^>]+>|\s+", "", answer.content.decode()))


def test_a_document_is_sent_once_to_each_office_and_told(
    world: World, document: OfficialDocument
) -> None:
    assert send(world, document, "puxian", "xixian") == 2
    assert send(world, document, "puxian", "linfen-unit") == 1  # one has it already
    with pytest.raises(ValidationError, match="都已经收到"):
        send(world, document, "puxian", "linfen")  # the own office is none
    with pytest.raises(ValidationError, match="请至少选择一个"):
        send(world, document)
    told = Notification.objects.filter(kind="document").values_list("office__slug", flat=True)
    assert set(told) == {"puxian", "xixian", "linfen-unit"}
    entry = LedgerEntry.objects.filter(verb="deliver_document").latest("pk")
    assert "收文单位 1 个" in entry.summary
    with pytest.raises(Refused, match="分发由"):
        deliver_document(
            actor=world.actor("linfen.checker"), document_id=document.pk, office_ids=[1]
        )


def test_whoever_opens_it_leaves_a_mark_and_the_ledger_does_not_grow(
    world: World, document: OfficialDocument
) -> None:
    send(world, document, "puxian", "xixian")
    reader, second = world.actor("puxian.clerk"), world.actor("puxian.checker")
    assert "未阅" in page(reader, "documents-received")
    entries = LedgerEntry.objects.count()
    way = client_of(reader).get(office_url(reader, "document", document.pk)).context
    assert way["breadcrumbs"][1] == ("收到的公文", office_url(reader, "documents-received"))
    before = page(reader, "document", document.pk)
    assert "已阅" in before and "隰县" not in before.partition("分发和签收")[2]
    page(reader, "document", document.pk)
    page(second, "document", document.pk)
    assert LedgerEntry.objects.count() == entries
    reads = DeliveryRead.objects.values_list("delivery__office__slug", "name")
    assert list(reads) == [("puxian", reader.name), ("puxian", second.name)]
    clerk = world.actor("linfen.clerk")
    own = client_of(clerk).get(office_url(clerk, "document", document.pk)).context
    assert own["breadcrumbs"][1][1] == office_url(clerk, "documents")
    # Those who were not sent it leave none; nor does the office itself.
    assert not mark_document_read(actor=world.actor("sx.clerk"), document_id=document.pk)
    city = page(world.actor("linfen.clerk"), "document", document.pk)
    assert "已阅1/2个单位" in city and reader.name in city and "催阅未查阅的单位" in city
    assert "1/2" in page(world.actor("linfen.clerk"), "documents")
    # The drafting sheet and the other readers are not for those who received it.
    assert "发文稿纸" not in before and world.actor("linfen.signer").name not in before


def test_unread_documents_stand_first_and_are_counted_at_home(
    world: World, document: OfficialDocument
) -> None:
    reader = world.actor("puxian.clerk")
    later = begin_document(actor=world.actor("linfen.clerk"), kind="notice", draft=Draft(TEXTS, {}))
    ready_to_issue(world, later)
    issue_document(actor=world.actor("linfen.signer"), document=later, issued_on=clock.today())
    send(world, document, "puxian")
    send(world, later, "puxian")
    assert "未阅的收文2" in page(reader, "workspace")
    page(reader, "document", later.pk)
    assert "未阅的收文1" in page(reader, "workspace")
    later.refresh_from_db()
    document.refresh_from_db()
    text = page(reader, "documents-received")
    assert text.index(document.number) < text.index(later.number)
    only = page(reader, "documents-received", more="&read=unread")
    assert document.number in only and later.number not in only


def test_offices_that_have_not_read_are_reminded_once_a_day(
    world: World, document: OfficialDocument
) -> None:
    send(world, document, "puxian", "xixian")
    with transaction.atomic():
        mark_document_read(actor=world.actor("puxian.clerk"), document_id=document.pk)
    clerk = world.actor("linfen.clerk")
    client = client_of(clerk)
    url = office_url(clerk, "document-remind", document.pk)
    assert clerk.post is not None
    for _ in range(2):
        assert client.post(url, {"acting_post": clerk.post.pk}).status_code == 302
    reminded = Notification.objects.filter(kind="document-remind")
    assert [row.office.slug for row in reminded] == ["xixian"]
    with clock.at(clock.today() + timedelta(days=1)):
        remind_unread(actor=clerk, document_id=document.pk)
    assert reminded.all().count() == 2
    mark_document_read(actor=world.actor("xixian.clerk"), document_id=document.pk)
    with pytest.raises(Stale, match="都已经查阅"):
        remind_unread(actor=clerk, document_id=document.pk)


def test_offices_are_chosen_by_city_by_tick_and_by_name(
    world: World, document: OfficialDocument
) -> None:
    clerk = world.actor("linfen.clerk")
    client, url = client_of(clerk), office_url(clerk, "document-deliver", document.pk)
    assert clerk.post is not None
    own = {"acting_post": clerk.post.pk}
    answer: Any = client.post(url, own)
    assert answer.status_code == 422 and "请至少选择一个收文单位" in answer.content.decode()
    # A search keeps what is ticked and finds units elsewhere.
    ticked = world.offices["puxian"].pk
    answer = client.post(url, {**own, "offices": [ticked], "q": "山西省工信局", "search": "1"})
    text = answer.content.decode()
    unit = world.offices["sx-unit"]
    assert answer.status_code == 200 and f'value="{unit.pk}"' in text
    assert re.search(rf'value="{ticked}"[^>]*checked', text)
    answer = client.post(url, {**own, "offices": [unit.pk], "cities": ["141000"]})
    assert answer.status_code == 302
    slugs = set(document.deliveries.values_list("office__slug", flat=True))
    assert {"sx-unit", "puxian", "xixian"} <= slugs and "linfen" not in slugs
    assert not slugs & {"sx", "jincheng"}
    answer = client.get(url)
    assert "（已发）" in answer.content.decode()
    assert "(" not in re.sub(r"<[^>]+>", "", answer.content.decode().partition("<main")[2])
