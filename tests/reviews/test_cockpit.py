"""The cockpit of a round: numbers and rows agree, each office sees its region, no draft shows."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from portal.core import clock, jobs
from portal.core.actor import SYSTEM, Actor, acting_office
from portal.core.files import store_path
from portal.core.listing import Listing
from portal.core.models import CalendarDay, Job
from portal.core.web import office_url
from reviews.cockpit_list import ROUND_TOWNS
from reviews.cockpit_queries import STAGES, cockpit_of
from tests.factories import World, client_of, make_world
from tests.rounds_world import add_application, add_case, add_towns, certify, hold
from towns.models import (
    Answer,
    Correction,
    DraftField,
    Evidence,
    Extension,
    Round,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a href="([^"]+)"(?: aria-label="([^"]+)")?>(\d+)(?: 个)?</a>')
COUNT = re.compile(r"共 ([\d,]+) 个专业镇")
SECRETS = ("机密概述", "机密陈述", "机密材料", "secret.pdf", "机密联系人", "机密输入", "机密填报人")


def read(client: Client, actor: Actor, name: str, *args: object, more: str = "") -> str:
    """A page."""
    answer = client.get(office_url(actor, name, *args) + more)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def links(page: str) -> Iterator[tuple[str, int]]:
    """Every number of the page that leads to its list."""
    for url, _, number in LINK.findall(page[page.index('id="numbers"') :]):
        yield unescape(url), int(number)


@pytest.fixture
def world() -> World:
    """Regions, offices, people and rounds."""
    return make_world()


@pytest.fixture
def call(world: World) -> Round:
    """The province's round with towns of four counties in every state."""
    call = world.rounds["province"]
    pu = add_towns(world, "puxian", 12)
    xi, ze = add_towns(world, "xixian", 3), add_towns(world, "zezhou", 4)
    add_application(world, pu[0], call)
    add_application(world, pu[1], call, "ready")
    for town, step in zip(
        pu[2:7],
        ("county_accept", "city_review", "expert_scoring", "meeting", "public_notice"),
        strict=True,
    ):
        add_case(world, add_application(world, town, call, "submitted"), step)
    returned = add_application(world, pu[7], call, "returned")
    add_case(world, returned, "city_review", "returned")
    Correction.objects.create(
        application=returned,
        revision=1,
        due_on=clock.today() - timedelta(days=1),
        office=call.office,
        asked_at=clock.now(),
    )
    withdrawn = add_application(world, pu[8], call, "withdrawn")
    add_case(world, withdrawn, "county_accept")
    # Filed again after it was taken back: the newer one counts.
    add_application(world, pu[8], call)
    add_case(world, add_application(world, pu[9], call, "rejected"), "meeting")
    add_case(world, add_application(world, pu[10], call, "certified"), "issue")
    for town in (pu[10], xi[0]):
        certify(town)
    add_application(world, xi[1], call)
    add_application(world, ze[0], call, "withdrawn", submitted_at=None)
    type(ze[1]).objects.filter(pk=ze[1].pk).update(closed_on=clock.today())
    Extension.objects.create(
        round=call,
        town=ze[2],
        until=call.closing + timedelta(days=5),
        reason="停电",
        approver="主任",
        granted_at=clock.now(),
    )
    return call


def test_the_numbers_are_those_of_the_rows(world: World, call: Round) -> None:
    clerk = world.actor("sx.clerk")
    found = cockpit_of(clerk, call)
    # Pu county 12 and its own; Xi county one is certified; Zezhou one is closed; Gaoping its own.
    assert dict(found.whole.standings) == {
        "none": 1 + 1 + 1 + 1 + 2 + 1 + 1,
        "draft": 3,
        "ready": 1,
        "submitted": 5,
        "returned": 1,
        "withdrawn": 1,
        "rejected": 1,
        "certified": 1,
    }
    reached = dict(zip([key for key, _ in STAGES], found.reached, strict=True))
    assert reached == {
        "could": 21,
        "started": 13,
        "handed": 9,
        "submitted": 8,
        "accepted": 6,
        "judged": 5,
        "noticed": 2,
        "certified": 1,
    }
    assert (found.extended, found.overdue, found.whole.waiting) == (1, 1, 12)
    assert sum(place.total for place in found.places) == found.whole.total == 21
    for place in found.places:
        for state in found.whole.standings:
            assert place.standings[state] == sum(row.standings[state] for row in place.children)
    seen: dict[str, int] = {}
    for who in ("sx.clerk", "linfen.clerk", "puxian.leader"):
        actor = world.actor(who)
        client = client_of(actor)
        numbers = dict(links(read(client, actor, "round-cockpit", call.pk, more="&open=all")))
        seen[who] = len(numbers)
        for url, number in numbers.items():
            listing = Listing.of(ROUND_TOWNS, actor, url.partition("?")[2])
            assert (listing.form.errors, listing.filtered().count()) == ({}, number), (who, url)
        for url, number in list(numbers.items())[:4]:
            count = COUNT.search(client.get(url).content.decode())
            assert count is not None and int(count[1]) == number, (who, url, number)
    assert min(seen.values()) > 15 and seen["sx.clerk"] > 35


