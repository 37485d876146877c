"""Every address of the portal, asked for by everybody who should not see what it shows.

The addresses come from the URL configuration itself and are filled with the objects of one county.
An address that cannot be filled fails: a new page has to be entered in ``fillings`` (and, when it
is for everybody, in ``PUBLIC``). Who may do what is the table ``portal.workspace.access``: a new
page needs a row there too, and ``tests/access`` asks every cell of it with these fillings.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.core import clock, jobs
from portal.core.actions.importing import Workbook, import_accounts
from portal.core.actor import Actor, acting_seat
from portal.core.imports import Line
from portal.core.models import (
    Appointment,
    Job,
    Leave,
    LedgerEntry,
    OfficialDocument,
    PostGrant,
)
from portal.workspace.import_tasks import request_import
from reviews.models import Case, Meeting, PublicNotice
from subsidies.models import Policy
from tests.access.subjects import MODULES
from tests.factories import World, client_of, end_appointment, make_person, make_policy, make_world
from tests.scenario import draft, drive, file, fresh
from towns.models import Application, TownGrant

pytestmark = pytest.mark.django_db

HOME = "puxian"
NEIGHBOUR = "xixian"
# Everybody may ask for these; what they show is public by law or says nothing of any town.
PUBLIC = {
    "root",
    "healthz",
    "activate",
    "login",
    "account_login",
    "logout",
    "session-left",
    "session-stay",
    "styleguide",
    "public-notices",
    "public-notice",
    "public-roster",
    "public-document",
    "public-document-file",
    "public-document-rendition",
    "verify",
    "verify-document",
    "verify-compare",
    "public-criteria-list",
    "public-criteria",
    "public-criteria-compare",
    "public-criteria-export",
    "self-check",
    "public-policies",
    "public-policy",
    "api-public-roster",
}
# Published law: every office reads every county's.
LAW = {"criteria-set", "criteria-trial", "criteria-export", "criteria-compare", "policy"}
# Of published law, too: who may not is told why.
LAW_STEPS = {"criteria-copy", "criteria-withdraw"}
# Every office divides the criteria of a published set among its own member units.
DIVIDED = {"criterion-units", "criterion-units-edit"}
# An office's own indicators are known to the offices above it (and below): they are told why not.
KNOWN_ABOVE = {"indicator-edit", "indicator-retire"}
# They name a kind of thing and none of ours: in their own workspace they are like any list's.
KINDS = {"import-new", "import-template", "list-export", "view-save", "template-kind"}
# A call concerns every office of its region: each sees the progress of its own towns alone, which
# tests/reviews/test_cockpit.py proves row by row.
CALLS = {"round-cockpit", "round-cockpit-export", "round-remind"}
# Of such a call, too: each office ranks the cases of its own region, on a list of its own.
SHORTLISTS = {
    "shortlist",
    "shortlist-confirm",
    "shortlist-export",
    "shortlist-letter",
    "shortlist-promote",
}
# Lists that only offices have.
OFFICES_ONLY = {"round-towns", "cases-batch"}
# For a signed-in person, without an office.
SIGNED_IN = {
    "self-check-carry",
    "home",
    "account-home",
    "account_change_password",
    "account_reauthenticate",
    "kept",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
    "account-email",
    "usersessions_list",
}
# The two that could come nearest; ``tests/access`` asks for every kind of post and relation.
FINDERS = ("xixian.clerk", "sx.expert")
STRANGERS = (
    "xixian.clerk",
    "xixian.filer",
    "sx.expert",
    "jincheng.signer",
)


@dataclass
class County:
    """What one county has: one of everything an address can name."""

    world: World
    case: Case
    filing: Application
    meeting: Meeting
    notice: PublicNotice
    document: OfficialDocument
    job: Job
    policy: Policy
    organisation: dict[str, dict[str, Any]] = field(init=False)
    filled: dict[str, dict[str, Any]] = field(init=False, default_factory=dict)
    closed: dict[tuple[str, str], bool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Leave and a deputy, so that the pages of offices have something to name; an import."""
        self.organisation = organisation(self.world) | accounts(self.world)
        for module in MODULES:
            if hasattr(module, "prepare"):
                module.prepare(self)


