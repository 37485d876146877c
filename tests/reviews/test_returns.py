"""Returned for correction from every step of every chain that can return: named fields alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import add_working_days
from portal.core.errors import Refused
from portal.core.formatting import cn_date
from portal.core.models import LedgerEntry, Notification
from reviews.actions import record_meeting, submit_application
from reviews.actions.moving import Corrections
from reviews.chain import CHAINS, RETURN, Mode, Step
from reviews.models import Case
from tests import scenario
from tests.factories import World, make_world, uscc
from tests.papers import PDF
from tests.scenario import decide, drive, fresh
from towns.actions import (
    add_member,
    attach_evidence,
    attach_request,
    hand_over,
    remove_evidence,
    save_register_section,
)
from towns.actions.drafting import autosave_section, save_section
from towns.constants import Filing
from towns.correcting import asks_of, declared_fields
from towns.declared import changes, read
from towns.models import Application, Correction, Round, Submission
from towns.sections import find_section, texts, working

pytestmark = pytest.mark.django_db
# Made anew for each submission, whatever was asked.
ALWAYS = "commitments"


def send_back(world: World, case: Case, asked: Corrections, words: str) -> Case:
    """Return the case from where it stands, by a meeting where one decides."""
    if case.current.mode != Mode.MEETING:
        return decide(world, case, RETURN, words, asked)
    meeting = scenario.convene(world, case)
    item = meeting.items.get()
    record_meeting(
        actor=world.of_office(case.office, "clerk"),
        meeting=meeting,
        results={item.pk: (RETURN, words)},
        minutes="退回补正。",
        corrections={item.pk: asked},
    )
    return fresh(case)


def section_of(path: str) -> tuple[str, str]:
    """The section and the name in its form of a field that is typed."""
    head, _, rest = path.partition(".")
    return (f"criterion.{rest}", "text") if head == "answers" else ("facts", head)


def refused(actor: Actor, application: Application, path: str) -> None:
    """Neither saving nor autosaving changes a field that was not named."""
    key, name = section_of(path)
    stands = standing(application, path)
    typed: dict[str, Any] = {
        "key": key,
        "opened": {name: stands},
        "typed": {name: "锁定的内容改成这样"},
    }
    for write in (save_section, autosave_section):
        with pytest.raises(Refused, match="不在本次补正范围内"):
            write(actor=actor, application=application, **typed)
    assert standing(application, path) == stands


def standing(application: Application, path: str) -> str:
    """What is stored of a typed field."""
    head, _, rest = path.partition(".")
    if head == "answers":
        return application.answers.get(criterion=rest).text
    return str(getattr(Application.objects.get(pk=application.pk), head))


def resubmit(world: World, application: Application) -> Case:
    """Hand over and submit again."""
    county = scenario.county_key(world, application)
    scenario.complete(world, application)
    application = Application.objects.get(pk=application.pk)
    hand_over(actor=world.actor(f"{county}.filer"), application=application)
    return fresh(
        submit_application(actor=world.actor(f"{county}.submitter"), application=application)
    )


@pytest.mark.parametrize(
    ("key", "version"), CHAINS, ids=[f"{key}-{version}" for key, version in CHAINS]
)
def test_from_every_step_that_can_return(key: str, version: int) -> None:
    chain = CHAINS[key, version]
    steps = [step for step in chain.steps if RETURN in step.outcomes]
    assert steps
    world = make_world()
    call = world.rounds[chain.level]
    Round.objects.filter(pk=call.pk).update(chain_version=version)
    call.refresh_from_db()
    case = scenario.file(world, chain.level, evidence=False)
    assert (case.chain_key, case.chain_version) == (key, version)
    for times, step in enumerate(steps, start=1):
        case = drive(world, case, step.key)
        case = _return_edit_resubmit(world, case, step, times)
    assert drive(world, case).outcome == "certified"


def test_after_a_deferral_the_same_step_returns_and_returns_again() -> None:
    world = make_world()
    case = scenario.file(world, "county", evidence=False)
    step = next(
        row for row in case.chain.steps if row.mode == Mode.MEETING and "defer" in row.outcomes
    )
    for times in (1, 2):
        case = drive(world, case, step.key)
        meeting = scenario.convene(world, case)
        record_meeting(
            actor=world.of_office(case.office, "clerk"),
            meeting=meeting,
            results={meeting.items.get().pk: ("defer", "材料待核实")},
            minutes="暂缓",
        )
        case = fresh(case)
        assert (case.step, case.state) == (step.key, "open")
        case = _return_edit_resubmit(world, case, step, times)
    assert drive(world, case).outcome == "certified"


def test_a_figure_a_piece_and_the_request_are_corrected_and_nothing_else() -> None:
    world = make_world()
    case = scenario.file(world, "county")
    application = Application.objects.select_related("round", "town").get(pk=case.application_id)
    filer, before = world.actor("puxian.filer"), application.snapshot
    fields = declared_fields(application)
    year, piece = application.round.figures_year, application.evidence.get()
    figure = next(row.path for row in fields if row.path.startswith(f"figures.{year}."))
    named = [figure, f"evidence.{piece.criterion}", "request"]
    case = send_back(world, case, Corrections(dict.fromkeys(named, "核对"), 5), "请补正")
    application.refresh_from_db()

    was = read(before, figure)
    section = find_section(application, "figures")
    assert section is not None
    name = next(row for row in section.labels(application) if section.path(row) == figure)
    other = next(row for row in section.labels(application) if section.path(row) not in named)
    form: dict[str, Any] = {"actor": filer, "application": application, "key": "figures"}
    stands = texts(working(application, section))
    typed = str(Decimal(stands[name].replace(",", "")) + 1)
    with pytest.raises(Refused, match="不在本次补正范围内"):
        save_register_section(**form, opened=None, below=None, typed={other: "12345"})
    assert save_register_section(**form, opened=None, below=None, typed={name: typed})
    remove_evidence(actor=filer, application=application, evidence_id=piece.pk)
    attach_evidence(
        actor=filer,
        application=application,
        criterion=piece.criterion,
        title="补正后的证明",
        upload=SimpleUploadedFile("again.pdf", PDF + b"again", "application/pdf"),
    )
    attach_request(
        actor=filer,
        application=application,
        number="蒲政请〔2026〕13号",
        upload=SimpleUploadedFile("request2.pdf", PDF + b"request", "application/pdf"),
    )
    resubmit(world, application)
    application.refresh_from_db()
    assert _differing(before, application.snapshot, fields) == set(named)
    assert read(application.snapshot, figure) != was
    assert [row["title"] for row in application.snapshot["evidence"]] == ["补正后的证明"]
    assert application.snapshot["request"]["number"] == "蒲政请〔2026〕13号"
    assert all(row.changed for row in asks_of(application)[-1].rows)


def _return_edit_resubmit(world: World, case: Case, step: Step, times: int) -> Case:
    application = Application.objects.select_related("round", "town").get(pk=case.application_id)
    county = scenario.county_key(world, application)
    filer = world.actor(f"{county}.filer")
    fields = declared_fields(application)
    answers = [field.path for field in fields if field.path.startswith("answers.")]
    named = ["summary", answers[times % len(answers)]]
    locked = ["contact", *(path for path in answers if path not in named)][:2]
    runs = list(case.runs.values_list("pk", flat=True))
    before = application.snapshot

    case = send_back(
        world, case, Corrections(dict.fromkeys(named, f"第{times}次：核对"), 5), "请补正"
    )
    application.refresh_from_db()
    assert (case.state, application.state) == ("returned", Filing.RETURNED)
    assert not case.runs.filter(voided=False).exists()
    correction = Correction.objects.get(application=application, resolved_at=None)
    assert [item.path for item in correction.items.all()] == named
    assert correction.due_on == case.due_on == add_working_days(clock.today(), 5)
    assert (correction.step, correction.revision) == (step.key, times)
    entry = LedgerEntry.objects.filter(verb="decide:return").latest("pk")
    assert entry.audience == "filer" and "要求补正 2 项" in entry.summary
    assert all(path in entry.payload for path in named)
    told = Notification.objects.get(key=f"correction:{correction.pk}")
    assert told.office_id == (filer.office and filer.office.pk)
    assert cn_date(correction.due_on) in told.text

    for path in locked:
        refused(filer, application, path)
    add_member(
        actor=filer,
        town=application.town,
        uscc=uscc(770000 + application.town_id * 100 + times),
        name=f"后来登记的企业{times}",
        entity="enterprise",
        role="supporting",
    )
    for path in named:
        section, name = section_of(path)
        save_section(
            actor=filer,
            application=application,
            key=section,
            opened=None,
            typed={name: f"第{times}次补正：{path}"},
        )

    again = resubmit(world, application)
    application.refresh_from_db()
    assert (again.pk, again.state, again.step) == (case.pk, "open", again.chain.steps[0].key)
    assert list(again.runs.filter(voided=True).values_list("pk", flat=True)) == runs
    assert again.runs.filter(voided=False).count() == 1
    assert application.revision == times + 1
    assert list(
        Submission.objects.filter(application=application).values_list("revision", flat=True)
    ) == list(range(1, times + 2))
    assert _differing(before, application.snapshot, fields) == set(named)
    assert application.snapshot["values"] == before["values"]
    asks = asks_of(application)
    assert [ask.ordinal for ask in asks] == list(range(1, times + 1))
    assert all(row.changed for row in asks[-1].rows)
    assert asks[-1].answer is not None and asks[-1].answer.revision == times + 1
    return again


def _differing(before: Any, after: Any, fields: Any) -> set[str]:
    return {row.field.path for row in changes(before, after, fields)} - {ALWAYS}
