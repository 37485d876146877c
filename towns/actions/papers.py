"""Papers kept with a town: its 一镇一策, plans, and the documents that named it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.models import hold_in_scope
from towns.actions.entries import (
    check_day,
    check_standing,
    enter_in_ledger,
    given,
    lock_town,
    optional,
)
from towns.constants import PAPER_KIND_CHOICES
from towns.models import Certification, Town, TownPaper
from towns.policies import may_attach_source, may_keep_register

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


@dataclass(frozen=True)
class _PaperFacts:
    """What a paper says of itself."""

    kind: str
    title: str
    number: str
    issuer: str
    issued_on: date | None


def add_paper(
    *,
    actor: Actor,
    town: Town,
    kind: str,
    title: str,
    upload: UploadedFile,
    number: str = "",
    issuer: str = "",
    issued_on: date | None = None,
) -> TownPaper:
    """Keep a paper with the town; the file is checked and stored with its digest."""
    require(may_keep_register(actor, town))
    check_standing(town)
    if kind not in dict(PAPER_KIND_CHOICES):
        raise ValidationError({"kind": "请选择文件种类。"})
    title = given(title, "title", "文件标题", 200)
    number = optional(number, "number", "文号", 60)
    issuer = optional(issuer, "issuer", "印发机关", 120)
    if issued_on is not None:
        check_day(issued_on, "issued_on")
    facts = _PaperFacts(kind, title, number, issuer, issued_on)
    return _add_paper(actor, town, facts, _prepared(actor, upload))


def _prepared(actor: Actor, upload: UploadedFile) -> Prepared:
    """The file, looked into before anything is locked; what is wrong goes beside its field."""
    try:
        return prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error


@transaction.atomic
def _add_paper(actor: Actor, town: Town, facts: _PaperFacts, prepared: Prepared) -> TownPaper:
    town = lock_town(town)
    require(may_keep_register(actor, town))
    check_standing(town)
    sha256, title = prepared.checked.sha256, facts.title
    present = town.papers.filter(withdrawn_on__isnull=True, kind=facts.kind, file__sha256=sha256)
    if present.exists():
        raise Stale(f"“{title}”的同一份文件已在{town.name}的文件中，无需重复上传。")
    paper = TownPaper.objects.create(
        town=town,
        **asdict(facts),
        file=keep_upload(prepared, actor),
        created_at=clock.now(),
    )
    enter_in_ledger(
        actor,
        "add_paper",
        town,
        f"添加{paper.get_kind_display()}《{title}》",
        None,
        {"paper": paper.pk, "title": title, "number": facts.number, "sha256": sha256},
    )
    return paper


@transaction.atomic
def withdraw_paper(*, actor: Actor, town: Town, paper_id: int, reason: str) -> TownPaper:
    """Put a paper out of use; it stays among the town's earlier papers."""
    town = lock_town(town)
    require(may_keep_register(actor, town))
    check_standing(town)
    paper = town.papers.filter(pk=paper_id).first()
    if paper is None or paper.withdrawn_on is not None:
        raise Stale("该文件已经停用。")
    reason = given(reason, "reason", "停用原因", 160)
    paper.withdrawn_on = clock.today()
    paper.save(update_fields=["withdrawn_on"])
    enter_in_ledger(
        actor,
        "withdraw_paper",
        town,
        f"停用{paper.get_kind_display()}《{paper.title}》：{reason}",
        {"paper": paper.pk, "title": paper.title},
        {"paper": paper.pk, "withdrawn_on": paper.withdrawn_on, "reason": reason},
    )
    return paper


def attach_source(
    *, actor: Actor, certification: Certification, upload: UploadedFile
) -> Certification:
    """Keep a scan of the paper document by which a town was named before the portal existed.

    Another one takes its place; what was there before stays on disk and in the ledger.
    """
    require(may_attach_source(actor, certification))
    check_standing(certification.town)
    return _attach_source(actor, certification, _prepared(actor, upload))


@transaction.atomic
def _attach_source(actor: Actor, certification: Certification, prepared: Prepared) -> Certification:
    town = lock_town(certification.town)
    certification = (
        Certification.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("town__county", "source_file")
        .get(pk=certification.pk)
    )
    require(may_attach_source(actor, certification))
    check_standing(town)
    earlier = certification.source_file
    if earlier is not None and earlier.sha256 == prepared.checked.sha256:
        raise Stale("这份认定文件已经上传，无需重复上传。")
    stored = keep_upload(prepared, actor)
    certification.source_file = stored
    certification.save(update_fields=["source_file"])
    hold_in_scope(certification, actor)
    done = "上传" if earlier is None else "更换"
    enter_in_ledger(
        actor,
        "attach_source",
        town,
        f"{done}{certification.get_level_display()}认定文件“{certification.document_number}”的扫描件",
        None if earlier is None else {"file": earlier.name, "sha256": earlier.sha256},
        {"certification": certification.pk, "file": stored.name, "sha256": stored.sha256},
    )
    return certification