def test_places_unfold_one_by_one_and_time_is_said(world: World, call: Round) -> None:
    clerk = world.actor("sx.clerk")
    client = client_of(clerk)
    CalendarDay.objects.all().delete()
    noon = timezone.make_aware(datetime.combine(call.closes_on - timedelta(days=3), time(12)))
    with clock.at(noon):
        page = read(client, clerk, "round-cockpit", call.pk)
        assert "3 天 12 小时" in page
        assert f"{call.closes_on.year} 年节假日和调休安排尚未录入" in page
        CalendarDay.objects.create(day=call.closes_on, working=True)
        assert "尚未录入" not in read(client, clerk, "round-cockpit", call.pk)
    assert "临汾市" in page and "蒲县" not in page
    unfold = unescape(re.findall(r'<a href="([^"#]+)#place-141000"', page)[0])
    page = client.get(unfold).content.decode()
    assert "蒲县" in page and "泽州县" not in page and 'aria-expanded="true"' in page
    assert "funnel" in page and "<svg" in page and "style=" not in page.partition("<main")[2]
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    Extension.objects.all().delete()
    page = read(client, clerk, "round-cockpit", call.pk)
    assert "已截止" in page and "不再提醒" in page and 'name="whom"' not in page


def test_an_office_sees_its_own_region_alone(world: World, call: Round) -> None:
    for who, seen, hidden in (
        ("linfen.clerk", ("蒲县", "隰县"), ("泽州", "高平")),
        ("xixian.clerk", ("隰县",), ("蒲县", "泽州", "临汾市")),
    ):
        actor = world.actor(who)
        client = client_of(actor)
        pages = [
            read(client, actor, "round-cockpit", call.pk, more="&open=all"),
            read(client, actor, "round-towns", more=f"&round={call.pk}"),
        ]
        for page in pages:
            main = page.partition("<main")[2]
            for name in hidden:
                assert name not in main.replace("临汾市专业镇发展", ""), (who, name)
        assert all(name in pages[0] for name in seen)
    assert cockpit_of(world.actor("xixian.clerk"), call).whole.total == 3
    county = world.rounds["county"]
    for who, round_ in (
        ("xixian.clerk", county),
        ("puxian.filer", call),
        ("puxian.submitter", call),
        ("sx.expert", call),
        ("sx.member", call),
        ("sx.auditor", call),
    ):
        actor = world.actor(who)
        client = client_of(actor)
        assert client.get(office_url(actor, "round-cockpit", round_.pk)).status_code == 404, who
        url = office_url(actor, "round-remind", round_.pk)
        assert client.post(url, {"acting_post": actor.post.pk}).status_code == 404, who  # type: ignore[union-attr]
        if who != "xixian.clerk":
            assert client.get(office_url(actor, "round-towns")).status_code == 404, who


def test_a_round_on_trial_is_followed_by_its_office_alone(world: World, call: Round) -> None:
    own = world.actor("linfen.clerk")
    city = world.rounds["city"]
    Round.objects.filter(pk=city.pk).update(trial=True, office=acting_office(own))
    city.refresh_from_db()
    town = add_towns(world, "puxian", 1, "试")[0]
    add_application(world, town, city, trial=True, entered_by=acting_office(own))
    found = cockpit_of(own, Round.objects.get(pk=city.pk))
    assert found.whole.standings["draft"] == 1
    page = read(client_of(own), own, "round-cockpit", city.pk)
    assert "试运行" in page and "不提醒填报单位" in page
    for who in ("sx.clerk", "puxian.clerk"):
        actor = world.actor(who)
        url = office_url(actor, "round-cockpit", city.pk)
        assert client_of(actor).get(url).status_code == 404
        listed = read(client_of(actor), actor, "round-towns", more=f"&round={city.pk}")
        assert city.title not in listed.partition("<table")[2]
    # Nor does a trial's application count in a round that is not one.
    before = cockpit_of(world.actor("sx.clerk"), call).whole.standings["draft"]
    add_application(world, town, call, trial=True, entered_by=call.office)
    assert cockpit_of(world.actor("sx.clerk"), call).whole.standings["draft"] == before