def accounts(world: World) -> dict[str, dict[str, Any]]:
    """The parameters of the pages of accounts."""
    clerk = world.actor(f"{HOME}.clerk").user
    assert clerk is not None
    slug = world.offices[HOME].slug
    row = {"username": f"new.{slug}", "display_name": "新人", "office": slug}
    report = import_accounts(
        actor=world.actor(f"{HOME}.system_admin"),
        book=Workbook("账号.xlsx", "0" * 64, [Line(2, row)]),
    )
    assert report.entry is not None
    book = Workbook("账号.xlsx", "0" * 64, [Line(2, row)])
    job = request_import(world.actor(f"{HOME}.system_admin"), book, rehearse=True)
    account = {"pk": clerk.pk}
    return {
        "account": account,
        "account-edit": account,
        "account-step": {**account, "step": "disable"},
        "account-import-done": {"pk": report.entry.pk},
        "account-import-job": {"pk": job.pk},
    }


def organisation(world: World) -> dict[str, dict[str, Any]]:
    """The parameters of the pages of offices, posts and who holds them."""
    filer = acting_seat(world.actor(f"{HOME}.filer"))
    office, post = {"pk": world.offices[HOME].pk}, {"pk": filer.pk}
    leader = acting_seat(world.actor(f"{HOME}.leader"))
    appointment = {"pk": Appointment.objects.get(post=leader).pk}
    leave = Leave.objects.create(
        appointment_id=appointment["pk"], valid_from=clock.today(), reason="培训"
    )
    lent, _ = PostGrant.objects.get_or_create(
        content_object=leader,
        group=acting_seat(world.actor(f"{HOME}.deputy_leader")).group,
        permission=PostGrant.permission_named("deputise_post"),
        defaults={"valid_from": clock.today(), "valid_to": clock.today(), "reason": "出差"},
    )
    grant = {"pk": TownGrant.objects.filter(content_object=world.towns[HOME]).earliest("pk").pk}
    named = {
        "office": office,
        "post": post,
        "leave-end": {"pk": leave.pk},
        "deputy-end": {"pk": lent.pk},
        "town-grant": post,
        "town-grant-revoke": grant,
        "unit-new": office,
        "post-new": office,
    }
    for name in ("leading-group", "leading-group-export", "rename", "merge", "split", "close"):
        named[f"office-{name}"] = office
    for name in ("appoint", "succeed", "deputy", "close"):
        named[f"post-{name}"] = post
    for name in ("end", "revoke", "leave"):
        named[f"appointment-{name}"] = appointment
    return named


@pytest.fixture
def county() -> County:
    """A certified case with all it left behind, and an application still being filled."""
    world = make_world()
    filing = draft(world, "province", HOME)
    case = fresh(drive(world, file(world, "county", HOME)))
    document = OfficialDocument.objects.get()
    job = Job.objects.get(key=f"render:{document.pk}")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None, job.reason
    return County(
        world=world,
        case=case,
        filing=filing,
        meeting=Meeting.objects.get(),
        notice=PublicNotice.objects.get(),
        document=document,
        job=job,
        policy=make_policy(world.regions["141033"]),
    )


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of every address that has any, besides the office."""
    town = {"pk": county.world.towns[HOME].pk}
    filing, case = {"pk": county.filing.pk}, {"pk": county.case.pk}
    membership = county.world.towns[HOME].memberships.first()
    own = county.filing.evidence.get()
    filed = county.case.application.evidence.get()
    opinion, sheet = county.case.opinions.first(), county.case.sheets.first()
    assert membership is not None
    assert opinion is not None
    assert sheet is not None
    document, job = {"pk": county.document.pk}, {"pk": county.job.pk}
    notice = {"pk": county.notice.pk}
    law, policy = {"key": county.case.application.criteria_set.key}, {"key": county.policy.key}
    return {
        **county.organisation,
        **{
            name: row
            for module in MODULES
            if hasattr(module, "fillings")
            for name, row in module.fillings(county).items()
        },
        "town": town,
        "town-figures": {**town, "year": clock.today().year - 1},
        "member-add": town,
        "member-end": {**town, "membership": membership.pk},
        "town-functions": town,
        "round": {"pk": county.world.rounds["county"].pk},
        "application-start": {
            "town": town["pk"],
            "call": county.world.rounds["county"].pk,
        },
        "application": filing,
        "application-overview": filing,
        "application-criterion": {**filing, "criterion": "scale"},
        "evidence-file": {**filing, "evidence": own.pk},
        "evidence-remove": {**filing, "evidence": own.pk},
        "application-check": filing,
        "application-explanation": filing,
        "application-hand-over": filing,
        "application-send-back": filing,
        "application-submit": filing,
        "application-receipt": {"pk": county.case.application_id},
        "case": case,
        "api-case": case,
        "case-explanation": case,
        "case-decide": case,
        "case-units": case,
        "opinion": {**case, "opinion": opinion.pk},
        "case-experts": case,
        "sheet": {**case, "sheet": sheet.pk},
        "case-withdraw": case,
        "case-evidence-file": {**case, "evidence": filed.pk},
        "meeting": {"pk": county.meeting.pk},
        "notice": notice,
        "public-notice": notice,
        "document": document,
        "document-edit": document,
        "document-preview": document,
        "document-issue": document,
        "document-file": document,
        "public-document": document,
        "public-document-file": document,
        "ledger-entry": {"pk": LedgerEntry.objects.filter(verb="issue_document").latest("pk").pk},
        "job": job,
        "job-progress": job,
        "job-file": job,
        "criteria-set": law,
        "criteria-trial": law,
        "public-criteria": law,
        "policy": policy,
        "public-policy": policy,
    }


def patterns(
    entries: list[URLPattern | URLResolver], above: frozenset[str] = frozenset()
) -> Iterator[tuple[URLPattern, set[str]]]:
    """Every pattern of the URL configuration with what it and those above it take."""
    for entry in entries:
        taken = above | set(entry.pattern.converters)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, taken)
        else:
            yield entry, set(taken)


@functools.cache
def parameters() -> dict[str, set[str]]:
    """Every named address with the parameters it takes."""
    found: dict[str, set[str]] = {}
    for pattern, taken in patterns(get_resolver().url_patterns):
        assert pattern.name, f"the address {pattern.pattern} has no name"
        assert pattern.name not in found, f"two addresses are called {pattern.name}"
        found[pattern.name] = taken
    return found


def office_names() -> list[str]:
    """Addresses inside an office's workspace."""
    return sorted(name for name, taken in parameters().items() if "office" in taken)


