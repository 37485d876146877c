"""What helps deciding: phrases, internal notes, figures with last year's, an opinion maintained."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from reviews.actions import (
    add_note,
    ask_units,
    reaffirm_step,
    remove_phrase,
    save_phrase,
    submit_application,
)
from reviews.chain import RETURN
from reviews.consulting_queries import Asking
from reviews.models import Case, CaseNote, Phrase, StepRun
from reviews.models.working import NOTE_AUDIENCE_CHOICES
from tests import scenario
from tests.factories import World, client_of, make_post, make_world
from tests.papers import PDF
from tests.reviews.asking import followed, get, post, text
from tests.scenario import decide, drive, file, fresh, open_run
from tests.shortlist_world import give_places
from towns.actions import attach_files, hand_over, request_relaxation, save_overview
from towns.evidence_index import relaxation_slot
from towns.models import Application

pytestmark = pytest.mark.django_db
PAGE_BUDGET = 20
PHRASE = "材料齐全、<符合>要求，同意受理。"
SHOWN = "材料齐全、&lt;符合&gt;要求，同意受理。"
TYPED = "已核对产值。"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    return fresh(file(world, "province"))


def resubmit(world: World, case: Case, summary: str = "") -> Case:
    """Correct what was asked, or nothing, and submit again."""
    application = Application.objects.select_related("round", "town").get(pk=case.application_id)
    filer = world.actor("puxian.filer")
    if summary:
        save_overview(
            actor=filer,
            application=application,
            contact=application.contact,
            contact_phone=application.contact_phone,
            summary=summary,
        )
    application = hand_over(actor=filer, application=scenario.complete(world, application))
    return fresh(submit_application(actor=world.actor("puxian.submitter"), application=application))


# --- evidence -------------------------------------------------------------------------------------


def test_what_backs_a_relaxation_stands_with_the_request(world: World) -> None:
    """And every piece says where to look in it."""
    application, condition = scenario.draft(world, "province"), "output_agriculture_light_craft"
    filer = world.actor("puxian.filer")
    request_relaxation(
        actor=filer, application=application, condition=condition, reason="获国家地理标志"
    )
    give: dict[str, Any] = {
        "actor": filer,
        "application": application,
        "criterion": "scale",
        "pages": "1",
    }
    for name, slot in (("地理标志证书", relaxation_slot(condition)), ("产值年报", "")):
        upload = SimpleUploadedFile(f"{name}.pdf", PDF + name.encode(), "application/pdf")
        attach_files(**give, slot=slot, files=[upload])
    hand_over(actor=filer, application=scenario.complete(world, application))
    case = submit_application(actor=world.actor("puxian.submitter"), application=application)
    page = text(get(world.actor("puxian.clerk"), "case", case.pk))
    request, beside, *_ = page[page.index("获国家地理标志") :].split("</dd>")
    assert "地理标志证书" in request and "产值年报" not in request
    assert "产值年报" in beside and "地理标志证书" not in beside
    assert "请看第 1 页" in request and "请看第 1 页" in beside


# --- phrases --------------------------------------------------------------------------------------


def test_the_library_of_phrases(world: World, case: Case) -> None:
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    answer = post(clerk, "phrases", text=" ", step="county_accept", shared="on")
    assert answer.status_code == 422
    assert "请填写常用意见的内容" in text(answer)
    assert 'value="county_accept" selected' in text(answer)
    page = followed(clerk, "phrases", text=PHRASE, step="county_accept", shared="on")
    assert "常用意见已保存" in page
    assert SHOWN in page
    assert "已有相同的常用意见" in text(post(clerk, "phrases", text=PHRASE))
    followed(clerk, "phrases", text="只给自己的一句。")
    shared, own = Phrase.objects.order_by("pk")
    for name, sees in (("puxian.checker", True), ("linfen.clerk", False), ("sx.clerk", False)):
        page = text(get(world.actor(name), "phrases"))
        assert (SHOWN in page) is sees
        assert "只给自己的一句" not in page
    # Changing and deleting belong to the post that keeps it.
    assert post(checker, "phrases", phrase=shared.pk, text="改掉").status_code == 403
    assert post(checker, "phrases", phrase=shared.pk, do="remove").status_code == 403
    with pytest.raises(Stale):
        remove_phrase(actor=checker, phrase_id=own.pk)
    page = followed(clerk, "phrases", phrase=own.pk, text="改过的一句。", outcome="reject")
    assert "改过的一句" in page
    followed(clerk, "phrases", phrase=own.pk, do="remove")
    assert list(Phrase.objects.all()) == [shared]
    assert get(world.actor("puxian.filer"), "phrases").status_code == 403
    refused: list[dict[str, Any]] = [
        {"text": "长" * 501},
        {"text": "一句", "step": "nonsense"},
        {"text": "一句", "outcome": "nonsense"},
    ]
    for wrong in refused:
        with pytest.raises(ValidationError):
            save_phrase(actor=clerk, **wrong)
    # What only its post reads is not in the ledger, whose readers are more.
    told = LedgerEntry.objects.filter(verb__in=("save_phrase", "remove_phrase"))
    assert told.count() == 4
    assert not any("一句" in row.payload + row.subject + row.summary for row in told)


def test_a_phrase_goes_into_the_opinion_without_scripts(world: World, case: Case) -> None:
    clerk, run = world.actor("puxian.clerk"), open_run(case).pk
    stranger = world.actor("linfen.clerk")
    any_step = save_phrase(actor=clerk, text="可用于任何环节。")
    phrase = save_phrase(actor=clerk, text=PHRASE, step="county_accept")
    other = save_phrase(actor=stranger, text="市里的话。", shared=True)
    answer = get(clerk, "case", case.pk)
    assert [row["pk"] for row in answer.context["phrases"]] == [phrase.pk, any_step.pk]
    typed = {"outcome": "reject", "opinion": TYPED, "run": run}
    answer = post(clerk, "case-decide", case.pk, phrase=f"{phrase.pk}:opinion", **typed)
    form = answer.context["decision_form"]
    assert answer.status_code == 200
    assert form["opinion"].value() == f"{TYPED}\n{PHRASE}"
    assert form["outcome"].value() == "reject"
    assert SHOWN in text(answer)
    answer = post(clerk, "case-decide", case.pk, phrase=f"{other.pk}:opinion", **typed)
    assert answer.context["decision_form"]["opinion"].value() == TYPED
    page = text(post(clerk, "case-decide", case.pk, phrase="keep:opinion", **typed))
    assert "已存为本岗位的常用意见，本页的内容尚未提交" in page
    assert Phrase.objects.filter(text=TYPED, step="county_accept").count() == 1
    assert "已有相同的常用意见" in text(
        post(clerk, "case-decide", case.pk, phrase="keep:opinion", **typed)
    )
    assert fresh(case).step == "county_accept"
    answer = post(stranger, "case-decide", case.pk, phrase=f"{other.pk}:opinion", **typed)
    assert answer.status_code == 403


def test_a_phrase_goes_into_the_opinion_of_a_unit(world: World, case: Case) -> None:
    """Into the field it stands under; what was typed elsewhere stays, and nothing is answered."""
    case = drive(world, case, "unit_opinions")
    own, key = world.actor("sx.member"), spec_of(case.application.criteria_set).criteria[0].key
    assert own.office is not None
    asking = {own.office.pk: Asking((key,), "lead")}
    (asked,) = ask_units(
        actor=world.actor("sx.clerk"), case_id=case.pk, office_ids=[own.office.pk], fields=asking
    )
    phrase = save_phrase(actor=own, text=PHRASE)
    assert SHOWN in text(get(own, "opinion", case.pk, asked.pk))
    typed = {f"verdict_{key}": "agree", f"text_{key}": TYPED, "text": "总的话"}
    place = f"{phrase.pk}:text_{key}"
    form = post(own, "opinion", case.pk, asked.pk, phrase=place, **typed).context["form"]
    assert form[f"text_{key}"].value() == f"{TYPED}\n{PHRASE}"
    assert (form[f"verdict_{key}"].value(), form["text"].value()) == ("agree", "总的话")
    post(own, "opinion", case.pk, asked.pk, phrase=f"keep:text_{key}", **typed)
    assert Phrase.objects.filter(text=TYPED, post=own.post, step="unit_opinions").exists()
    asked.refresh_from_db()
    assert asked.given_at is None


# --- internal notes -------------------------------------------------------------------------------

READERS = {
    "post": {"puxian.clerk"},
    "office": {"puxian.clerk", "puxian.checker", "puxian.leader"},
    "above": {"puxian.clerk", "puxian.checker", "puxian.leader", "linfen.clerk", "sx.clerk"},
}


def test_a_note_is_read_by_its_audience_alone(world: World) -> None:
    case = drive(world, file(world, "province"), "expert_scoring")
    expert = world.actor("sx.expert")
    assert expert.post is not None
    scenario.assign_experts(
        actor=world.actor("sx.clerk"), case_id=case.pk, post_ids=[expert.post.pk]
    )
    clerk = world.actor("puxian.clerk")
    colleague = make_post(world.offices["puxian"], "clerk", "puxian.second")
    for audience, _ in NOTE_AUDIENCE_CHOICES:
        followed(clerk, "case-notes", case.pk, text=f"备注-{audience}", audience=audience)
    add_note(actor=world.actor("sx.clerk"), case_id=case.pk, audience="above", text="备注-省里的话")
    everybody = {name for readers in READERS.values() for name in readers}
    for name in (*sorted(everybody), "puxian.filer", "puxian.submitter", "sx.expert"):
        page = text(get(world.actor(name), "case", case.pk))
        for audience, readers in READERS.items():
            assert (f"备注-{audience}" in page) is (name in readers), (name, audience)
        assert ("备注-省里的话" in page) is (name == "sx.clerk")
    page = text(get(colleague, "case", case.pk))
    assert "备注-office" in page
    assert "备注-post" not in page
    told = LedgerEntry.objects.filter(verb="add_note")
    assert told.count() == 4
    assert not any("备注-" in f"{row.payload}{row.summary}{row.subject}" for row in told)
    assert "写内部备注" not in text(get(world.actor("sx.clerk"), "case", case.pk))


def test_what_is_wrong_with_a_note_comes_back_with_it(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    answer = post(clerk, "case-notes", case.pk, text=TYPED, audience="everybody")
    assert answer.status_code == 422
    assert TYPED in text(answer)
    assert "备注没有保存" in text(answer)
    assert post(clerk, "case-notes", case.pk, text="", audience="office").status_code == 422
    for name in ("puxian.filer", "puxian.submitter"):
        assert post(world.actor(name), "case-notes", case.pk, text=TYPED).status_code == 403
        with pytest.raises(Refused):
            add_note(actor=world.actor(name), case_id=case.pk, audience="office", text=TYPED)
    assert get(world.actor("xixian.clerk"), "case-notes", case.pk).status_code == 404
    for wrong in ({"text": " "}, {"text": "长" * 2001}, {"audience": "all"}):
        with pytest.raises(ValidationError):
            add_note(actor=clerk, case_id=case.pk, **{"audience": "office", "text": TYPED, **wrong})
    assert not CaseNote.objects.exists()
    # Sent twice it is one note; what others write, or says something else, is another.
    for _ in range(2):
        assert post(clerk, "case-notes", case.pk, text=TYPED, audience="office").status_code == 302
    assert CaseNote.objects.count() == 1
    add_note(actor=clerk, case_id=case.pk, audience="above", text=TYPED)
    checker = world.actor("puxian.checker")
    add_note(actor=checker, case_id=case.pk, audience="above", text=TYPED)
    assert CaseNote.objects.count() == 3


# --- the material ---------------------------------------------------------------------------------


def test_figures_stand_beside_those_of_the_year_before(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    snapshot = case.application.snapshot
    year = int(snapshot["year"])
    snapshot["figures"][str(year - 1)] = {"output_value": "1600000000"}
    Application.objects.filter(pk=case.application_id).update(snapshot=snapshot)
    answer = get(clerk, "case", case.pk)
    rows = {
        row["label"]: row
        for part in answer.context["parts"]
        for row in part["figures"]
        if row["before_year"]
    }
    [row] = rows.values()
    assert row["before"] == "16亿元"
    assert row["before_year"] == str(year - 1)
    assert row["change"].startswith(("+", "-"))
    page = text(answer)
    assert "16亿元" in page
    for part in answer.context["parts"]:
        first = part["card"]["clause"]["text"].splitlines()[0]
        assert first in page


def test_what_was_done_is_told_in_words_to_whom_it_concerns(world: World) -> None:
    case = file(world, "province")
    decide(world, case, "accept", "县里的意见")
    decide(world, case, "recommend", "县里的推荐意见")
    decide(world, case, "pass", "市里的意见")
    pages = {
        name: get(world.actor(name), "case", case.pk)
        for name in ("puxian.clerk", "linfen.clerk", "puxian.filer")
    }
    told = {
        name: "".join(row["text"] for row in answer.context["timeline"])
        for name, answer in pages.items()
    }
    assert "县里的推荐意见" in told["puxian.clerk"]
    assert "市里的意见" not in text(pages["puxian.clerk"])
    assert {"县里的意见", "市里的意见"} <= {
        row["text"] for row in pages["linfen.clerk"].context["decided"]
    }
    assert "意见：县里的意见" in told["linfen.clerk"]
    # Released: that the city passed it, from which office; neither name nor opinion.
    [passed] = [
        row for row in pages["puxian.clerk"].context["decided"] if row["action"] == "市级审核"
    ]
    assert (passed["word"], passed.get("who", ""), passed.get("text", "")) == ("审核通过", "", "")
    for words in ("县里的意见", "市里的意见", "县里的推荐意见", "蒲县经办"):
        assert words not in text(pages["puxian.filer"])


# --- unchanged since the own approval -------------------------------------------------------------


def returned(world: World, case: Case, words: str = "请核对") -> Case:
    """Approved by the county and returned by the city."""
    decide(world, case, "accept", "县里齐全。")
    decide(world, case, "recommend", "县里推荐。")
    return decide(world, case, RETURN, words)


def maintain(actor: Actor, case: Case, **sent: str) -> str:
    """Press the one button."""
    return followed(actor, "case-reaffirm", case.pk, run=open_run(case).pk, **sent)


def test_an_unchanged_case_is_confirmed_with_one_button(world: World, case: Case) -> None:
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    with pytest.raises(Stale, match="没有可以维持的原意见"):
        reaffirm_step(actor=clerk, case_id=case.pk, run_id=open_run(case).pk)
    case = resubmit(world, returned(world, case))
    answer = get(clerk, "case", case.pk)
    assert answer.context["since"]["may_stand"]
    assert "材料无变化，维持原意见" in text(answer)
    assert "县里齐全。" in text(answer)
    for name in ("linfen.clerk", "puxian.filer"):
        page = text(get(world.actor(name), "case", case.pk))
        assert "维持原意见" not in page
    assert post(world.actor("linfen.clerk"), "case-reaffirm", case.pk, run=1).status_code in (
        403,
        409,
    )
    # Opened from the queue, it leads on in the queue, where nothing else waits.
    page = maintain(clerk, case, queue="tab=mine")
    assert "维持原意见，现为“县级推荐”" in page
    assert "这个列表中没有其他待办的办件了" in page
    run = case.runs.get(step="county_accept", reaffirmed=True)
    assert (run.outcome, run.revision) == ("accept", 2)
    assert run.opinion == "材料无变化，维持原意见。县里齐全。"
    # Four eyes: who confirmed the acceptance does not confirm the recommendation.
    entry = LedgerEntry.objects.filter(verb="decide:accept").latest("pk")
    assert json.loads(entry.payload)["opinion"] == run.opinion
    # Places that were lowered meanwhile take back nothing that was given.
    give_places(world, 0, "puxian")
    assert "维持原意见，现为“市级审核”" in maintain(checker, fresh(case))
    # The city returned it and approved nothing: there is nothing to maintain.
    page = get(world.actor("linfen.clerk"), "case", case.pk)
    assert page.context["since"] is None


def test_a_changed_case_is_shown_with_its_changes_and_decided_anew(
    world: World, case: Case
) -> None:
    clerk = world.actor("puxian.clerk")
    case = resubmit(world, returned(world, case), summary="改写后的申报概述。")
    client, address = client_of(clerk), office_url(clerk, "case", case.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert len(captured) <= PAGE_BUDGET
    assert [row.path for row in answer.context["since"]["rows"]] == ["summary"]
    assert "1 项内容与上次办理时不同" in text(answer)
    assert "改写后的申报概述" in text(answer)
    assert "case-reaffirm" not in text(answer)
    assert "/reaffirm/" not in text(answer)
    answer = post(clerk, "case-reaffirm", case.pk, run=open_run(case).pk)
    assert answer.status_code == 409
    assert "材料与原来办理时不同" in text(answer)
    assert fresh(case).step == "county_accept"
    assert not StepRun.objects.filter(reaffirmed=True).exists()
    # A source that changed alone is no field, and is a change all the same.
    application = Application.objects.get(pk=case.application_id)
    before = case.application.submissions.get(revision=1).snapshot
    application.snapshot = {**before, "values": {**before["values"], "output_value": "1"}}
    application.save()
    answer = get(clerk, "case", case.pk)
    assert answer.context["since"]["hidden"]
    with pytest.raises(Stale):
        reaffirm_step(actor=clerk, case_id=case.pk, run_id=open_run(case).pk)


def test_an_office_that_returned_it_itself_maintains_nothing(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    case = resubmit(world, returned(world, case))
    decide(world, case, RETURN, "县里也请核对")
    case = resubmit(world, fresh(case))
    assert get(clerk, "case", case.pk).context["since"] is None
    with pytest.raises(Stale):
        reaffirm_step(actor=clerk, case_id=case.pk, run_id=open_run(case).pk)