def test_nothing_of_a_draft_shows(world: World, call: Round) -> None:
    """Every column of the list, the page and both workbooks, at every level."""
    town = add_towns(world, "puxian", 1, "密")[0]
    hold(world, "puxian", town)
    application = add_application(
        world,
        town,
        call,
        summary=SECRETS[0],
        industry_text=SECRETS[0],
        contact=SECRETS[4],
        filled_name=SECRETS[6],
    )
    Answer.objects.create(application=application, criterion="c1", text=SECRETS[1])
    file = store_path(ContentFile(b"%PDF-"), SECRETS[3], "application/pdf", SYSTEM)
    Evidence.objects.create(application=application, criterion="c1", title=SECRETS[2], file=file)
    DraftField.objects.create(
        application=application,
        section="facts",
        name="summary",
        text=SECRETS[5],
        saved_name=SECRETS[6],
        saved_at=clock.now(),
    )
    columns = ",".join(column.key for column in ROUND_TOWNS.columns)
    shown = 0
    for who in ("sx.clerk", "linfen.leader", "puxian.office_director"):
        actor = world.actor(who)
        client = client_of(actor)
        pages = [
            read(client, actor, "round-cockpit", call.pk, more="&open=all"),
            read(client, actor, "round-towns", more=f"&round={call.pk}&q=密&cols={columns}"),
        ]
        assert town.name in pages[1] and "填报中" in pages[1]
        for name, fields, query in (
            ("round-cockpit-export", {"part": "places"}, ""),
            ("list-export", {}, f"&round={call.pk}&cols={columns}"),
        ):
            args = [call.pk] if fields else ["round-towns"]
            url = office_url(actor, name, *args) + query
            client.post(url, {"acting_post": actor.post.pk, **fields})  # type: ignore[union-attr]
            pages.append(str(sheet_of(Job.objects.latest("pk"))))
        assert town.name in pages[3]
        for text in pages:
            assert [word for word in SECRETS if word in text] == []
            shown += len(text)
        refused = client.get(office_url(actor, "application", application.pk))
        assert refused.status_code == 404
    assert shown > 10_000


def sheet_of(job: Job) -> list[list[Any]]:
    """Everything written in a job's workbook."""
    assert jobs.run(job.pk) is not None
    job.refresh_from_db()
    assert job.file is not None, job.reason
    with job.file.file.open("rb") as stored:
        sheet = load_workbook(BytesIO(stored.read())).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_workbooks_say_what_the_page_says(world: World, call: Round) -> None:
    actor = world.actor("sx.clerk")
    client = client_of(actor)
    found: dict[str, list[list[Any]]] = {}
    for part in ("places", "funnel"):
        url = office_url(actor, "round-cockpit-export", call.pk)
        client.post(url, {"acting_post": actor.post.pk, "part": part})  # type: ignore[union-attr]
        found[part] = sheet_of(Job.objects.latest("pk"))[3:]
    whole = cockpit_of(actor, call)
    assert found["places"][0][:3] == ["合计", None, 21]
    counties = [row for row in found["places"][1:] if row[1] != "小计"]
    assert [sum(column) for column in zip(*[row[2:] for row in counties], strict=True)] == found[
        "places"
    ][0][2:]
    assert [row[1] for row in found["funnel"]] == whole.reached
    unknown = client.post(url, {"acting_post": actor.post.pk, "part": "x"}, follow=True)  # type: ignore[union-attr]
    assert "没有这个表格" in unknown.content.decode()


def test_a_thousand_towns_cost_what_thirty_do(world: World) -> None:
    clerk, call = world.actor("sx.clerk"), world.rounds["province"]
    client = client_of(clerk)
    taken = []
    for count in (30, 970):
        made = add_towns(world, "puxian", count, f"批{count}-")
        hold(world, "puxian", *made[:20])
        for town in made[:10]:
            add_application(world, town, call)
        each = []
        for url in (
            f"{office_url(clerk, 'round-cockpit', call.pk)}&open=all",
            f"{office_url(clerk, 'round-towns')}&round={call.pk}",
            f"{office_url(clerk, 'round-towns')}&round={call.pk}&state=draft&region=141000",
        ):
            client.get(url)
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(url).status_code == 200
            each.append(len(captured))
        taken.append(each)
    assert taken[0] == taken[1]
    assert max(taken[1]) <= 12, taken
