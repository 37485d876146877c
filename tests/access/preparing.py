"""For each action of the table: the state and the arguments with which the right person succeeds.

Each function gets the objects of one office and answers the keyword arguments without ``actor``.
It may act itself: whatever it does is rolled back with the row.
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

from criteria.queries import spec_of
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
from reviews.documents import default_texts
from tests.access.ground import HOME, Held
from tests.factories import client_of, make_person, uscc
from tests.scenario import PDF, open_run
from towns.actions.granting import grant_town
from towns.models import Application

Arguments = dict[str, Any]
Prepare = Callable[[Held], Arguments]


# --- who and where --------------------------------------------------------------------------------


def _who(held: Held, kind: str) -> Actor:
    return held.world.actor(f"{HOME}.{kind}")


def _office(held: Held) -> Office:
    return held.world.offices[HOME]


def _post(held: Held, kind: str) -> Post:
    post = _who(held, kind).post
    assert post is not None
    return post


def _appointment(held: Held, kind: str) -> Appointment:
    return Appointment.objects.get(post=_post(held, kind))


def _vacant(held: Held, kind: str = "checker") -> Post:
    group = Group.objects.create(name=f"vacant-{held.slug}-{kind}")
    title = POST_KINDS[kind].label
    return Post.objects.create(office=_office(held), kind=kind, title=title, group=group)


def _person(held: Held) -> User:
    user = make_person(f"{held.slug}.newcomer", "新来同志")
    user.home_office = _office(held)
    user.save()
    return user


# --- towns ----------------------------------------------------------------------------------------


def _filing(held: Held) -> Arguments:
    return {"application": held.county.filing}


def _criterion(application: Application) -> str:
    return spec_of(application.criteria_set).criteria[0].key


def _condition(held: Held) -> Arguments:
    spec = spec_of(held.county.filing.criteria_set)
    rows = [row for item in spec.criteria for row in item.conditions]
    relaxable = next((row for row in rows if row.relaxation_quote), rows[0])
    return {**_filing(held), "condition": relaxable.key, "reason": "受市场影响，申请放宽。"}


def _upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.pdf", PDF + b"more", "application/pdf")


def _membership(held: Held) -> Arguments:
    town = held.world.towns[HOME]
    row = town.memberships.filter(role="supporting").first()
    assert row is not None
    return {"town": town, "membership_id": row.pk}


def _call(held: Held) -> Arguments:
    call, today = held.world.rounds["county"], clock.today()
    chain = current_chain(call.level)
    return {
        "criteria_set": call.criteria_set,
        "chain": (chain.key, chain.version),
        "key": f"{held.slug}-next",
        "title": "下一批次申报",
        "year": today.year,
        "figures_year": today.year - 1,
        "opens_on": today,
        "closes_on": today + timedelta(days=30),
    }


def _grant(held: Held) -> Arguments:
    filer = _vacant_filer(held)
    return {
        "town": held.world.towns[HOME],
        "post": filer,
        "since": clock.today(),
        "until": None,
        "reason": "填报授权",
    }


def _vacant_filer(held: Held) -> Post:
    region = held.world.towns[HOME].county
    unit = Office.objects.get(region=region, kind="filing_unit")
    group = Group.objects.create(name=f"vacant-{held.slug}-filer")
    return Post.objects.create(office=unit, kind="filer", title="填报人", group=group)


def _town_grant(held: Held) -> Arguments:
    county = held.world.towns[HOME].county
    director = next(
        actor
        for name, actor in held.world.actors.items()
        if name.endswith(".office_director")
        and actor.office
        and actor.office.region == county
        and not name.startswith(("granted", "expired", "former"))
    )
    return {"grant": grant_town(actor=director, **_grant(held)), "reason": "授权有误"}


# --- reviews --------------------------------------------------------------------------------------


def _scores(held: Held) -> Arguments:
    criteria = spec_of(held.scoring.application.criteria_set).criteria
    return {
        "case_id": held.scoring.pk,
        "sheet_id": held.scoring.sheets.get().pk,
        "scores": {row.key: (Decimal(8), "符合") for row in criteria},
        "comment": "总体较好",
        "submit": True,
    }


def _notice(held: Held) -> Arguments:
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


def _texts(held: Held) -> Arguments:
    names = ("title", "addressees", "body", "copy_to", "note")
    return {name: getattr(held.draft, name) for name in names}


def _results(items: Any, outcome: str) -> dict[int, tuple[str, str]]:
    return {item.pk: (outcome, "同意") for item in items.all()}


# --- offices and posts ----------------------------------------------------------------------------


def _appointing(held: Held) -> Arguments:
    return {"post": _vacant(held), "user": _person(held), "since": clock.today()}


def _new_appointment(held: Held) -> Arguments:
    row = appoint(actor=_who(held, "system_admin"), **_appointing(held))
    return {"appointment": row, "reason": "登记有误"}


def _leave(held: Held) -> Arguments:
    return {
        "appointment": _appointment(held, "signer"),
        "kind": "leave",
        "since": clock.today(),
        "until": clock.today() + timedelta(days=5),
        "reason": "年休假",
    }


def _running_leave(held: Held) -> Arguments:
    row = record_leave(actor=_who(held, "system_admin"), **_leave(held))
    return {"leave": row, "on": clock.today()}


def _deputy(held: Held) -> Arguments:
    return {
        "post": _post(held, "signer"),
        "deputy": _post(held, "deputy_leader"),
        "since": clock.today(),
        "until": clock.today() + timedelta(days=5),
        "reason": "外出学习",
    }


def _running_deputy(held: Held) -> Arguments:
    grant = deputise(actor=_who(held, "system_admin"), **_deputy(held))
    return {"grant": grant, "reason": "提前返岗"}


def _unit(held: Held, name: str = "文旅局") -> Arguments:
    return {"parent": _office(held), "name": name, "kind": "member_unit", "source": "机构改革"}


def _units(held: Held) -> list[Office]:
    admin = _who(held, "system_admin")
    since = clock.today() - timedelta(days=1)
    return [
        add_unit(actor=admin, **_unit(held, name), since=since) for name in ("文旅局", "商务局")
    ]


# --- accounts -------------------------------------------------------------------------------------


def _locked(held: Held) -> Arguments:
    user = _person(held)
    AccessAttempt.objects.create(
        username=user.username, ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )
    return {"user": user}


def _second_factor(held: Held) -> Arguments:
    user = _person(held)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    return {"user": user, "reason": "手机遗失"}


def _signed_in(held: Held) -> Arguments:
    user = _person(held)
    key = client_of(Actor(name=str(user), user=user)).session.session_key
    UserSession.objects.create(user=user, session_key=key, ip="10.0.0.1", user_agent="x")
    return {"user": user}


def _disabled(held: Held) -> Arguments:
    user = _person(held)
    user.is_active = False
    user.save()
    return {"user": user, "reason": "返岗"}


def _book(held: Held) -> Arguments:
    cells = {
        "username": "li.lei",
        "display_name": "李雷",
        "phone": "",
        "office": _office(held).name,
        "post": "",
        "title": "",
        "since": "",
        "source": "",
    }
    return {"book": Workbook("people.xlsx", "0" * 64, [Line(2, cells)])}


# Name of the row -> arguments.
PREPARATIONS: dict[str, Prepare] = {
    "towns.start_application": lambda held: {
        "town": held.fresh_town,
        "call": held.world.rounds["county"],
    },
    "towns.save_overview": lambda held: {
        **_filing(held),
        "contact": "张联系",
        "contact_phone": "0357-5322000",
        "summary": "产业基础扎实。",
    },
    "towns.save_answer": lambda held: {
        **_filing(held),
        "criterion": _criterion(held.county.filing),
        "text": "情况属实。",
    },
    "towns.save_criterion": lambda held: {
        **_filing(held),
        "criterion": _criterion(held.county.filing),
        "text": "情况属实。",
        "relaxations": {},
    },
    "towns.request_relaxation": _condition,
    "towns.attach_evidence": lambda held: {
        **_filing(held),
        "criterion": _criterion(held.county.filing),
        "title": "证明",
        "upload": _upload(),
    },
    "towns.remove_evidence": lambda held: {
        **_filing(held),
        "evidence_id": held.county.filing.evidence.get().pk,
    },
    "towns.hand_over": _filing,
    "towns.send_back_to_filer": lambda held: {"application": held.ready, "reason": "请核对"},
    "towns.record_figures": lambda held: {
        "town": held.world.towns[HOME],
        "year": clock.today().year - 1,
        "values": {"tax": Decimal(1)},
        "source": "统计年报",
    },
    "towns.add_member": lambda held: {
        "town": held.world.towns[HOME],
        "uscc": uscc(999_999_999),
        "name": "新企业",
        "entity": "enterprise",
        "role": "supporting",
    },
    "towns.end_membership": _membership,
    "towns.set_functions": lambda held: {
        "town": held.world.towns[HOME],
        "states": {row.key: "absent" for row in held.world.towns[HOME].functions.all()},
        "platforms": {},
    },
    "towns.open_round": _call,
    "towns.grant_town": _grant,
    "towns.revoke_town_grant": _town_grant,
    "reviews.submit_application": lambda held: {"application": held.ready},
    "reviews.withdraw_application": lambda held: {"case_id": held.accept.pk, "reason": "撤回"},
    "reviews.decide_step": lambda held: {
        "case_id": held.accept.pk,
        "run_id": open_run(held.accept).pk,
        "outcome": "accept",
        "opinion": "情况属实。",
    },
    "reviews.ask_units": lambda held: {
        "case_id": held.opinions.pk,
        "office_ids": [held.world.offices[f"{HOME}-unit2"].pk],
    },
    "reviews.give_opinion": lambda held: {
        "case_id": held.opinions.pk,
        "opinion_id": held.opinions.opinions.get().pk,
        "verdict": "agree",
        "text": "无意见",
    },
    "reviews.assign_experts": lambda held: {
        "case_id": held.scoring.pk,
        "post_ids": [_post(held, "expert2").pk],
    },
    "reviews.save_scores": _scores,
    "reviews.convene_meeting": lambda held: {
        "case_ids": [held.to_convene.pk],
        "title": "领导小组会议",
        "held_on": clock.today(),
    },
    "reviews.record_meeting": lambda held: {
        "meeting": held.meeting,
        "results": _results(held.meeting.items, "approve"),
        "minutes": "同意。",
    },
    "reviews.publish_notice": _notice,
    "reviews.close_notice": lambda held: {
        "notice": held.notice,
        "results": _results(held.notice.items, "clear"),
    },
    "reviews.draft_document": lambda held: {
        "case_ids": [held.to_draft.pk],
        **default_texts(held.to_draft.office, [held.to_draft], clock.today().year),
    },
    "reviews.revise_document": lambda held: {"document_id": held.draft.pk, **_texts(held)},
    "reviews.discard_document": lambda held: {"document_id": held.draft.pk},
    "reviews.issue_document": lambda held: {"document": held.draft, "issued_on": clock.today()},
    "core.appoint": _appointing,
    "core.succeed": lambda held: {
        "post": _post(held, "signer"),
        "user": _person(held),
        "since": clock.today(),
    },
    "core.end_appointment": lambda held: {
        "appointment": _appointment(held, "signer"),
        "on": clock.today(),
        "reason": "工作调动",
    },
    "core.revoke_appointment": _new_appointment,
    "core.record_leave": _leave,
    "core.end_leave": _running_leave,
    "core.deputise": _deputy,
    "core.end_deputy": _running_deputy,
    "core.add_unit": _unit,
    "core.create_post": lambda held: {
        "office": _office(held),
        "kind": "clerk",
        "title": "科员",
        "source": "机构改革",
    },
    "core.close_post": lambda held: {
        "post": _vacant(held),
        "on": clock.today(),
        "reason": "机构改革",
    },
    "core.rename_office": lambda held: {
        "office": _office(held),
        "name": "专业镇建设领导小组办公室",
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.close_office": lambda held: {
        "office": _units(held)[0],
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.merge_offices": lambda held: {
        "offices": _units(held),
        "name": "文旅商务局",
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.split_office": lambda held: {
        "office": _units(held)[0],
        "names": ["文化局", "旅游局"],
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.create_account": lambda held: {
        "username": "li.lei",
        "display_name": "李雷",
        "office": _office(held),
    },
    "core.update_account": lambda held: {
        "user": _person(held),
        "display_name": "新名字",
        "office": _office(held),
    },
    "core.disable_account": lambda held: {"user": _person(held), "reason": "离岗"},
    "core.enable_account": _disabled,
    "core.issue_activation": lambda held: {"users": [_person(held)]},
    "core.lift_lock": _locked,
    "core.reset_second_factor": _second_factor,
    "core.end_sign_ins": _signed_in,
    "core.rehearse_import": _book,
    "core.import_accounts": _book,
}