def object_names() -> list[str]:
    """Addresses inside a workspace that name an object."""
    return [name for name in office_names() if parameters()[name] != {"office"}]


def list_names() -> list[str]:
    """Addresses inside a workspace that name nothing but the office."""
    return [name for name in office_names() if parameters()[name] == {"office"}]


def address(county: County, name: str, slug: str) -> str:
    """The address with our county's objects in the workspace of an office."""
    taken = parameters()[name] - {"office"}
    county.filled = county.filled or fillings(county)
    filled = county.filled.get(name, {})
    assert set(filled) == taken, f"tests/test_access.py cannot fill {name}({', '.join(taken)})"
    office = {"office": slug} if "office" in parameters()[name] else {}
    return reverse(name, kwargs={**filled, **office})


def ask(client: Client, method: str, url: str, actor: Actor | None = None) -> int:
    """The status of a request that leaves nothing behind."""
    post = {"acting_post": actor.post.pk} if actor and actor.post else {}
    with transaction.atomic():
        if method == "GET":
            query = {"post": post["acting_post"]} if post else {}
            response = client.get(url, query)
        else:
            response = client.post(url, post)
        if response.streaming:
            assert b"".join(response)  # read to the end, which closes the file
        transaction.set_rollback(True)
    return int(response.status_code)


def slug_of(actor: Actor) -> str:
    """The slug of the actor's own office."""
    assert actor.office is not None
    return actor.office.slug


def without_method(county: County, name: str, method: str) -> bool:
    """Whether nobody may use this method on the address, whatever the object."""
    if (name, method) not in county.closed:
        actor = county.world.actor(f"{HOME}.clerk")
        status = ask(client_of(actor), method, address(county, name, HOME), actor)
        county.closed[name, method] = status == 405
    return county.closed[name, method]


# --- everything is known --------------------------------------------------------------------------


def test_every_address_can_be_filled(county: County) -> None:
    for name in parameters():
        assert address(county, name, HOME)
    unknown = set(fillings(county)) - set(parameters())
    assert not unknown, f"no such address any more: {unknown}"


def test_public_addresses_are_the_listed_ones() -> None:
    outside = {name for name, taken in parameters().items() if "office" not in taken}
    assert outside <= PUBLIC | SIGNED_IN
    assert not PUBLIC & set(office_names())


