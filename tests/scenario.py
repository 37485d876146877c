"""Take an application through any chain, up to any step, with the real actions.

``file(world, "province")`` submits the application of the county that takes part in the round of a
level and gives the case; ``drive(world, case, "meeting")`` takes it to that step, ``drive(world,
case)`` to the end. Nothing here writes a row by itself.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from criteria.queries import spec_of
from criteria.scoring import by_experts
from portal.core import clock
from portal.core.actions.documents import check_document, issue_document, send_for_check
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.models import Office, OfficialDocument
from reviews.actions import (
    ask_units,
    assign_experts,
    close_notice,
    confirm_shortlist,
    convene_meeting,
    decide_step,
    draft_certification,
    give_opinion,
    publish_notice,
    record_meeting,
    save_scores,
    save_shortlist,
    submit_application,
)
from reviews.actions.moving import Corrections
from reviews.actions.shortlists import Ranked
from reviews.chain import OUTCOMES, Mode, Move, Step
from reviews.documents import default_texts
from reviews.models import Case, Meeting, PublicNotice, StepRun
from tests.factories import World
from tests.keeping import kept_after
from tests.papers import PDF
from towns.actions import (
    attach_evidence,
    attach_request,
    hand_over,
    save_answer,
    save_overview,
    sign_commitments,
    start_application,
)
from towns.correcting import declared_fields
from towns.models import Application

# --- filing -------------------------------------------------------------------------------------


@kept_after
def draft(world: World, level: str, county: str = "", *, evidence: bool = True) -> Application:
    """An application whose every part is filled, still with its filer."""
    county = county or world.county_of(level)
    filer, town = world.actor(f"{county}.filer"), world.towns[county]
    application = start_application(actor=filer, town=town, call=world.rounds[level])
    answer(filer, application)
    criteria = spec_of(application.criteria_set).criteria
    if evidence:
        attach_evidence(
            actor=filer,
            application=application,
            criterion=criteria[0].key,
            title="历史沿革证明",
            upload=SimpleUploadedFile("history.pdf", PDF + county.encode(), "application/pdf"),
        )
    return complete(world, application)


def answer(filer: Actor, application: Application) -> None:
    """The overview and what every criterion asks in words."""
    save_overview(
        actor=filer,
        application=application,
        contact="张联系",
        contact_phone="0357-5322000",
        summary=f"{application.town.name}产业基础扎实,现申报认定。",
    )
    for criterion in spec_of(application.criteria_set).criteria:
        save_answer(
            actor=filer,
            application=application,
            criterion=criterion.key,
            text=f"{criterion.title}:情况属实,详见佐证材料。",
        )


def answer_all(filer: Actor, application: Application) -> Application:
    """Everything that handing over asks for, by who enters the application."""
    answer(filer, application)
    application = attach_request(
        actor=filer,
        application=application,
        number="蒲政请〔2026〕12号",
        upload=SimpleUploadedFile("request.pdf", PDF, "application/pdf"),
    )
    texts = application.round.commitment_texts
    return sign_commitments(actor=filer, application=application, texts=texts)


def complete(world: World, application: Application, actor: Actor | None = None) -> Application:
    """The stamped request attached and the commitments made, as handing over wants them.

    The request stays while there is one; the commitments are made again for each submission.
    ``actor``: who fills, the town's filer unless an office enters it.
    """
    application = Application.objects.select_related("town__county", "round").get(pk=application.pk)
    filer = actor or world.actor(f"{county_key(world, application)}.filer")
    if application.request_file_id is None:
        application = attach_request(
            actor=filer,
            application=application,
            number="蒲政请〔2026〕12号",
            upload=SimpleUploadedFile("request.pdf", PDF, "application/pdf"),
        )
    texts = application.round.commitment_texts
    return sign_commitments(actor=filer, application=application, texts=texts)


def county_key(world: World, application: Application) -> str:
    """The key of the county whose town files."""
    return next(key for key, town in world.towns.items() if town.pk == application.town_id)


@kept_after
def ready(world: World, level: str, county: str = "", *, evidence: bool = True) -> Application:
    """An application handed over to its submitter."""
    application = draft(world, level, county, evidence=evidence)
    filer = world.actor(f"{county or world.county_of(level)}.filer")
    return hand_over(actor=filer, application=application)


@kept_after
def file(world: World, level: str, county: str = "", *, evidence: bool = True) -> Case:
    """A submitted application's case, at the first step of its chain."""
    application = ready(world, level, county, evidence=evidence)
    submitter = world.actor(f"{county or world.county_of(level)}.submitter")
    return submit_application(actor=submitter, application=application)


# --- steps --------------------------------------------------------------------------------------


@kept_after
def drive(world: World, case: Case, until: str = "") -> Case:
    """Take the case forward until it stands at a step, or to the end when none is named."""
    case = fresh(case)
    if until:
        case.chain.step(until)
    while case.state == "open" and case.step != until:
        advance(world, case)
        case = fresh(case)
    return case


def advance(world: World, case: Case) -> None:
    """Take the open step of the case with its favourable outcome."""
    {
        Mode.DECIDE: _decide,
        Mode.SHORTLIST: _shortlist,
        Mode.OPINIONS: _opinions,
        Mode.SCORES: _scores,
        Mode.MEETING: _meeting,
        Mode.NOTICE: _notice,
        Mode.ISSUE: _issue,
    }[case.current.mode](world, case)


def fresh(case: Case) -> Case:
    """The case as it stands now."""
    return Case.objects.select_related("application__town", "round", "office__region").get(
        pk=case.pk
    )


