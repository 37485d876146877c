"""The register: filters in the address, columns, xlsx of what is shown, what waits, its speed."""

from __future__ import annotations

import io
import re
import time
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock, jobs
from portal.core.actions.documents import (
    Draft,
    begin_document,
    cosign_document,
    draft_on,
    issue_document,
    return_for_revision,
    send_for_check,
)
from portal.core.actions.documents.delivering import deliver_document
from portal.core.actions.documents.sheet import Organ
from portal.core.actor import Actor
from portal.core.document_register_queries import waiting_for
from portal.core.documents.kinds import Texts
from portal.core.models import Job, OfficialDocument
from portal.core.web import office_url
from tests.factories import World, client_of, make_world, multiply
from tests.scenario import ready_to_issue

pytestmark = pytest.mark.django_db
BUDGET = 12
MANY = 20_000
SECONDS = 3.0


@pytest.fixture
def world() -> World:
    return make_world()


def begin(world: World, slug: str, title: str, kind: str = "notice") -> OfficialDocument:
    texts = Texts(f"关于{title}的{'函' if kind == 'letter' else '通知'}", "各有关单位", "请照办。")
    clerk = world.actor(f"{slug}.clerk")
    return begin_document(actor=clerk, kind=kind, draft=Draft(texts, {}))


def issue(world: World, document: OfficialDocument) -> OfficialDocument:
    ready_to_issue(world, document)
    signer = world.of_office(document.office, "signer")
    return issue_document(actor=signer, document=document, issued_on=clock.today())


def titles(actor: Actor, more: str = "", name: str = "documents") -> list[str]:
    """The titles that the list shows, in their order."""
    answer: Any = client_of(actor).get(office_url(actor, name) + more)
    assert answer.status_code == 200
    table = answer.content.decode().partition("<tbody>")[2]
    return [unescape(found) for found in re.findall(r">关于([^<]*?)的(?:函|通知)<", table)]


def test_the_register_is_narrowed_by_its_address_and_taken_out_as_shown(world: World) -> None:
    clerk, year = world.actor("linfen.clerk"), clock.today().year
    first = issue(world, begin(world, "linfen", "甲事项"))
    letter = issue(world, begin(world, "linfen", "乙事项", "letter"))
    issue(world, begin(world, "puxian", "丙事项"))
    begin(world, "puxian", "不给上级看的拟稿")
    begin(world, "linfen", "丁事项")
    deliver_document(actor=clerk, document_id=first.pk, office_ids=[world.offices["puxian"].pk])
    assert titles(clerk) == ["丁事项", "丙事项", "乙事项", "甲事项"]
    for more, expected in {
        "&state=draft": ["丁事项"],
        "&genre=函": ["乙事项"],
        "&kind=letter": ["乙事项"],
        "&q=甲": ["甲事项"],
        f"&year={year}": ["丙事项", "乙事项", "甲事项"],
        f"&year={year - 1}": [],
        f"&number={letter.number[:6]}": ["乙事项", "甲事项"],
        "&word=蒲专镇": ["丙事项"],
        "&openness=open": [],
        "&whose=own": ["丁事项", "乙事项", "甲事项"],
        "&whose=lower": ["丙事项"],
        "&standing=stands": ["丙事项", "乙事项", "甲事项"],
        "&order=issued_on&state=issued": ["甲事项", "乙事项", "丙事项"],
    }.items():
        assert titles(clerk, more) == expected, more
    draft = draft_on(actor=clerk, target_id=first.pk, relation="revokes", reason="重复印发")
    issue(world, draft)
    assert titles(clerk, "&standing=revokes") == ["甲事项"]
    assert "甲事项" not in titles(clerk, "&standing=stands")

    client = client_of(clerk)
    assert clerk.post is not None
    url = office_url(clerk, "list-export", "documents") + "&state=issued&whose=own"
    assert client.post(url, {"acting_post": clerk.post.pk}).status_code == 302
    job = Job.objects.latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    with job.file.file.open("rb") as stored:
        sheet = openpyxl.load_workbook(io.BytesIO(stored.read())).worksheets[0]
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] in (1, 2, 3)]
    shown = [cell for row in rows for cell in row]
    assert len(rows) == 3
    for value in (
        first.number,
        first.title,
        clerk.name,
        "0/1",
        "已撤销",
        "临汾市专业镇发展领导小组办公室",
    ):
        assert value in shown
    # A county sees its own office's drafts and names, and none of the city's.
    county = world.actor("puxian.clerk")
    assert titles(county) == ["不给上级看的拟稿", "丙事项", "甲事项"]
    text = client_of(county).get(office_url(county, "documents")).content.decode()
    assert world.actor("linfen.signer").name not in text