# --- strangers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", FINDERS)
def test_strangers_find_nothing(county: County, who: str) -> None:
    """In our workspace and in their own, an address with our object does not exist."""
    stranger = county.world.actor(who)
    client = client_of(stranger)
    before = LedgerEntry.objects.count()
    wrong = []
    for name in object_names():
        for slug in (HOME, slug_of(stranger)):
            for method in ("GET", "POST"):
                status = ask(client, method, address(county, name, slug), stranger)
                law = name in LAW and slug != HOME and method == "GET" and status == 200
                kind = (
                    name in KINDS | LAW_STEPS | DIVIDED | CALLS | SHORTLISTS
                    and slug != HOME
                    and status in (200, 302, 403, 422)
                )
                above = name in KNOWN_ABOVE and slug == "sx" and status == 403
                if status == 404 or law or kind or above:
                    continue
                if status == 405 and without_method(county, name, method):
                    continue
                wrong.append((name, slug, method, status))
    for name in list_names():
        status = ask(client, "GET", address(county, name, HOME), stranger)
        if status not in (404, 405):
            wrong.append((name, HOME, "GET", status))
    assert wrong == []
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("who", STRANGERS)
def test_lists_of_strangers_do_not_name_our_town(county: County, who: str) -> None:
    stranger = county.world.actor(who)
    client = client_of(stranger)
    telling = []
    ours = (county.world.towns[HOME].name, county.case.number, county.document.number)
    for name in [*list_names(), *SIGNED_IN]:
        url = address(county, name, slug_of(stranger))
        response = client.get(url, follow=True)
        absent = {404} if name in SIGNED_IN or name in OFFICES_ONLY else set()
        known = {200, 403, 405} | absent
        assert response.status_code in known, (name, response.status_code)
        telling += [(name, word) for word in ours if word in response.content.decode()]
    assert telling == []


def test_appointment_that_ended_gives_nothing(county: County) -> None:
    clerk = county.world.actor(f"{HOME}.clerk")
    client = client_of(clerk)
    assert ask(client, "GET", address(county, "case", HOME), clerk) == 200
    end_appointment(clerk)
    wrong = [
        (name, method, status)
        for name in office_names()
        for method in ("GET", "POST")
        if (status := ask(client, method, address(county, name, HOME), clerk)) not in (404, 405)
    ]
    assert wrong == []
    assert county.world.towns[HOME].name not in client.get("/home/").content.decode()


def test_appointment_of_tomorrow_gives_nothing_today(county: County) -> None:
    clerk = county.world.actor(f"{HOME}.clerk")
    assert clerk.user is not None
    clerk.user.appointments.update(valid_from=clock.today() + timedelta(days=1))
    assert ask(client_of(clerk), "GET", address(county, "cases", HOME), clerk) == 404


def test_account_without_a_post_gives_nothing(county: County) -> None:
    client = Client()
    client.force_login(make_person("nobody"))
    wrong = [
        (name, status)
        for name in office_names()
        if (status := ask(client, "GET", address(county, name, HOME))) not in (404, 405)
    ]
    assert wrong == []


def test_another_post_of_the_same_person_opens_nothing(county: County) -> None:
    """The acting post decides: a neighbour's post does not lend its person our county's."""
    neighbour = county.world.actor(f"{NEIGHBOUR}.clerk")
    clerk = county.world.actor(f"{HOME}.clerk")
    assert clerk.post is not None
    url = address(county, "case", NEIGHBOUR)
    assert client_of(neighbour).get(url, {"post": clerk.post.pk}).status_code == 404


def test_anonymous_visitors_are_asked_to_sign_in(county: County) -> None:
    client = Client()
    wrong = []
    for name in [*office_names(), *SIGNED_IN]:
        for method in ("GET", "POST"):
            url = address(county, name, HOME)
            response = client.get(url) if method == "GET" else client.post(url)
            to_login = response.status_code == 302 and response["Location"].startswith(
                reverse("login")
            )
            refused = name.startswith("api-") and response.status_code in (401, 403, 405)
            if not (to_login or refused):
                wrong.append((name, method, response.status_code))
    assert wrong == []
    assert isinstance(client.get("/public/notices/").wsgi_request.user, AnonymousUser)


def test_public_addresses_answer_everybody(county: County) -> None:
    client = Client()
    wrong = []
    for name in sorted(PUBLIC & set(parameters())):
        status = ask(client, "GET", address(county, name, ""))
        expected = {
            "root": (302,),
            "verify-compare": (302,),  # without a file it leads to the form
            "logout": (405,),
            "session-stay": (405,),
            "styleguide": (404,),
        }.get(name, (200,))
        if status not in expected:
            wrong.append((name, status))
    assert wrong == []


def test_public_files_wait_for_the_stored_document(county: County) -> None:
    """Drafts are nobody's business outside the office."""
    hidden = OfficialDocument.objects.create(
        office=county.document.office,
        kind=county.document.kind,
        title="拟稿",
        addressees="各单位",
        body="正文",
        created_at=clock.now(),
    )
    for name in ("public-document", "public-document-file"):
        assert Client().get(reverse(name, args=[hidden.pk])).status_code == 404
