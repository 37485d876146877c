"""After a save the row must still be in the writer's scope, or nothing of the action remains.

No form of the portal moves a row to another region, so a trigger of the database does it here: it
pushes whatever an action saves in one table to another county, and the action has to notice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actions import documents as drafting
from portal.core.actions.documents import Draft
from portal.core.actor import Actor, acting_seat
from portal.core.documents.kinds import Texts
from portal.core.documents.stored import texts_of
from portal.core.errors import Refused
from portal.core.ledger import record
from portal.core.models import LedgerEntry, NumberSeries, OfficialDocument
from portal.core.models.scoped import OUT_OF_SCOPE
from reviews import actions as reviewing
from reviews.actions.visits import Terms
from reviews.chain import current_chain
from reviews.models import Case, Meeting, PublicNotice, StepRun, Visit
from tests.access.subjects.towns import named_on_paper
from tests.factories import World, make_draft, make_town, make_world
from tests.scenario import (
    PDF,
    convene,
    draft,
    draft_notice,
    drive,
    file,
    open_run,
    publish,
    ready,
    ready_to_issue,
)
from towns import actions as filling
from towns.actions.drafting import autosave_section
from towns.constants import COMMITMENTS
from towns.models import (
    Answer,
    Application,
    Certification,
    Evidence,
    RelaxationRequest,
    Round,
    Simulation,
    Town,
)
from towns.sections import find_section

pytestmark = pytest.mark.django_db

WATCHED: tuple[type[models.Model], ...] = (
    Answer, Application, Case, Certification, Evidence, LedgerEntry, Meeting, NumberSeries,
    OfficialDocument, PublicNotice, RelaxationRequest, Round, Simulation, StepRun, Town,
)  # fmt: skip


@dataclass
class Attempt:
    """An action about to run, and the column whose saved value leads out of the region."""

    model: type[models.Model]
    column: str
    run: Callable[[], object]


def elsewhere(world: World, column: str) -> object:
    """The value of the column in another city's county."""
    return {
        "scope_code": "140525",
        "town_id": world.towns["zezhou"].pk,
        "office_id": world.offices["zezhou"].pk,
    }[column]


def push_out(model: type[models.Model], column: str, value: object) -> None:
    """From now on every row saved in the table belongs to another region."""
    literal = f"'{value}'" if isinstance(value, str) else str(value)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION push_out() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN NEW.{column} := {literal}; RETURN NEW; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER push_out BEFORE INSERT OR UPDATE ON {model._meta.db_table} "
            "FOR EACH ROW EXECUTE FUNCTION push_out()"
        )


