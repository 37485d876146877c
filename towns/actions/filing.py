"""Drafting an application, until the second person submits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actions.uploads import take_upload
from portal.core.actor import Actor, acting_user
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.ledger import record
from portal.core.models import StoredFile, Upload, hold_in_scope
from portal.core.uploads import find_same, same_as
from towns.constants import LIVE_FILINGS, Filing
from towns.models import (
    Answer,
    Application,
    Certification,
    Evidence,
    RelaxationRequest,
    Round,
    Town,
)
from towns.policies import (
    may_edit_application,
    may_hand_over,
    may_send_back_to_filer,
    may_start_application,
)
from towns.queries import missing_parts

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

TITLE_LENGTH = Evidence._meta.get_field("title").max_length


@transaction.atomic
def start_application(*, actor: Actor, town: Town, call: Round) -> Application:
    """Begin a draft; asking twice returns the same live draft."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_start_application(actor, town, call))
    live = Application.objects.filter(town=town, round=call, state__in=LIVE_FILINGS).first()
    if live is not None:
        return live
    if Certification.objects.filter(town=town, level=call.level, state="valid").exists():
        raise ValidationError(
            f"{town.name}已是{call.level_adjective}专业镇，无需重复申报。可在名单中查看认定情况。"
        )
    application = Application.objects.create(
        town=town,
        round=call,
        criteria_set=call.criteria_set,
        scope_code=town.scope_code,
        category=town.category,
        filled_by=acting_user(actor),
        filled_name=actor.name,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    hold_in_scope(application, actor)
    record(
        actor,
        "start_application",
        application,
        f"开始填报{call.title}",
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


def _editable(actor: Actor, application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office", "criteria_set")
        .get(pk=application.pk)
    )
    require(may_edit_application(actor, locked))
    return locked


def _touch(actor: Actor, application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    hold_in_scope(application, actor)


@transaction.atomic
def save_overview(
    *, actor: Actor, application: Application, contact: str, contact_phone: str, summary: str
) -> Application:
    """Save the overview of the application."""
    application = _editable(actor, application)
    application.contact, application.contact_phone = contact, contact_phone
    application.summary, application.saved_at = summary, clock.now()
    application.save(update_fields=["contact", "contact_phone", "summary", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "save_overview",
        application,
        "保存申报概述",
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


@transaction.atomic
def save_answer(*, actor: Actor, application: Application, criterion: str, text: str) -> Answer:
    """Save what the filer writes for one criterion."""
    application = _editable(actor, application)
    specs = {row.key: row for row in spec_of(application.criteria_set).criteria}
    if criterion not in specs:
        raise ValidationError("该批次的认定标准没有这一条。")
    answer, _ = Answer.objects.update_or_create(
        application=application, criterion=criterion, defaults={"text": text}
    )
    _touch(actor, application)
    record(
        actor,
        "save_answer",
        application,
        f"保存“{specs[criterion].title}”",
        data={"criterion": criterion, "length": len(text)},
        scope_code=application.scope_code,
        audience="unit",
    )
    return answer


class FilesSaved(NamedTuple):
    """What became of the files sent with a form, each by itself."""

    attached: list[Evidence]
    remarks: list[str]
    refused: list[str]


def save_criterion(
    *,
    actor: Actor,
    application: Application,
    criterion: str,
    text: str,
    relaxations: Mapping[str, str],
    files: Iterable[UploadedFile] = (),
    uploads: Iterable[str] = (),
    title: str = "",
) -> FilesSaved:
    """Save a criterion's page as one: the statement, the changed requests to relax, the files."""
    require(may_edit_application(actor, application))
    looked = _looked_into(actor, files)
    with transaction.atomic():
        _save_words(actor, application, criterion, text, relaxations)
        return _attach_files(actor, application, criterion, looked, uploads, title)


def _save_words(
    actor: Actor,
    application: Application,
    criterion: str,
    text: str,
    relaxations: Mapping[str, str],
) -> None:
    wanted = {condition: reason.strip() for condition, reason in relaxations.items()}
    save_answer(actor=actor, application=application, criterion=criterion, text=text)
    asked = dict(
        RelaxationRequest.objects.filter(
            application=application, condition__in=list(wanted)
        ).values_list("condition", "reason")
    )
    for condition, reason in wanted.items():
        if reason != asked.get(condition, ""):
            request_relaxation(
                actor=actor, application=application, condition=condition, reason=reason
            )


@transaction.atomic
def request_relaxation(
    *, actor: Actor, application: Application, condition: str, reason: str
) -> None:
    """Ask for a condition to be relaxed, with the reason; an empty reason takes the request back.

    晋政办发〔2022〕80号 二(四): 可适当放宽认定条件. The decision belongs to the meeting.
    """
    application = _editable(actor, application)
    known = {
        item.key: item
        for row in spec_of(application.criteria_set).criteria
        for item in row.conditions
    }
    if condition not in known or known[condition].relaxation is None:
        raise ValidationError("文件没有规定这一条件可以放宽。")
    if reason.strip():
        RelaxationRequest.objects.update_or_create(
            application=application, condition=condition, defaults={"reason": reason.strip()}
        )
    else:
        RelaxationRequest.objects.filter(application=application, condition=condition).delete()
    _touch(actor, application)
    record(
        actor,
        "request_relaxation",
        application,
        "申请放宽认定条件" if reason.strip() else "取消放宽申请",
        data={"condition": condition},
        scope_code=application.scope_code,
        audience="unit",
    )


def attach_files(
    *,
    actor: Actor,
    application: Application,
    criterion: str,
    files: Iterable[UploadedFile] = (),
    uploads: Iterable[str] = (),
    title: str = "",
) -> FilesSaved:
    """Attach many files, sent with the form or before it: the good ones stay, others say why not.

    ``title`` names a file that comes alone.
    """
    require(may_edit_application(actor, application))
    looked = _looked_into(actor, files)
    return _attach_files(actor, application, criterion, looked, uploads, title)


def _looked_into(actor: Actor, files: Iterable[UploadedFile]) -> list[Prepared | list[str]]:
    """Files looked into before anything is locked, or why they stay out."""
    looked: list[Prepared | list[str]] = []
    for file in files:
        try:
            looked.append(prepare_upload(file, actor))
        except ValidationError as error:
            looked.append(error.messages)
    return looked


@transaction.atomic
def _attach_files(
    actor: Actor,
    application: Application,
    criterion: str,
    looked: Iterable[Prepared | list[str]],
    uploads: Iterable[str],
    title: str,
) -> FilesSaved:
    application = _editable(actor, application)
    saved = FilesSaved([], [], [])
    taken: list[StoredFile] = []
    for found in looked:
        if isinstance(found, Prepared):
            taken.append(keep_upload(found, actor))
        else:
            saved.refused.extend(found)
    for key in dict.fromkeys(uploads):
        try:
            taken.append(take_upload(actor=actor, key=key))
        except ValidationError as error:
            saved.refused.extend(error.messages)
    alone = len(taken) + len(saved.refused) == 1
    for stored in taken:
        evidence, remark = _attach(actor, application, criterion, title if alone else "", stored)
        saved.attached.append(evidence)
        saved.remarks.extend([remark] if remark else [])
    return saved


def attach_evidence(
    *, actor: Actor, application: Application, criterion: str, title: str, upload: UploadedFile
) -> Evidence:
    """Attach a file to a criterion; the same content attached twice to it stays one."""
    require(may_edit_application(actor, application))
    try:
        prepared = prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    with transaction.atomic():
        application = _editable(actor, application)
        return _attach(actor, application, criterion, title, keep_upload(prepared, actor))[0]


def _attach(
    actor: Actor, application: Application, criterion: str, title: str, stored: StoredFile
) -> tuple[Evidence, str]:
    """The piece of evidence, and what to say when the same content is there already."""
    specs = {row.key: row for row in spec_of(application.criteria_set).criteria}
    if criterion not in specs:
        raise ValidationError("该批次的认定标准没有这一条。")
    there = Evidence.objects.filter(application=application, removed_at__isnull=True)
    present = find_same(there.filter(criterion=criterion), stored.sha256)
    if present is not None:
        if present.file_id != stored.pk and not Upload.objects.filter(stored=stored).exists():
            stored.delete()
        return present, f"{same_as(stored.name, present.title)}没有重复加入。"
    other = find_same(there, stored.sha256)
    remark = ""
    if other is not None:
        place = specs[other.criterion].title if other.criterion in specs else other.criterion
        remark = f"{same_as(stored.name, other.title)}那一份在“{place}”，两处都保留。"
    evidence = Evidence.objects.create(
        application=application,
        criterion=criterion,
        title=title or stored.name[:TITLE_LENGTH],
        file=stored,
    )
    _touch(actor, application)
    record(
        actor,
        "attach_evidence",
        application,
        f"上传佐证材料《{evidence.title}》",
        data={"criterion": criterion, "sha256": stored.sha256, "size": stored.size},
        scope_code=application.scope_code,
        audience="unit",
    )
    return evidence, remark


@transaction.atomic
def remove_evidence(*, actor: Actor, application: Application, evidence_id: int) -> None:
    """Take a file off the application; the stored file and its entry stay."""
    application = _editable(actor, application)
    evidence = Evidence.objects.filter(
        application=application, pk=evidence_id, removed_at__isnull=True
    ).first()
    if evidence is None:
        raise Stale("该材料已被移除。")
    evidence.removed_at = clock.now()
    evidence.save(update_fields=["removed_at"])
    _touch(actor, application)
    record(
        actor,
        "remove_evidence",
        application,
        f"移除佐证材料《{evidence.title}》",
        data={"evidence": evidence.pk},
        scope_code=application.scope_code,
        audience="unit",
    )


@transaction.atomic
def hand_over(*, actor: Actor, application: Application) -> Application:
    """The filer has finished: the application waits for a second person to submit it."""
    application = _editable(actor, application)
    require(may_hand_over(actor, application))
    problems = missing_parts(application)
    if problems:
        raise ValidationError([sentence for _, sentence in problems])
    application.state, application.filled_by = Filing.READY, acting_user(actor)
    application.filled_name, application.saved_at = actor.name, clock.now()
    application.save(update_fields=["state", "filled_by", "filled_name", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "hand_over",
        application,
        "填报完成，送提交人",
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


@transaction.atomic
def send_back_to_filer(*, actor: Actor, application: Application, reason: str = "") -> Application:
    """Open a handed-over application for editing again."""
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town")
        .get(pk=application.pk)
    )
    require(may_send_back_to_filer(actor, application))
    application.state = Filing.RETURNED if application.revision else Filing.DRAFT
    application.save(update_fields=["state"])
    hold_in_scope(application, actor)
    record(
        actor,
        "send_back_to_filer",
        application,
        f"退回填报人修改{'：' + reason if reason else ''}",
        data={"reason": reason},
        scope_code=application.scope_code,
        audience="unit",
    )
    return application
