"""Constant queries: a list takes at most 12 and a case page at most 20, whatever the rows.

The lists come from the URL configuration. Each is read with 50 rows plain, filtered, searched, by
the links it offers itself and on its last page: no number of queries may pass the budget. With 3
rows and with 100 it must be the same.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from criteria.models import Indicator
from portal.core import clock, jobs
from portal.core.actions.documents.batches import start_batch
from portal.core.actions.notifications import tell
from portal.core.actor import Actor, acting_seat
from portal.core.models import (
    AccessEntry,
    CalendarDay,
    DocumentBatch,
    DocumentNumber,
    ImportRun,
    Job,
    LedgerAnchor,
    LedgerEntry,
    Notification,
    Office,
    OfficialDocument,
    Rendition,
    User,
)
from portal.core.stream import note
from portal.core.web import office_url
from reviews.actions import assign_experts, save_phrase
from reviews.models import Case, Meeting, Phrase, PublicNotice, Shortlist
from tests.access.subjects.imports import import_of
from tests.factories import World, client_of, make_draft, make_policy, make_world, multiply
from tests.scenario import drive, file, fresh
from tests.test_access import PUBLIC, list_names, parameters
from towns.actions import start_simulation
from towns.exports import RosterFilter
from towns.models import Certification, Round, Simulation, SimulationRow
from towns.tasks import request_roster

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

LIST_BUDGET = 12
CASE_BUDGET = 20
# The home page of a post gathers several lists and the region's figures.
HOME_BUDGET = 20
ROWS = 50
# Published law, kinds of documents and what waits are not copied by ``add_rows``; a home page shows
# the first rows of each list only.
STEADY = {
    "criteria",
    "policies",
    "workspace",
    "access-matrix",
    "documents-waiting",
    "document-templates",
    "contributions",  # a contact's own: tests/towns/test_contributing.py
    "chains",  # the tables of reviews/chain.py
    "criterion-units-sets",
}
# Addresses without an object that are not lists: forms, and a download.
NOT_LISTS = {
    "meeting-new",
    "notice-new",
    "document-new",
    "certification-new",
    "batch-new",
    "number-void",
    "number-rules",
    "round-new",
    "town-new",
    "cases-batch",
    "roster-export",
    "ledger-export",
    "access-log-export",
    "uploads",
    "account-new",
    "criteria-import",
    "criteria-new",
    "category-new",
    "indicator-new",
    "account-slips",
    "account-import",
    "account-import-template",
    "account-import-report",
    "account-import-confirm",
    "calendar-year",
}
READERS = (
    "sx.clerk",
    "puxian.clerk",
    "puxian.filer",
    "sx.expert",
    "sx.member",
    "sx.auditor",
    "puxian.system_admin",
)


def public_lists() -> list[str]:
    """Public addresses without parameters that are pages of rows."""
    others = {"root", "healthz", "login", "account_login", "logout", "styleguide"}
    # A search for one document, which answers 404 to a word that is no code and no number.
    others |= {"session-left", "session-stay", "verify", "verify-compare"}
    return sorted(name for name in PUBLIC - others if not parameters().get(name, {"unknown"}))


@pytest.fixture
def world() -> World:
    """One of everything: a certified case, one that waits for judging, and what they left."""
    world = make_world()
    drive(world, file(world, "county"))
    document = OfficialDocument.objects.get()
    stored = fresh(Case.objects.get()).application.evidence.get().file
    Rendition.objects.create(
        document=document, kind="unsigned", file=stored, created_at=timezone.now()
    )
    make_policy(world.regions["141033"])
    start_batch(
        actor=world.actor("puxian.clerk"),
        kind="certificate",
        arguments={"what": f"document:{document.pk}"},
        key="batch",
    )
    request_roster(world.actor("puxian.clerk"), RosterFilter())
    note(world.actor("puxian.clerk"), "view", subject="办件")
    import_of(world)
    tell([world.offices["puxian"]], kind="told", key="told", title="已发布：认定标准")
    simulate(world)
    save_phrase(actor=world.actor("sx.clerk"), text="材料齐全，同意受理。", shared=True)
    Shortlist.objects.create(
        office=world.offices["linfen"],
        round=world.rounds["province"],
        state="confirmed",
        created_at=clock.now(),
        confirmed_at=clock.now(),
    )
    LedgerAnchor.objects.create(
        **dict.fromkeys(("ledger_from", "access_from"), 1),
        **dict.fromkeys(("ledger_to", "ledger_count", "access_to", "access_count"), 1),
        day=clock.today(),
        algorithm="sm3",
        digest="0" * 64,
        created_at=timezone.now(),
    )
    return world


def simulate(world: World) -> None:
    """A simulation of the county with its rows."""
    found = start_simulation(
        actor=world.actor("puxian.clerk"),
        criteria_set=make_draft(world.offices["puxian"]),
        year=clock.today().year - 1,
    )
    assert found.job_id is not None
    jobs.run(found.job_id)


def add_rows(world: World, more: int, tag: str = "甲") -> None:
    """So many copies of every row that a list shows; ``tag`` keeps their names apart."""
    if not more:
        return
    case = Case.objects.select_related("application__town").order_by("pk").first()
    assert case is not None
    town, application = case.application.town, case.application
    towns = multiply(town, more, name=f"'蒲县{tag}专业镇' || n")
    for grant in town.grants.all():
        multiply(grant, more, content_object_id=f"{towns.start - 1} + n")
    member = town.memberships.select_related("enterprise").earliest("pk")
    firms = multiply(member.enterprise, more, uscc=f"'{tag}' || lpad(n::text, 17, '0')")
    multiply(member, more, enterprise_id=f"{firms.start - 1} + n")
    applications = multiply(
        application, more, town_id=f"{towns.start - 1} + n", number=f"'A-{tag}' || n"
    )
    multiply(application.assessments.get(), more, application_id=f"{applications.start - 1} + n")
    cases = multiply(
        case, more, application_id=f"{applications.start - 1} + n", number=f"'C-{tag}' || n"
    )
    for run in case.runs.all():
        multiply(run, more, case_id=f"{cases.start - 1} + n")
    documents = multiply(
        OfficialDocument.objects.earliest("pk"),
        more,
        number=f"'{tag}' || n || '号'",
        code="NULL",
    )
    multiply(
        DocumentNumber.objects.earliest("pk"),
        more,
        document_id=f"{documents.start - 1} + n",
        text=f"'{tag}' || n || '号'",
        serial=f"{1000 if tag == '甲' else 5000} + n",
    )
    multiply(Rendition.objects.earliest("pk"), more, document_id=f"{documents.start - 1} + n")
    multiply(
        Certification.objects.earliest("pk"),
        more,
        town_id=f"{towns.start - 1} + n",
        application_id=f"{applications.start - 1} + n",
        document_id=f"{documents.start - 1} + n",
        town_name=f"'蒲县{tag}专业镇' || n",
    )
    others: tuple[tuple[type[Model], dict[str, str]], ...] = (
        (ImportRun, {}),
        (Meeting, {}),
        (PublicNotice, {}),
        (Job, {"key": f"'{tag}' || n"}),
        (DocumentBatch, {"key": f"'{tag}-' || n", "job_id": "NULL"}),
        (Indicator, {"key": f"'{tag}-' || n"}),
        (Notification, {"key": f"'{tag}-' || n"}),
        (Phrase, {"text": f"'{tag}' || n"}),
        (Office, {"slug": f"'office-{tag}' || n", "name": f"'单位{tag}' || n"}),
        (AccessEntry, {}),
        (User, {"username": f"'{tag}-' || n"}),
        (LedgerAnchor, {"day": f"t.day - {2 if tag == '甲' else 100} * n"}),
    )
    for model, changes in others:
        multiply(model._default_manager.latest("pk"), more, **changes)
    rounds = multiply(Round.objects.latest("pk"), more, key=f"'{tag}-' || n")
    multiply(Shortlist.objects.earliest("pk"), more, round_id=f"{rounds.start - 1} + n")
    add_days(more)
    simulations = multiply(Simulation.objects.latest("pk"), more)
    multiply(SimulationRow.objects.earliest("pk"), more, simulation_id=str(simulations[-1]))
    entry = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").latest("seq")
    multiply(entry, more, seq=f"{entry.seq} + n")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def add_days(more: int) -> None:
    """So many more holidays of this year."""
    year, there = clock.today().year, set(CalendarDay.objects.values_list("day", flat=True))
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    free = (day for day in days if day not in there)
    CalendarDay.objects.bulk_create(
        CalendarDay(day=day, working=False, name="放假", source="通知")
        for day in islice(free, more)
    )


def grow_case(case: Case, count: int) -> None:
    """Give a case ``count`` of everything its page gathers besides its chain."""
    if count == 1:
        return
    more = count - 1
    application, town = case.application, case.application.town
    multiply(application.evidence.get(), more, title="'材料' || n")
    entry = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").latest("seq")
    multiply(entry, more, seq=f"{entry.seq} + n")
    member = town.memberships.first()
    opinion, sheet = case.opinions.first(), case.sheets.first()
    assert member is not None
    assert opinion is not None
    assert sheet is not None
    enterprises = multiply(member.enterprise, more, uscc="'9114' || lpad(n::text, 14, '0')")
    multiply(member, more, enterprise_id=f"{enterprises.start - 1} + n")
    offices = multiply(opinion.office, more, slug="'more-unit-' || n")
    multiply(opinion, more, office_id=f"{offices.start - 1} + n")
    groups = multiply(sheet.post.group, more, name="'more-group-' || n")
    posts = multiply(sheet.post, more, group_id=f"{groups.start - 1} + n")
    sheets = multiply(sheet, more, post_id=f"{posts.start - 1} + n")
    for score in sheet.scores.all():
        multiply(score, more, sheet_id=f"{sheets.start - 1} + n")


def links(page: str, path: str) -> Iterator[str]:
    """The list's own links to itself: filters, tabs, sorting, other pages."""
    for found in re.findall(r'href="([^"]*\?[^"]*)"', page):
        target = unescape(found)
        if target.startswith(("?", f"{path}?")):
            yield target if target.startswith("/") else path + target