def everything() -> dict[str, list[Any]]:
    """All rows of the watched tables."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in WATCHED
    }


# --- filing -------------------------------------------------------------------------------------


def _filer(world: World) -> Actor:
    return world.actor("puxian.filer")


def start(world: World) -> Attempt:
    town, call = world.towns["puxian"], world.rounds["county"]
    return Attempt(
        Application,
        "town_id",
        lambda: filling.start_application(actor=_filer(world), town=town, call=call),
    )


def enter(world: World) -> Attempt:
    town, call = world.towns["puxian"], world.rounds["county"]
    return Attempt(
        Application,
        "scope_code",
        lambda: filling.start_on_behalf(
            actor=_clerk(world), town=town, call=call, reason="没有接入专网"
        ),
    )


def give_up(world: World) -> Attempt:
    application = filling.start_on_behalf(
        actor=_clerk(world),
        town=world.towns["puxian"],
        call=world.rounds["county"],
        reason="没有接入专网",
    )
    return Attempt(
        Application,
        "scope_code",
        lambda: filling.give_up_on_behalf(
            actor=_clerk(world), application=application, reason="改由单位填报"
        ),
    )


def simulate(world: World) -> Attempt:
    found = make_draft(world.offices["puxian"])
    return Attempt(
        Simulation,
        "office_id",
        lambda: filling.start_simulation(
            actor=world.actor("puxian.clerk"), criteria_set=found, year=clock.today().year - 1
        ),
    )


def _on_draft(name: str, **given: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        application = draft(world, "county", "puxian")
        if name.endswith("_evidence") and name != "attach_evidence":
            given["evidence_id"] = application.evidence.get().pk
        if name == "move_evidence":
            filling.attach_evidence(
                actor=_filer(world),
                application=application,
                criterion=application.evidence.get().criterion,
                title="另一份",
                upload=SimpleUploadedFile("next.pdf", PDF + b"%next", "application/pdf"),
            )
        action: Callable[..., object] = getattr(filling, name)
        return Attempt(
            Application,
            "town_id",
            lambda: action(actor=_filer(world), application=application, **given),
        )

    return build


def drop_what_waits(world: World) -> Attempt:
    application = draft(world, "county", "puxian")
    name = "state_testing"
    autosave_section(
        actor=_filer(world),
        application=application,
        key="functions",
        opened=stored_texts(application, "functions"),
        typed={name: "building"},
    )
    return Attempt(
        Application,
        "town_id",
        lambda: filling.drop_typed(
            actor=_filer(world), application=application, key="functions", names=[name]
        ),
    )


def copy_an_earlier_one(world: World) -> Attempt:
    source = draft(world, "county", "puxian")
    Application.objects.filter(pk=source.pk).update(state="withdrawn", submitted_at=clock.now())
    return Attempt(
        Application,
        "town_id",
        lambda: filling.copy_application(
            actor=_filer(world),
            town=world.towns["puxian"],
            call=world.rounds["county"],
            source=source,
        ),
    )


def stored_texts(application: Application, key: str) -> dict[str, str]:
    section = find_section(application, key)
    assert section is not None
    return section.stored(application)


def relax(world: World) -> Attempt:
    application = draft(world, "province", "puxian")
    condition = next(
        item.key
        for row in spec_of(application.criteria_set).criteria
        for item in row.conditions
        if item.relaxation is not None
    )
    return Attempt(
        Application,
        "town_id",
        lambda: filling.request_relaxation(
            actor=_filer(world), application=application, condition=condition, reason="申请放宽"
        ),
    )


def send_back(world: World) -> Attempt:
    application = ready(world, "county", "puxian")
    return Attempt(
        Application,
        "town_id",
        lambda: filling.send_back_to_filer(
            actor=world.actor("puxian.submitter"), application=application, reason="请核对"
        ),
    )


def submit(world: World) -> Attempt:
    application = ready(world, "county", "puxian")
    return Attempt(
        Application,
        "town_id",
        lambda: reviewing.submit_application(
            actor=world.actor("puxian.submitter"), application=application
        ),
    )


def submit_a_trial(world: World) -> Attempt:
    application = ready(world, "county", "puxian")
    Round.objects.filter(pk=application.round_id).update(trial=True)
    office = world.offices["puxian"]
    Application.objects.filter(pk=application.pk).update(trial=True, entered_by=office)
    return Attempt(
        Application,
        "scope_code",
        lambda: reviewing.submit_on_trial(actor=_clerk(world), application=application),
    )


def withdraw(world: World) -> Attempt:
    case = file(world, "county", "puxian")
    return Attempt(
        Application,
        "town_id",
        lambda: reviewing.withdraw_application(
            actor=world.actor("puxian.submitter"), case_id=case.pk, reason="另行申报"
        ),
    )


# --- offices ------------------------------------------------------------------------------------


def _clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def _at(world: World, step: str) -> Case:
    return drive(world, file(world, "county", "puxian"), step)


def open_a_round(world: World) -> Attempt:
    today, chain = clock.today(), current_chain("county")
    return Attempt(
        Round,
        "office_id",
        lambda: filling.open_round(
            actor=_clerk(world),
            criteria_set=world.rounds["county"].criteria_set,
            chain=(chain.key, chain.version),
            key="another",
            title="补充批次",
            year=today.year,
            figures_year=today.year - 1,
            opens_on=today,
            closes_on=today + timedelta(days=30),
            step_days={"county_accept": 5},
            notice_days=5,
        ),
    )


def change_a_round(world: World) -> Attempt:
    call = world.rounds["county"]
    return Attempt(
        Round,
        "office_id",
        lambda: reviewing.change_round(actor=_clerk(world), call=call, wanted={"note": "提前准备"}),
    )


def end_a_trial(world: World) -> Attempt:
    call = world.rounds["county"]
    tomorrow = clock.today() + timedelta(days=1)
    Round.objects.filter(pk=call.pk).update(trial=True, opens_on=tomorrow)
    return Attempt(Round, "office_id", lambda: filling.end_trial(actor=_clerk(world), call=call))


def decide(world: World) -> Attempt:
    case = _at(world, "county_accept")
    run = open_run(case)
    return Attempt(
        Case,
        "scope_code",
        lambda: reviewing.decide_step(
            actor=_clerk(world), case_id=case.pk, run_id=run.pk, outcome="accept"
        ),
    )


def _in_hand(name: str, kind: str, /, *, claimed: bool) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        case = _at(world, "county_accept")
        given: dict[str, Any] = {}
        if claimed:
            reviewing.claim_case(actor=_clerk(world), case_id=case.pk)
        if name == "take_over_case":
            given["reason"] = "原承办人请假"
        if name == "hand_over_case":
            given["post_id"] = acting_seat(world.actor("puxian.checker")).pk
        actor, action = world.actor(f"puxian.{kind}"), getattr(reviewing, name)
        return Attempt(Case, "scope_code", lambda: action(actor=actor, case_id=case.pk, **given))

    return build


def reverse(world: World) -> Attempt:
    case = _at(world, "unit_opinions")
    run = case.runs.get(step="county_accept")
    return Attempt(
        Case,
        "scope_code",
        lambda: reviewing.reverse_step(
            actor=_clerk(world), case_id=case.pk, run_id=run.pk, reason="受理有误。"
        ),
    )


def visit(world: World) -> Attempt:
    case = _at(world, "county_accept")
    terms = Terms(clock.today(), "产业园", "王核查")
    return Attempt(
        Visit,
        "office_id",
        lambda: reviewing.plan_visit(actor=_clerk(world), case_id=case.pk, terms=terms),
    )


def convene_one(world: World) -> Attempt:
    case = _at(world, "meeting")
    return Attempt(Meeting, "office_id", lambda: convene(world, case))


def _record_meeting(model: type[models.Model], column: str) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        meeting = convene(world, _at(world, "meeting"))
        results = {item.pk: ("approve", "同意") for item in meeting.items.all()}
        return Attempt(
            model,
            column,
            lambda: reviewing.record_meeting(
                actor=_clerk(world), meeting=meeting, results=results, minutes="同意。"
            ),
        )

    return build


# Notices themselves are public: everybody sees them, so what must stay in scope is the case.


def publish_one(world: World) -> Attempt:
    case = _at(world, "public_notice")
    return Attempt(Case, "scope_code", lambda: publish(world, case))


def close_one(world: World) -> Attempt:
    notice = publish(world, _at(world, "public_notice"))
    results = {item.pk: ("clear", "") for item in notice.items.all()}
    return Attempt(
        Case,
        "scope_code",
        lambda: reviewing.close_notice(actor=_clerk(world), notice=notice, results=results),
    )


def draft_one(world: World) -> Attempt:
    case = _at(world, "issue")
    return Attempt(OfficialDocument, "office_id", lambda: draft_notice(world, case))


def revise(world: World) -> Attempt:
    case = _at(world, "issue")
    document = draft_notice(world, case)
    draft = Draft(texts_of(document), document.content)
    return Attempt(
        OfficialDocument,
        "office_id",
        lambda: drafting.revise_document(actor=_clerk(world), document_id=document.pk, draft=draft),
    )


def begin(world: World) -> Attempt:
    draft = Draft(Texts("关于开会的通知", "各单位", "请参加。"), {})
    return Attempt(
        OfficialDocument,
        "office_id",
        lambda: drafting.begin_document(actor=_clerk(world), kind="notice", draft=draft),
    )


def act_on(world: World) -> Attempt:
    case = drive(world, file(world, "county"))
    target = case.runs.get(step="issue").document
    assert target is not None
    return Attempt(
        OfficialDocument,
        "office_id",
        lambda: drafting.draft_on(
            actor=_clerk(world), target_id=target.pk, relation="corrects", reason="县名有误"
        ),
    )


def _on_document(
    name: str, kind: str, /, *, sent: bool = False, **given: Any
) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        document = draft_notice(world, _at(world, "issue"))
        if sent:
            drafting.send_for_check(actor=_clerk(world), document_id=document.pk)
        actor = world.actor(f"puxian.{kind}")
        action = getattr(drafting, name)
        return Attempt(
            OfficialDocument,
            "office_id",
            lambda: action(actor=actor, document_id=document.pk, **given),
        )

    return build


def _issue(model: type[models.Model], column: str) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        document = ready_to_issue(world, draft_notice(world, _at(world, "issue")))
        return Attempt(
            model,
            column,
            lambda: drafting.issue_document(
                actor=world.actor("puxian.signer"), document=document, issued_on=clock.today()
            ),
        )

    return build


def _on_town(action_name: str, /, **given: Any) -> Callable[[World], Attempt]:
    def build(world: World) -> Attempt:
        town = world.towns["puxian"]
        common = {"on": clock.today(), "source": "县政发〔2026〕3号"} | given
        if action_name == "merge_towns":
            other = make_town(town.county, "蒲县核桃专业镇")
            common["towns"] = [town, other]
        elif action_name == "register_town":
            common["county"] = town.county
        else:
            common["town"] = town
        if action_name == "amend_town":
            del common["on"]
        action: Callable[..., object] = getattr(filling, action_name)
        return Attempt(Town, "scope_code", lambda: action(actor=_clerk(world), **common))

    return build


def attach_a_source(world: World) -> Attempt:
    certification = named_on_paper(world.towns["puxian"])
    upload = SimpleUploadedFile("list.pdf", PDF + b"%list", "application/pdf")
    return Attempt(
        Certification,
        "scope_code",
        lambda: filling.attach_source(
            actor=_clerk(world), certification=certification, upload=upload
        ),
    )


FACTS = {"industry": "核桃", "category": "agriculture"}
ATTEMPTS: dict[str, Callable[[World], Attempt]] = {
    "register_town": _on_town("register_town", name="新专业镇", **FACTS),
    "amend_town": _on_town("amend_town", products="", lead_bureau="", **FACTS),
    "rename_town": _on_town("rename_town", name="新专业镇"),
    "move_stage": _on_town("move_stage", stage="cultivating", reason="列入培育"),
    "merge_towns": _on_town("merge_towns", name="新专业镇"),
    "split_town": _on_town("split_town", names=["甲专业镇", "乙专业镇"]),
    "strike_off_town": _on_town("strike_off_town", reason="产业转移"),
    "attach_source": attach_a_source,
    "start_application": start,
    "start_on_behalf": enter,
    "give_up_on_behalf": give_up,
    "start_simulation": simulate,
    "save_overview": _on_draft(
        "save_overview", contact="张联系", contact_phone="0357-5322000", summary="概述"
    ),
    "save_answer": _on_draft("save_answer", criterion="scale", text="情况属实"),
    "save_section": _on_draft(
        "save_section", key="facts", opened=None, typed={"contact": "张联系"}
    ),
    "autosave_section": _on_draft(
        "autosave_section", key="industry", opened={}, typed={"industry_text": "肉牛"}
    ),
    "request_relaxation": relax,
    "attach_evidence": _on_draft(
        "attach_evidence",
        criterion="scale",
        title="证明",
        upload=SimpleUploadedFile("new.pdf", PDF + b"%another", "application/pdf"),
    ),
    "attach_files": _on_draft(
        "attach_files",
        criterion="scale",
        files=[SimpleUploadedFile("more.pdf", PDF + b"%more", "application/pdf")],
    ),
    "remove_evidence": _on_draft("remove_evidence"),
    "reuse_evidence": _on_draft("reuse_evidence", criterion="scale", slot=""),
    "amend_evidence": _on_draft("amend_evidence", title="另一名称", slot="", pages=""),
    "move_evidence": _on_draft("move_evidence", up=False),
    "attach_request": _on_draft("attach_request", number="蒲政请〔2026〕9号"),
    "remove_request": _on_draft("remove_request"),
    "sign_commitments": _on_draft("sign_commitments", texts=COMMITMENTS),
    "save_register_section": _on_draft(
        "save_register_section",
        key="functions",
        opened=None,
        below=None,
        typed={"state_testing": "building"},
    ),
    "drop_typed": drop_what_waits,
    "prefill_application": _on_draft("prefill_application", names=["industry/industry_text"]),
    "copy_application": copy_an_earlier_one,
    "hand_over": _on_draft("hand_over"),
    "send_back_to_filer": send_back,
    "open_round": open_a_round,
    "change_round": change_a_round,
    "end_trial": end_a_trial,
    "submit_application": submit,
    "submit_on_trial": submit_a_trial,
    "withdraw_application": withdraw,
    "decide_step": decide,
    "claim_case": _in_hand("claim_case", "clerk", claimed=False),
    "take_over_case": _in_hand("take_over_case", "checker", claimed=True),
    "release_case": _in_hand("release_case", "clerk", claimed=True),
    "hand_over_case": _in_hand("hand_over_case", "clerk", claimed=True),
    "reverse_step": reverse,
    "plan_visit": visit,
    "convene_meeting": convene_one,
    "record_meeting": _record_meeting(Meeting, "office_id"),
    "record_meeting (case)": _record_meeting(Case, "scope_code"),
    "publish_notice": publish_one,
    "close_notice": close_one,
    "draft_certification": draft_one,
    "begin_document": begin,
    "draft_on": act_on,
    "revise_document": revise,
    "set_cosigners": _on_document("set_cosigners", "clerk", organs=[]),
    "send_for_check": _on_document("send_for_check", "clerk"),
    "recall_document": _on_document("recall_document", "clerk", sent=True),
    "check_document": _on_document("check_document", "checker", sent=True),
    "return_for_revision": _on_document(
        "return_for_revision", "checker", sent=True, opinion="请核对"
    ),
    "issue_document": _issue(OfficialDocument, "office_id"),
    "issue_document (case)": _issue(Case, "scope_code"),
    "issue_document (certification)": _issue(Certification, "scope_code"),
    "issue_document (town)": _issue(Town, "scope_code"),
}
# Actions that save no row with a region of its own: what they save hangs from a row that they have
# locked and do not move.
CHILDREN_ONLY = {
    "set_quotas": "名额 of a locked round, which it holds",
    "add_slot": "材料清单 of a locked round, which it holds",
    "change_slot": "材料清单 of a locked round, which it holds",
    "remove_slot": "材料清单 of a locked round, which it holds",
    "move_slot": "材料清单 of a locked round, which it holds",
    "copy_slots": "材料清单 of a locked round, which it holds",
    "grant_extension": "延期 of a locked round, which it holds",
    "revoke_extension": "延期 of a locked round, which it holds",
    "discard_trial": "takes the applications of a trial away",
    "remind_towns": "通知 to the offices concerned with towns of a locked round",
    "start_offline": "the import of the acting post",
    "grant_sections": "授权 of a locked application, which it holds",
    "revoke_sections": "授权 of a locked application, which it holds",
    "commit_offline": "the import of the acting post",
    "abandon_offline": "the import of the acting post",
    "keep_offline": "what a check found, with the import of the acting post",
    "rehearse_offline": "takes everything back",
    "enter_offline": "through save_section and importers, and holds the application",
    "note_presence": "who has a section open, besides the application, which stays as it is",
    "add_paper": "文件 of a locked town",
    "withdraw_paper": "文件 of a locked town",
    "add_member": "企业名单 of a locked town",
    "end_membership": "企业名单 of a locked town",
    "change_role": "企业名单 of a locked town",
    "amend_member": "企业名单 of a locked town",
    "rename_enterprise": "entered for each of its locked towns",
    "record_figures": "年度数据 of a locked town",
    "correct_figures": "年度数据 and 更正 of a locked town",
    "confirm_figures": "the state of a year of a locked town, which it holds",
    "return_figures": "the state of a year of a locked town, which it holds",
    "record_enterprise_figures": "年度数据 of a locked enterprise, through a locked town",
    "set_functions": "公共服务功能 of a locked town",
    "add_honour": "荣誉 of a locked town or its member",
    "amend_honour": "荣誉 of a locked town or its member",
    "revoke_honour": "荣誉 of a locked town or its member",
    "add_platform": "平台 of a locked town",
    "amend_platform": "平台 of a locked town",
    "end_platform": "平台 of a locked town",
    "grant_town": "授权 of a locked town, which it holds",
    "revoke_town_grant": "授权 of a locked town",
    "ask_units": "会审意见 and grants of a locked case",
    "reconfirm_opinion": "会审意见 of a locked case",
    "set_criterion_units": "条款分工 of the acting office",
    "add_note": "内部备注 of a locked case",
    "save_phrase": "常用意见 of the acting post",
    "remove_phrase": "常用意见 of the acting post",
    "reaffirm_step": "through decide_step, which holds the case",
    "record_visit": "现场核查 of a locked case, which it holds",
    "cancel_visit": "现场核查 of a locked case, which it holds",
    "add_photos": "照片 of a locked visit",
    "remove_photo": "照片 of a locked visit",
    "save_shortlist": "推荐名单 of the acting office, which it holds",
    "confirm_shortlist": "推荐名单 of the acting office; move_case holds its cases",
    "promote_reserve": "推荐名单 of the acting office; move_case holds the case",
    "draft_recommendation": "through create_document, which holds the draft",
    "give_opinion": "会审意见 of a locked case",
    "receive_paper_copies": "纸质件 of a locked case, which it holds",
    "undo_paper_copies": "纸质件 of a locked case, which it holds",
    "assign_experts": "评分表 and grants of a locked case",
    "save_scores": "评分 of a locked case",
    "discard_document": "takes a draft away",
    "cosign_document": "signed by an organ elsewhere, or the state of a locked draft",
    "lock_document": "locks, saves nothing",
    "set_number_rule": "编号规则 of the acting office",
    "void_number": "发文字号 of the acting office",
    "request_rendition": "a job",
    "request_preview": "a job",
    "end_certifications": "called by issue_document through reviews, which holds its rows",
    "certify_town": "called by issue_document, which holds its rows",
    "store_rendition": "the system's own, of an issued document that never moves",
    "add_rendition": "版式件 of a locked document, issued: it never moves",
    "assess_round": "评定结果 of applications that do not move, by a job",
    "freeze_application": "called inside actions that hold the case",
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_row_that_leaves_the_region_takes_the_action_with_it(name: str) -> None:
    world = make_world()
    attempt = ATTEMPTS[name](world)
    push_out(attempt.model, attempt.column, elsewhere(world, attempt.column))
    before = everything()
    with pytest.raises(Refused, match=OUT_OF_SCOPE):
        attempt.run()
    assert everything() == before


def test_every_action_on_towns_and_cases_is_tried_or_has_a_reason() -> None:
    tried = {name.partition(" ")[0] for name in ATTEMPTS}
    documents = {name for name in drafting.__all__ if inspect.isfunction(getattr(drafting, name))}
    assert {*filling.__all__, *reviewing.__all__, *documents} == tried | set(CHILDREN_ONLY)
    assert not tried & set(CHILDREN_ONLY)


def test_the_ledger_refuses_an_entry_about_another_region() -> None:
    world = make_world()
    town = world.towns["zezhou"]
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused, match=OUT_OF_SCOPE):
        record(_clerk(world), "record_figures", town, "改数", scope_code=town.scope_code)
    assert LedgerEntry.objects.count() == before
