"""States that actions of the table need, each with the keyword arguments it leads to.

Each function gets the objects of one office. It may act itself: whatever it does is rolled back
with the row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from criteria.queries import sets_in_force, spec_of
from portal.core import clock
from portal.core.actions.absence import deputise, record_leave
from portal.core.actions.appointments import appoint
from portal.core.actions.importing import Workbook
from portal.core.actions.offices import add_unit
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS
from portal.core.imports import Line
from portal.core.models import Appointment, Office, Post, User
from reviews.chain import current_chain
from tests.access.ground import HOME, Held
from tests.factories import client_of, make_person, make_post, make_town
from tests.scenario import PDF, answer_all
from towns.actions.granting import grant_town
from towns.actions.on_behalf import start_on_behalf
from towns.models import Application, Round

Arguments = dict[str, Any]
Prepare = Callable[[Held], Arguments]


# --- who and where --------------------------------------------------------------------------------


def who(held: Held, kind: str) -> Actor:
    return held.world.actor(f"{HOME}.{kind}")


def office(held: Held) -> Office:
    return held.world.offices[HOME]


def post(held: Held, kind: str) -> Post:
    post = who(held, kind).post
    assert post is not None
    return post


def appointment(held: Held, kind: str) -> Appointment:
    return Appointment.objects.get(post=post(held, kind))


def vacant(held: Held, kind: str = "checker") -> Post:
    group = Group.objects.create(name=f"vacant-{held.slug}-{kind}")
    title = POST_KINDS[kind].label
    return Post.objects.create(office=office(held), kind=kind, title=title, group=group)


def person(held: Held) -> User:
    user = make_person(f"{held.slug}.newcomer", "新来同志")
    user.home_office = office(held)
    user.save()
    return user


# --- towns ----------------------------------------------------------------------------------------


def filing(held: Held) -> Arguments:
    return {"application": held.county.filing}


def on_trial(held: Held) -> Arguments:
    """An application of a round on trial that a colleague of the office has handed over."""
    call = held.world.rounds["county" if held.slug == HOME else "province"]
    Round.objects.filter(pk=call.pk).update(trial=True)
    call.refresh_from_db()
    colleague = make_post(call.office, "clerk", f"{held.slug}.typist")
    town = make_town(held.world.regions["141033"], f"蒲县试填{held.slug}专业镇", "核桃")
    application = start_on_behalf(actor=colleague, town=town, call=call)
    answer_all(colleague, application)
    Application.objects.filter(pk=application.pk).update(state="ready")
    return {"application": application}


def criterion(application: Application) -> str:
    return spec_of(application.criteria_set).criteria[0].key


def condition(held: Held) -> Arguments:
    spec = spec_of(held.county.filing.criteria_set)
    rows = [row for item in spec.criteria for row in item.conditions]
    relaxable = next((row for row in rows if row.relaxation), rows[0])
    return {**filing(held), "condition": relaxable.key, "reason": "受市场影响，申请放宽。"}


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.pdf", PDF + b"more", "application/pdf")


def membership(held: Held) -> Arguments:
    town = held.world.towns[HOME]
    row = town.memberships.filter(role="supporting").first()
    assert row is not None
    return {"town": town, "membership_id": row.pk}


def call(held: Held) -> Arguments:
    call, today = held.world.rounds["county"], clock.today()
    chain = current_chain(call.level)
    return {
        # Another version may have taken the place of the one that the round keeps.
        "criteria_set": sets_in_force({call.level: call.criteria_set.region})[call.level],
        "chain": (chain.key, chain.version),
        "key": f"{held.slug}-next",
        "title": "下一批次申报",
        "year": today.year,
        "figures_year": today.year - 1,
        "opens_on": today,
        "closes_on": today + timedelta(days=30),
    }


def grant(held: Held) -> Arguments:
    filer = vacant_filer(held)
    return {
        "town": held.world.towns[HOME],
        "post": filer,
        "since": clock.today(),
        "until": None,
        "reason": "填报授权",
    }


def vacant_filer(held: Held) -> Post:
    region = held.world.towns[HOME].county
    unit = Office.objects.get(region=region, kind="filing_unit")
    group = Group.objects.create(name=f"vacant-{held.slug}-filer")
    return Post.objects.create(office=unit, kind="filer", title="填报人", group=group)


def town_grant(held: Held) -> Arguments:
    county = held.world.towns[HOME].county
    director = next(
        actor
        for name, actor in held.world.actors.items()
        if name.endswith(".office_director")
        and actor.office
        and actor.office.region == county
        and not name.startswith(("granted", "expired", "former"))
    )
    return {"grant": grant_town(actor=director, **grant(held)), "reason": "授权有误"}


# --- reviews --------------------------------------------------------------------------------------


def scores(held: Held) -> Arguments:
    criteria = spec_of(held.scoring.application.criteria_set).criteria
    return {
        "case_id": held.scoring.pk,
        "sheet_id": held.scoring.sheets.get().pk,
        "scores": {row.key: (Decimal(8), "符合") for row in criteria},
        "comment": "总体较好",
        "submit": True,
    }


def notice(held: Held) -> Arguments:
    return {
        "case_ids": [held.to_publish.pk],
        "title": "公示",
        "body": "现予公示。",
        "starts_on": clock.today(),
        "working_days": 5,
        "first_day_counts": True,
        "contact": "综合科",
        "phone": "0357-5322001",
    }


def results(items: Any, outcome: str) -> dict[int, tuple[str, str]]:
    return {item.pk: (outcome, "同意") for item in items.all()}


# --- offices and posts ----------------------------------------------------------------------------


def appointing(held: Held) -> Arguments:
    return {"post": vacant(held), "user": person(held), "since": clock.today()}


def new_appointment(held: Held) -> Arguments:
    row = appoint(actor=who(held, "system_admin"), **appointing(held))
    return {"appointment": row, "reason": "登记有误"}


def leave(held: Held) -> Arguments:
    return {
        "appointment": appointment(held, "signer"),
        "kind": "leave",
        "since": clock.today(),
        "until": clock.today() + timedelta(days=5),
        "reason": "年休假",
    }


def running_leave(held: Held) -> Arguments:
    row = record_leave(actor=who(held, "system_admin"), **leave(held))
    return {"leave": row, "on": clock.today()}


def deputy(held: Held) -> Arguments:
    return {
        "post": post(held, "signer"),
        "deputy": post(held, "deputy_leader"),
        "since": clock.today(),
        "until": clock.today() + timedelta(days=5),
        "reason": "外出学习",
    }


def running_deputy(held: Held) -> Arguments:
    grant = deputise(actor=who(held, "system_admin"), **deputy(held))
    return {"grant": grant, "reason": "提前返岗"}


def unit(held: Held, name: str = "文旅局") -> Arguments:
    return {"parent": office(held), "name": name, "kind": "member_unit", "source": "机构改革"}


def units(held: Held) -> list[Office]:
    admin = who(held, "system_admin")
    since = clock.today() - timedelta(days=1)
    return [add_unit(actor=admin, **unit(held, name), since=since) for name in ("文旅局", "商务局")]


# --- accounts -------------------------------------------------------------------------------------


def locked(held: Held) -> Arguments:
    user = person(held)
    AccessAttempt.objects.create(
        username=user.username, ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    return {"user": user}


def second_factor(held: Held) -> Arguments:
    user = person(held)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return {"user": user, "reason": "手机遗失"}


def signed_in(held: Held) -> Arguments:
    user = person(held)
    key = client_of(Actor(name=str(user), user=user)).session.session_key
    UserSession.objects.create(user=user, session_key=key, ip="10.0.0.1", user_agent="x")
    return {"user": user}


def disabled(held: Held) -> Arguments:
    user = person(held)
    user.is_active = False
    user.save()
    return {"user": user, "reason": "返岗"}


def book(held: Held) -> Arguments:
    cells = {
        "username": "li.lei",
        "display_name": "李雷",
        "phone": "",
        "office": office(held).name,
        "post": "",
        "title": "",
        "since": "",
        "source": "",
    }
    return {"book": Workbook("people.xlsx", "0" * 64, [Line(2, cells)])}