def open_run(case: Case) -> StepRun:
    """The open run of a case."""
    return StepRun.objects.get(case=case, finished_at__isnull=True)


def taker(world: World, office: Office, step: Step) -> Actor:
    """Who takes a step in an office: acceptance and recommendation are two people."""
    kind = {Can.RECOMMEND: "checker", Can.ISSUE: "signer"}.get(step.ability, "clerk")
    return world.of_office(office, kind)


def everything(case: Case, days: int | None = None) -> Corrections:
    """A return that names every field of the declaration."""
    rows = declared_fields(case.application)
    return Corrections(dict.fromkeys((row.path for row in rows), ""), days)


def decide(
    world: World,
    case: Case,
    outcome: str,
    opinion: str = "情况属实。",
    corrections: Corrections | None = None,
) -> Case:
    """Decide the open step of a case on its own page; a return names every field by default."""
    case = fresh(case)
    if corrections is None and outcome in OUTCOMES and OUTCOMES[outcome].move == Move.RETURN:
        corrections = everything(case)
    return decide_step(
        actor=taker(world, case.office, case.current),
        case_id=case.pk,
        run_id=open_run(case).pk,
        outcome=outcome,
        opinion=opinion,
        corrections=corrections,
    )


def _decide(world: World, case: Case) -> None:
    decide(world, case, case.current.outcomes[0])


def _shortlist(world: World, case: Case) -> None:
    signer = taker(world, case.office, case.current)
    rows = [Ranked(case.pk, "recommended", "产业基础好，择优推荐。")]
    others = Case.objects.filter(shortlist_items__shortlist__office=case.office, round=case.round)
    kept = [
        Ranked(row.pk, row.shortlist_items.get().standing, "")
        for row in others.exclude(pk=case.pk).order_by("shortlist_items__rank")
    ]
    shortlist = save_shortlist(actor=signer, call=case.round, rows=[*kept, *rows])
    confirm_shortlist(actor=signer, shortlist=shortlist)


def _opinions(world: World, case: Case) -> None:
    clerk = world.of_office(case.office, "clerk")
    units = [world.actors[f"{case.office.slug}.{name}"] for name in ("member", "member2")]
    ids = [unit.office.pk for unit in units if unit.office is not None]
    days = None if case.due_on else 5
    asked = ask_units(actor=clerk, case_id=case.pk, office_ids=ids, days=days)
    for unit, opinion in zip(units, asked, strict=True):
        give_opinion(
            actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="无意见"
        )
    decide(world, case, "conclude")


def _scores(world: World, case: Case) -> None:
    clerk = world.of_office(case.office, "clerk")
    experts = [world.actors[f"{case.office.slug}.{name}"] for name in ("expert", "expert2")]
    ids = [expert.post.pk for expert in experts if expert.post is not None]
    criteria = by_experts(spec_of(case.application.criteria_set).criteria)
    for expert, sheet in zip(
        experts, assign_experts(actor=clerk, case_id=case.pk, post_ids=ids), strict=True
    ):
        save_scores(
            actor=expert,
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores={row.key: (Decimal(8), "符合") for row in criteria},
            comment="总体较好",
            submit=True,
        )
    decide(world, case, "conclude")


def convene(world: World, case: Case) -> Meeting:
    """A planned meeting with the case on its agenda."""
    return convene_meeting(
        actor=world.of_office(case.office, "clerk"),
        case_ids=[case.pk],
        title="领导小组会议",
        held_on=clock.today(),
    )


def _meeting(world: World, case: Case) -> None:
    clerk, meeting = world.of_office(case.office, "clerk"), convene(world, case)
    results = {item.pk: ("approve", "同意") for item in meeting.items.all()}
    record_meeting(actor=clerk, meeting=meeting, results=results, minutes="同意认定。")


def publish(world: World, case: Case, *, days_ago: int = 30) -> PublicNotice:
    """A public notice of the case that began some days ago; after 30 days its window is over."""
    start = clock.today() - timedelta(days=days_ago)
    with clock.at(start):
        return publish_notice(
            actor=world.of_office(case.office, "clerk"),
            case_ids=[case.pk],
            title=f"关于拟认定{case.town_name}的公示",
            body="现予公示。",
            starts_on=start,
            working_days=5,
            first_day_counts=True,
            contact="综合科 李联系",
            phone="0357-5322001",
        )


def _notice(world: World, case: Case) -> None:
    clerk, notice = world.of_office(case.office, "clerk"), publish(world, case)
    results = {item.pk: ("clear", "") for item in notice.items.all()}
    close_notice(actor=clerk, notice=notice, results=results)


def draft_notice(world: World, case: Case) -> OfficialDocument:
    """The drafted certification notice of a case at the issuing step."""
    texts = default_texts(case.office, [case], clock.today().year)
    drafter = world.of_office(case.office, "clerk")
    return draft_certification(actor=drafter, case_ids=[case.pk], texts=texts)


def ready_to_issue(world: World, document: OfficialDocument) -> OfficialDocument:
    """The draft handed over by the clerk and agreed by the checker: it waits for the signer."""
    send_for_check(actor=world.of_office(document.office, "clerk"), document_id=document.pk)
    return check_document(
        actor=world.of_office(document.office, "checker"),
        document_id=document.pk,
        opinion="同意，请签发。",
    )


def _issue(world: World, case: Case) -> None:
    document = ready_to_issue(world, draft_notice(world, case))
    signer = world.of_office(case.office, "signer")
    issue_document(actor=signer, document=document, issued_on=clock.today())
