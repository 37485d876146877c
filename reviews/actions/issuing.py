"""The certification notice: drafted for cases that wait for it; its issue certifies their towns."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.documents.drafting import Draft, create_document, enter
from portal.core.actor import Actor, acting_office
from portal.core.constants import Can
from portal.core.documents.kinds import Texts
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import OfficialDocument, hold_in_scope
from reviews.actions.moving import lock_cases, move_case, open_run
from reviews.chain import OUTCOMES, Mode
from reviews.documents import stored_content
from reviews.models import Case, StepRun
from reviews.policies import may_collect, may_review, may_take_step
from towns.actions import certify_town, end_certifications
from towns.actions.entries import lock_towns

KIND = "certification_notice"


@transaction.atomic
def draft_certification(*, actor: Actor, case_ids: list[int], texts: Texts) -> OfficialDocument:
    """Draft the certification notice for cases that wait at the issuing step."""
    require(may_collect(actor, Mode.ISSUE, Can.PUBLISH))
    office = acting_office(actor)
    cases = lock_cases(actor, case_ids)
    runs = []
    for case in cases:
        if case.current.mode != Mode.ISSUE or case.office_id != office.pk:
            raise Stale(f"{case.town_name}当前不在本办公室的认定环节，请刷新后重新选择。")
        require(may_review(actor, case))
        run = open_run(case, reader=actor)
        if run.document_id is not None:
            raise ValidationError({"cases": f"{case.town_name}已列入另一份拟稿。"})
        runs.append(run)
    document = create_document(actor, KIND, Draft(texts, stored_content(office, cases)))
    StepRun.objects.filter(pk__in=[run.pk for run in runs]).update(document=document)
    _enter_cases(actor, cases, "draft_document", f"拟稿《{texts.title}》", document)
    enter(actor, document, "draft_document", f"拟稿《{texts.title}》")
    return document


def _enter_cases(
    actor: Actor, cases: list[Case], verb: str, summary: str, document: OfficialDocument
) -> None:
    for case in cases:
        data = {"document": document.pk}
        record(actor, verb, case, summary, data=data, scope_code=case.scope_code)


def _cases(actor: Actor, document: OfficialDocument) -> list[Case]:
    return lock_cases(actor, list(document.content["case_ids"]))


def release_cases(actor: Actor, document: OfficialDocument) -> None:
    """A draft is given up: its cases wait for issue again, free for another draft."""
    cases = _cases(actor, document)
    StepRun.objects.filter(document=document, finished_at__isnull=True).update(document=None)
    _enter_cases(actor, cases, "discard_document", f"撤销拟稿《{document.title}》", document)


def prepare_certification(actor: Actor, document: OfficialDocument) -> None:
    """Before the number: every case still waits for it; the list of towns as it is now."""
    cases = _cases(actor, document)
    for case in cases:
        require(may_take_step(actor, case, case.current))
    document.content = {**document.content, **stored_content(document.office, cases)}


def certify_towns(actor: Actor, document: OfficialDocument, issued_on: date) -> None:
    """After the number: certification of every town, roster entries, cases closed."""
    cases = _cases(actor, document)
    lock_towns([case.application.town_id for case in cases])
    for case in cases:
        run = open_run(case, reader=actor)
        hold_in_scope(certify_town(actor, case.application, document, issued_on), actor)
        hold_in_scope(case.application.town, actor)
        move_case(case, run, actor, OUTCOMES["issue"], "", document=document)


def undo_certification(
    actor: Actor, document: OfficialDocument, later: OfficialDocument, how: str
) -> None:
    """A revoked notice certifies nobody any more; a corrected or reissued one still does."""
    if how != "revokes":
        return
    assert later.issued_on is not None
    for certification in end_certifications(actor, document, later, later.issued_on):
        hold_in_scope(certification, actor)