def filled_filters(page: str) -> str:
    """A query string that uses every filter the page offers, with a word to search for."""
    fields = re.findall(r"<input[^>]*>", page)
    typed = [field for field in fields if re.search(r'type="(search|text)"', field)]
    chosen = [f"{name}=蒲县" for field in typed for name in re.findall(r'name="([^"]+)"', field)]
    choices = re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    for name, options in choices:
        values = [value for value in re.findall(r'<option value="([^"]*)"', options) if value]
        chosen += [f"{name}={values[-1]}"] if values else []
    return "&".join(dict.fromkeys(chosen))


def queries_of(client: Client, url: str) -> tuple[int, str]:
    """How many queries a page takes, and the page."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, f"{url} answered {response.status_code}"
    return len(captured), response.content.decode()


def visit(client: Client, url: str) -> dict[str, int]:
    """Queries of a list plain, filtered, on its last page and behind each of its own links."""
    path = url.partition("?")[0]
    joint = "&" if "?" in url else "?"
    client.get(url)
    taken, page = queries_of(client, url)
    found = {"plain": taken}
    filters = filled_filters(page)
    if filters:
        found[f"filtered {filters}"] = queries_of(client, f"{url}{joint}{filters}")[0]
    found["last page"] = queries_of(client, f"{url}{joint}at=last")[0]
    for target in list(dict.fromkeys(links(page, path)))[:6]:
        found[target] = queries_of(client, target)[0]
    return found


def readable(client: Client, actor: Actor, name: str) -> bool:
    """Whether this post may read the list at all."""
    return client.get(office_url(actor, name)).status_code == 200


def lists() -> list[str]:
    """Every list inside a workspace."""
    return [name for name in list_names() if name not in NOT_LISTS]


def test_lists_keep_their_budget(world: World) -> None:
    add_rows(world, ROWS - 1)
    over: dict[tuple[str, str, str], int] = {}
    read = set()
    for who in READERS:
        actor = world.actor(who)
        client = client_of(actor)
        for name in lists():
            if readable(client, actor, name):
                read.add(name)
                taken = visit(client, office_url(actor, name))
                budget = HOME_BUDGET if name == "workspace" else LIST_BUDGET
                over |= {(who, name, k): v for k, v in taken.items() if v > budget}
    assert over == {}
    assert set(lists()) == read, "a list that none of the readers may read"


def test_public_lists_keep_their_budget(world: World) -> None:
    add_rows(world, ROWS - 1)
    assert public_lists()
    over: dict[tuple[str, str], int] = {}
    for name in public_lists():
        taken = visit(Client(), reverse(name))
        over |= {(name, k): v for k, v in taken.items() if v > LIST_BUDGET}
    assert over == {}


@pytest.mark.parametrize("name", lists())
def test_lists_do_not_grow_with_their_rows(world: World, name: str) -> None:
    """From 3 rows to two pages of them: the page grows, what is asked of the database does not."""
    readers = [(who, world.actor(who)) for who in READERS]
    clients = {who: client_of(actor) for who, actor in readers}

    def read(more: str = "") -> dict[str, tuple[int, str]]:
        return {
            who: queries_of(clients[who], office_url(actor, name) + more)
            for who, actor in readers
            if readable(clients[who], actor, name)
        }

    add_rows(world, 2)
    before = read()
    add_rows(world, 97, tag="乙")
    after, last = read(), read("&at=last")
    assert before
    for who, (taken, _) in before.items():
        assert (who, after[who][0], last[who][0]) == (who, taken, taken)
    longest = max(len(after[who][1]) - len(before[who][1]) for who in before)
    assert name in STEADY or longest > 47 * 20, "the list shows none of the added rows"


@pytest.mark.parametrize("size", [1, 3, 50])
def test_case_page_keeps_its_budget(world: World, size: int) -> None:
    case = fresh(drive(world, file(world, "province"), "meeting"))
    grow_case(case, size)
    taken = {}
    for who in ("sx.clerk", "linfen.clerk", "puxian.clerk", "puxian.filer"):
        actor = world.actor(who)
        client, url = client_of(actor), office_url(actor, "case", case.pk)
        client.get(url)
        taken[who] = queries_of(client, url)[0]
    assert {who: count for who, count in taken.items() if count > CASE_BUDGET} == {}


def test_case_page_keeps_its_budget_at_every_step(world: World) -> None:
    case = fresh(file(world, "province"))
    over: dict[tuple[str, str], int] = {}
    for step in case.chain.steps:
        case = fresh(drive(world, case, step.key))
        for kind in ("clerk", "checker", "signer"):
            actor = world.of_office(case.office, kind)
            client, url = client_of(actor), office_url(actor, "case", case.pk)
            client.get(url)
            taken, _ = queries_of(client, url)
            over |= {(step.key, kind): taken} if taken > CASE_BUDGET else {}
    assert over == {}


def test_case_page_of_an_expert_keeps_its_budget(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "expert_scoring"))
    experts = [world.actor("sx.expert"), world.actor("sx.expert2")]
    assign_experts(
        actor=world.actor("sx.clerk"),
        case_id=case.pk,
        post_ids=[acting_seat(expert).pk for expert in experts],
    )
    client, url = client_of(experts[0]), office_url(experts[0], "case", case.pk)
    client.get(url)
    assert queries_of(client, url)[0] <= CASE_BUDGET