def test_only_kinds_of_documents_are_offered_and_the_way_back_is_shown(world: World) -> None:
    clerk = world.actor("linfen.clerk")
    page = client_of(clerk).get(office_url(clerk, "documents"))
    offered = {
        name: [label for _, label in page.context["form"].fields[name].choices]
        for name in ("kind", "genre")
    }
    assert {"通知", "公示", "认定通知", "撤销通知"} <= set(offered["kind"])
    assert not {"认定证书", "认定告知书"} & set(offered["kind"])
    assert "函" in offered["genre"] and "证书" not in offered["genre"]
    for name in ("documents", "documents-waiting", "documents-received"):
        crumbs = client_of(clerk).get(office_url(clerk, name)).context["breadcrumbs"]
        assert [url for _, url in crumbs] == [office_url(clerk, "workspace"), None]


def test_sheet_and_stepper_show_the_day_of_beijing(world: World) -> None:
    document = begin(world, "linfen", "凌晨办理事项")
    clerk = world.actor("linfen.clerk")
    with clock.at(datetime(2026, 3, 1, 17, 0, tzinfo=UTC)):  # one in the morning of 2 March
        ready_to_issue(world, document)
    page = client_of(clerk).get(office_url(clerk, "document", document.pk))
    assert page.context["sheet"]["draft"]["at"] == date(2026, 3, 2)
    assert page.context["steps"][0]["when"] == date(2026, 3, 2)
    text = page.content.decode()
    assert "2026年3月2日" in text and "2026年3月1日" not in text
    sheet = client_of(clerk).get(office_url(clerk, "document-sheet", document.pk))
    assert "2026年3月2日" in sheet.content.decode()


def test_what_waits_is_listed_for_each_person(world: World) -> None:
    clerk, checker = world.actor("linfen.clerk"), world.actor("linfen.checker")
    director, unit = world.actor("linfen.office_director"), world.actor("linfen.member")
    document = begin(world, "linfen", "会签事项")
    organs = [Organ("临汾市工信局", world.offices["linfen-unit"])]

    def waits(*people: Actor) -> None:
        everybody = (clerk, checker, director, unit, world.actor("linfen.signer"))
        found = [person.name for person in everybody if waiting_for(person).exists()]
        assert found == [person.name for person in people]

    waits()
    send_for_check(actor=clerk, document_id=document.pk, organs=organs)
    waits(checker, director)
    assert titles(checker, name="documents-waiting") == ["会签事项"]
    assert titles(checker, "&state=signing", name="documents-waiting") == []
    return_for_revision(actor=checker, document_id=document.pk, opinion="补充依据")
    waits(clerk)
    # The director has written on it now: another person checks and signs.
    document.refresh_from_db()
    document.writers = [*document.writers, director.user.pk]  # type: ignore[union-attr]
    document.save()
    ready_to_issue(world, document)
    waits(unit)
    row = document.cosigners.get()
    cosign_document(actor=unit, document_id=document.pk, cosigner_id=row.pk, agrees=True)
    waits(world.actor("linfen.signer"))
    home = client_of(checker).get(office_url(checker, "workspace")).content.decode()
    assert "待我核稿的公文" in home


def test_twenty_thousand_documents_cost_no_more_queries_and_little_time(world: World) -> None:
    document = issue(world, begin(world, "puxian", "大量事项"))
    office = world.offices["linfen"].pk
    many = multiply(document, MANY, number="'临专镇办〔2026〕' || n || '号'", code="NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_delivery (document_id, office_id, organ_name, sent_at)"
            " SELECT id, %s, 'x', now() FROM core_officialdocument WHERE id >= %s AND id %% 4 = 0",
            [office, many.start],
        )
        cursor.execute("ANALYZE")
    city, province = world.actor("linfen.clerk"), world.actor("sx.clerk")
    for actor, name, more in (
        (city, "documents", ""),
        (city, "documents", "&at=last"),
        (city, "documents", "&q=大量&standing=stands&whose=lower&state=issued"),
        (city, "documents", "&order=-issued_on"),
        (city, "documents-received", ""),
        (city, "documents-waiting", ""),
        (province, "documents", ""),
        (world.actor("puxian.clerk"), "document-numbers", ""),
    ):
        client, url = client_of(actor), office_url(actor, name) + more
        client.get(url)
        begun = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
        taken = time.perf_counter() - begun
        assert answer.status_code == 200
        assert len(captured) <= BUDGET, (name, more, len(captured))
        assert taken < SECONDS, (name, more, taken)
