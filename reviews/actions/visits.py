"""On-site visits (现场核查): planned, recorded with findings and photographs, cancelled.

Photographs are kept as they were taken (原件存档): what the camera wrote into them stays with the
original; pages show images made anew, without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.errors import Stale, require
from portal.core.files import keep_upload, prepare_upload
from portal.core.ledger import canonical, record
from portal.core.merging import require_seen
from portal.core.models import hold_in_scope
from reviews.actions.moving import lock_case, open_run
from reviews.models import Visit, VisitFinding, VisitPhoto
from reviews.models.visits import FINDING_CHOICES
from reviews.visit_policies import may_record_visit, may_visit
from reviews.visit_queries import said_in, told_of

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_PHOTOS = 60
PHOTO = "image/"
OVERTAKEN = "您打开本页以后，这份核查记录已被修改，没有保存。"


class Terms(NamedTuple):
    """When, where and who; ``people``: of the office, ``met``: who received them."""

    held_on: date
    place: str
    people: str
    met: str = ""


class Found(NamedTuple):
    """What was found under a criterion."""

    finding: str
    text: str


@transaction.atomic
def plan_visit(*, actor: Actor, case_id: int, terms: Terms) -> Visit:
    """Arrange a visit in the open step of a case; the same day and place twice is one visit."""
    case = lock_case(actor, case_id)
    run = open_run(case, reader=actor)
    require(may_visit(actor, case))
    _check(terms)
    same = case.visits.filter(run=run, held_on=terms.held_on, place=terms.place.strip())
    found = same.exclude(state="cancelled").first()
    if found is not None:
        return found
    visit = Visit.objects.create(
        case=case,
        run=run,
        office=acting_office(actor),
        office_name=acting_office(actor).name,
        created_by=acting_user(actor),
        created_name=actor.name,
        created_at=clock.now(),
        **_columns(terms),
    )
    hold_in_scope(visit, actor)
    _enter(actor, visit, "plan_visit", "安排现场核查", _sealed(_described(terms)))
    return visit


@transaction.atomic
def record_visit(
    *,
    actor: Actor,
    visit_id: int,
    terms: Terms,
    summary: str,
    findings: Mapping[str, Found],
    done: bool,
    seen: str | None = None,
) -> Visit:
    """Save what was found: criterion -> finding. ``done``: the record is complete.

    A record that is done needs its summary, a day that has come, and words where something differs
    from the application; errors are keyed as the fields, findings ``finding_<criterion>`` and
    ``text_<criterion>``. ``seen``: the digest of the record that was opened (``said_in``).
    """
    visit = lock_visit(actor, visit_id)
    require(may_record_visit(actor, visit))
    _check(terms)
    done = done or visit.state == "done"
    rows = {
        key: Found(row.finding, row.text.strip())
        for key, row in findings.items()
        if row.finding or row.text.strip()
    }
    mine = told_of(_columns(terms), summary, "done" if done else "planned", rows)
    require_seen(seen, said_in(visit), mine, OVERTAKEN)
    known = {row.key: row for row in spec_of(visit.case.application.criteria_set).criteria}
    if set(findings) - set(known):
        raise ValidationError("该批次的认定标准没有这一条。")
    errors: dict[str, str] = {}
    for key, found in findings.items():
        if found.finding and found.finding not in dict(FINDING_CHOICES):
            errors[f"finding_{key}"] = "请选择核查结论。"
        elif found.finding == "differs" and not found.text.strip():
            errors[f"text_{key}"] = f"“{known[key].title}”与申报不一致的，请写明情况。"
    if done and not summary.strip():
        errors["summary"] = "请填写核查情况。"
    if done and terms.held_on > clock.today():
        errors["held_on"] = "核查日期还没有到，可先保存，核查后再登记完成。"
    if errors:
        raise ValidationError(errors)
    for name, value in _columns(terms).items():
        setattr(visit, name, value)
    visit.summary = summary.strip()
    if done:
        visit.state, visit.done_at, visit.done_name = "done", clock.now(), actor.name
    visit.save()
    visit.findings.all().delete()
    VisitFinding.objects.bulk_create(
        VisitFinding(visit=visit, criterion=key, finding=row.finding, text=row.text)
        for key, row in rows.items()
    )
    hold_in_scope(visit, actor)
    told = _described(terms) | {
        "summary": visit.summary,
        "findings": {key: [*row] for key, row in findings.items()},
    }
    _enter(
        actor,
        visit,
        "record_visit",
        "登记现场核查" if done else "暂存现场核查记录",
        told if done else _sealed(told),
    )
    return visit


@transaction.atomic
def cancel_visit(*, actor: Actor, visit_id: int, reason: str) -> Visit:
    """Call a planned visit off; it stays on record with the reason."""
    visit = lock_visit(actor, visit_id)
    require(may_record_visit(actor, visit))
    if visit.state == "done":
        raise Stale("这次现场核查已经登记完成，不能取消。")
    if not reason.strip():
        raise ValidationError({"reason": "请填写取消的原因。"})
    visit.state, visit.cancelled_reason = "cancelled", reason.strip()
    visit.save(update_fields=["state", "cancelled_reason"])
    hold_in_scope(visit, actor)
    _enter(actor, visit, "cancel_visit", "取消现场核查", _sealed({"reason": reason.strip()}))
    return visit


def add_photos(
    *,
    actor: Actor,
    visit_id: int,
    uploads: Sequence[UploadedFile],
    criterion: str = "",
    caption: str = "",
) -> list[VisitPhoto]:
    """Keep photographs of a visit; the same photograph twice is kept once.

    Each is looked into before anything is locked; one that is no picture is refused by name and
    none is kept.
    """
    if not uploads:
        raise ValidationError({"photos": "请选择照片。"})
    prepared, problems = [], []
    for upload in uploads:
        try:
            ready = prepare_upload(upload, actor)
        except ValidationError as error:
            problems += error.messages
            continue
        if ready.checked.kind.content_type.startswith(PHOTO):
            prepared.append(ready)
        else:
            problems.append(f"“{upload.name}”不是照片，没有加入。请选择 JPG 或 PNG 图片。")
    if problems:
        raise ValidationError({"photos": problems})
    with transaction.atomic():
        visit = lock_visit(actor, visit_id)
        require(may_record_visit(actor, visit))
        keys = {row.key for row in spec_of(visit.case.application.criteria_set).criteria}
        if criterion and criterion not in keys:
            raise ValidationError({"criterion": "请选择条款。"})
        kept = {photo.file.sha256 for photo in visit.photos.select_related("file")}
        added: list[VisitPhoto] = []
        for ready in prepared:
            stored = keep_upload(ready, actor)
            if stored.sha256 in kept:
                continue
            kept.add(stored.sha256)
            added.append(
                VisitPhoto.objects.create(
                    visit=visit,
                    file=stored,
                    criterion=criterion,
                    caption=caption.strip()[:120],
                    added_at=clock.now(),
                    added_name=actor.name,
                )
            )
        if len(kept) > MOST_PHOTOS:
            raise ValidationError({"photos": f"一次现场核查最多保存 {MOST_PHOTOS} 张照片。"})
        if added:
            data = {"photos": [[photo.pk, photo.file.sha256] for photo in added]}
            _enter(actor, visit, "add_photos", f"加入 {len(added)} 张现场照片", data)
        return added


@transaction.atomic
def remove_photo(*, actor: Actor, visit_id: int, photo_id: int) -> None:
    """Take a photograph out of the record; the ledger keeps its digest, not its name."""
    visit = lock_visit(actor, visit_id)
    require(may_record_visit(actor, visit))
    photo = visit.photos.select_related("file").filter(pk=photo_id).first()
    if photo is None:
        raise Stale("这张照片已经删除。")
    data = {"photo": photo.pk, "sha256": photo.file.sha256}
    photo.delete()
    _enter(actor, visit, "remove_photo", "删除 1 张现场照片", data)


def lock_visit(actor: Actor, visit_id: int) -> Visit:
    """The visit of the acting office with its case locked; Stale when it is gone from there."""
    found = Visit.objects.visible_to(actor).filter(pk=visit_id).first()
    if found is None:
        raise Stale("这次现场核查已不在您的工作范围内。")
    case = lock_case(actor, found.case_id)
    visit = (
        Visit.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("run", "office")
        .get(pk=visit_id)
    )
    visit.case = case
    return visit


def _check(terms: Terms) -> None:
    errors = {}
    if not terms.place.strip():
        errors["place"] = "请填写核查地点。"
    if not terms.people.strip():
        errors["people"] = "请填写核查人员。"
    if errors:
        raise ValidationError(errors)


def _columns(terms: Terms) -> dict[str, object]:
    return {
        "held_on": terms.held_on,
        "place": terms.place.strip(),
        "people": terms.people.strip(),
        "met": terms.met.strip(),
    }


def _described(terms: Terms) -> dict[str, object]:
    return {key: str(value) for key, value in _columns(terms).items()}


def _sealed(data: Mapping[str, object]) -> dict[str, object]:
    """What the ledger keeps of a visit that is not done: the offices above read the ledger, and
    read a visit only once it is done."""
    return {"sha256": hashlib.sha256(canonical(data).encode()).hexdigest()}


def _enter(actor: Actor, visit: Visit, verb: str, summary: str, data: Mapping[str, object]) -> None:
    record(
        actor,
        verb,
        visit.case,
        summary,
        data={"visit": visit.pk, **data},
        scope_code=visit.case.scope_code,
    )
