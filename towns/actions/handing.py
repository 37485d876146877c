"""What an application needs before it is handed over: the stamped request and the commitments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.uploads import take_upload
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.ledger import record
from portal.core.merging import overtaken
from portal.core.models import StoredFile, hold_in_scope
from towns.missing import request_of
from towns.models import Application
from towns.policies import may_change_request, may_sign_commitments

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

NUMBER_LENGTH = 60
REQUEST = "request"
SCANNED = ("application/pdf", "image/")
UNREAD = "还有 {} 条承诺没有勾选，请逐条阅读后勾选。"
OTHER_WORDING = "承诺事项的文字已由受理机构修改，请重新阅读后再勾选。"


def attach_request(
    *,
    actor: Actor,
    application: Application,
    number: str,
    upload: UploadedFile | None = None,
    key: str = "",
    opened: Mapping[str, str] | None = None,
) -> Application:
    """Keep the scan of the government's stamped request with its number; another takes its place.

    ``key``: an upload that was finished before the form. Without either only the number changes.
    ``opened``: what the form was opened with, by ``described``; what somebody else has attached
    since is not replaced unseen: ValidationError coded ``overtaken``.
    """
    require(may_change_request(actor, application))
    number = number.strip()
    if not number:
        raise ValidationError({"number": "请填写请示文号，如“蒲政请〔2026〕12号”。"})
    if len(number) > NUMBER_LENGTH:
        raise ValidationError({"number": f"请示文号最多 {NUMBER_LENGTH} 字。"})
    prepared = None
    if upload is not None:
        try:
            prepared = prepare_upload(upload, actor)
        except ValidationError as error:
            raise ValidationError({"file": error.messages}) from error
        _check_scan(prepared.checked.kind.content_type)
    return _attach(actor, application, number, prepared, key, opened)


@transaction.atomic
def _attach(
    actor: Actor,
    application: Application,
    number: str,
    prepared: Prepared | None,
    key: str,
    opened: Mapping[str, str] | None,
) -> Application:
    application = _lock(application)
    require(may_change_request(actor, application))
    before, earlier = request_of(application), application.request_file
    stored = _stored(actor, prepared, key) or earlier
    if stored is None:
        raise ValidationError({"file": "请选择加盖公章的请示扫描件。"})
    _hold_against(application, opened, {"number": number, "file": stored.sha256})
    same = earlier is not None and earlier.sha256 == stored.sha256
    if same and number == application.request_number:
        return application
    if not same:
        _keep_declared(application)
        application.request_file = stored
    application.request_number, application.saved_at = number, clock.now()
    application.save(update_fields=["request_file", "request_number", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "attach_request",
        application,
        f"{'上传' if earlier is None else '更换' if not same else '更正'}申报请示“{number}”",
        before=before,
        after=request_of(application),
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


def request_part(application: Application) -> str:
    """What the sealed values of the form of the request belong to."""
    return f"request:{application.pk}"


def described(application: Application) -> dict[str, str]:
    """The stamped request as plain texts."""
    file = application.request_file
    return {"number": application.request_number, "file": file.sha256 if file else ""}


def _hold_against(
    application: Application, opened: Mapping[str, str] | None, mine: Mapping[str, str]
) -> None:
    """What stands is replaced only by somebody who has seen it."""
    theirs = described(application)
    if opened is None or not overtaken(opened, theirs, mine):
        return
    file = application.request_file
    stands = f"改为“{application.request_number}”（{file.name}）" if file is not None else "移除"
    words = (
        f"您打开本页之后，申报请示已{stands}。您填写的文号还在下面，没有保存；"
        "确实要以您的为准的，请核对文号、选好扫描件后再保存。"
    )
    raise ValidationError({"number": ValidationError(words, code="overtaken")})


def _keep_declared(application: Application) -> None:
    """Hold the scan that was submitted, as a piece that was removed: offices go on reading it."""
    declared, file = application.snapshot.get("request") or {}, application.request_file
    if file is None or declared.get("sha256") != file.sha256:
        return
    if not application.evidence.filter(file=file, removed_at__isnull=False).exists():
        application.evidence.create(
            criterion=REQUEST, title="申报请示", file=file, removed_at=clock.now()
        )


def _stored(actor: Actor, prepared: Prepared | None, key: str) -> StoredFile | None:
    """The file of the form, or the one that was sent before it."""
    if prepared is not None:
        return keep_upload(prepared, actor)
    if not key:
        return None
    try:
        stored = take_upload(actor=actor, key=key)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    _check_scan(stored.content_type)
    return stored


def _check_scan(content_type: str) -> None:
    if not content_type.startswith(SCANNED):
        raise ValidationError(
            {"file": "请示应为加盖公章后的扫描件或照片，请上传 PDF 或图片（JPG、PNG、TIFF）。"}
        )


@transaction.atomic
def remove_request(*, actor: Actor, application: Application) -> Application:
    """Take the scan and its number off; the stored file and the entry stay."""
    application = _lock(application)
    require(may_change_request(actor, application))
    before = request_of(application)
    if before is None:
        raise Stale("申报请示已经移除。")
    number = application.request_number
    _keep_declared(application)
    application.request_file, application.request_number = None, ""
    application.saved_at = clock.now()
    application.save(update_fields=["request_file", "request_number", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "remove_request",
        application,
        f"移除申报请示“{number}”",
        before=before,
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


@transaction.atomic
def sign_commitments(
    *, actor: Actor, application: Application, texts: Collection[str]
) -> Application:
    """Promise every sentence of the round, as it was read; asked again for each submission."""
    application = _lock(application)
    require(may_sign_commitments(actor, application))
    asked = application.round.commitment_texts
    read = {" ".join(text.split()) for text in texts}
    if any(text not in {" ".join(row.split()) for row in asked} for text in read):
        raise ValidationError({"commitments": OTHER_WORDING})
    unread = [text for text in asked if " ".join(text.split()) not in read]
    if unread:
        raise ValidationError({"commitments": UNREAD.format(len(unread))})
    now = clock.now()
    application.commitments = [
        {
            "text": text,
            "name": actor.name,
            "at": now.isoformat(),
            "revision": application.revision + 1,
        }
        for text in asked
    ]
    application.saved_at = now
    application.save(update_fields=["commitments", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "sign_commitments",
        application,
        f"作出承诺（{len(asked)} 条）",
        after={"commitments": application.commitments},
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


def _lock(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related(
            "town__county", "round__office__region", "criteria_set", "request_file", "entered_by"
        )
        .get(pk=application.pk)
    )
