"""Writes of the towns app: keeping a town's truth and drafting an application.

What happens after a draft (submit, decide, return, withdraw) opens and moves a case, so it lives in
``reviews.actions``. Every write here: lock, policy, save, ledger, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from criteria.models import CriteriaSet, Indicator
from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.files import store_upload
from portal.core.ledger import record
from portal.core.models import Region, hold_in_scope
from portal.core.uscc import validate as validate_uscc
from towns.constants import FUNCTION_STATE_CHOICES, ROLE_CHOICES, Filing
from towns.models import (
    Answer,
    Application,
    Certification,
    Enterprise,
    Evidence,
    Membership,
    RelaxationRequest,
    Round,
    Town,
    TownFigure,
    TownFunction,
)
from towns.policies import (
    may_edit_application,
    may_hand_over,
    may_maintain_town,
    may_open_round,
    may_send_back_to_filer,
    may_start_application,
)
from towns.queries import missing_parts

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from portal.core.models import OfficialDocument


@transaction.atomic
def record_figures(
    *, actor: Actor, town: Town, year: int, values: Mapping[str, Decimal | None], source: str = ""
) -> None:
    """Report a town's figures of a year, in base units; None takes a figure back.

    ValidationError names the indicator whose value is out of range.
    """
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_maintain_town(actor, town))
    catalogue = {
        row.key: row for row in Indicator.objects.filter(subject="town", source="reported")
    }
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in catalogue:
            errors[key] = "没有这个指标。"
        elif value is not None and value < 0:
            errors[key] = "数值不能为负数,请核对。"
        elif value is not None and catalogue[key].type == "percent" and value > 100:
            errors[key] = "百分比不能超过 100,请核对。"
    if errors:
        raise ValidationError(errors)
    before = {
        key: str(value)
        for key, value in TownFigure.objects.filter(town=town, year=year).values_list(
            "indicator__key", "value"
        )
    }
    for key, value in values.items():
        if value is None:
            TownFigure.objects.filter(town=town, year=year, indicator=catalogue[key]).delete()
        else:
            TownFigure.objects.update_or_create(
                town=town,
                year=year,
                indicator=catalogue[key],
                defaults={"value": value, "source": source},
            )
    record(
        actor,
        "record_figures",
        town,
        f"填报 {year} 年度数据",
        data={"year": year, "before": before, "after": dict(values)},
        scope_code=town.scope_code,
        audience="filer",
    )


@transaction.atomic
def add_member(
    *,
    actor: Actor,
    town: Town,
    uscc: str,
    name: str,
    entity: str,
    role: str,
    main_products: str = "",
    since: date | None = None,
) -> Membership:
    """Enter an enterprise into the town's list; the same code is the same enterprise everywhere."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_maintain_town(actor, town))
    try:
        code = validate_uscc(uscc)
    except ValueError as error:
        raise ValidationError({"uscc": str(error)}) from error
    if role not in dict(ROLE_CHOICES):
        raise ValidationError({"role": "请选择企业角色。"})
    enterprise, _ = Enterprise.objects.get_or_create(
        uscc=code, defaults={"name": name, "entity": entity}
    )
    if enterprise.name != name:
        raise ValidationError({"name": f"该代码已登记为“{enterprise.name}”,请核对名称或代码。"})
    if Membership.objects.filter(town=town, enterprise=enterprise, until__isnull=True).exists():
        raise ValidationError({"uscc": "该企业已在本专业镇名单中,无需重复添加。"})
    member = Membership.objects.create(
        town=town, enterprise=enterprise, role=role, main_products=main_products, since=since
    )
    record(
        actor,
        "add_member",
        town,
        f"登记企业 {enterprise.name}({member.get_role_display()})",
        data={"uscc": code, "role": role},
        scope_code=town.scope_code,
        audience="filer",
    )
    return member


@transaction.atomic
def end_membership(*, actor: Actor, town: Town, membership_id: int) -> None:
    """Take an enterprise off the list as of today; its history stays."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_maintain_town(actor, town))
    member = (
        Membership.objects.filter(town=town, pk=membership_id, until__isnull=True)
        .select_related("enterprise")
        .first()
    )
    if member is None:
        raise Stale("该企业已不在名单中。")
    member.until = clock.today()
    member.save(update_fields=["until"])
    record(
        actor,
        "end_membership",
        town,
        f"移出企业 {member.enterprise.name}",
        data={"uscc": member.enterprise.uscc},
        scope_code=town.scope_code,
        audience="filer",
    )


@transaction.atomic
def set_functions(
    *, actor: Actor, town: Town, states: Mapping[str, str], platforms: Mapping[str, str]
) -> None:
    """Record which of the eight public-service functions the town has."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_maintain_town(actor, town))
    for key, state in states.items():
        if state not in dict(FUNCTION_STATE_CHOICES):
            raise ValidationError({key: "请选择有、在建或无。"})
        TownFunction.objects.update_or_create(
            town=town, key=key, defaults={"state": state, "platform": platforms.get(key, "")}
        )
    record(
        actor,
        "set_functions",
        town,
        "更新公共服务功能",
        data=dict(states),
        scope_code=town.scope_code,
        audience="filer",
    )


@transaction.atomic
def open_round(
    *, actor: Actor, criteria_set: CriteriaSet, chain: tuple[str, int], **fields: Any
) -> Round:
    """Open a round of the acting office with the criteria set version in force."""
    require(may_open_round(actor))
    assert actor.office is not None and actor.level is not None
    if criteria_set.state != "published" or criteria_set.level != actor.level.key:
        raise ValidationError({"criteria_set": "请选择本级已发布的认定标准。"})
    if actor.office.region.code not in criteria_set.region.scope:
        raise ValidationError({"criteria_set": "该认定标准不适用于本行政区划。"})
    ended = criteria_set.effective_to
    if ended is not None and ended < fields["opens_on"]:
        raise ValidationError(
            {
                "criteria_set": f"{criteria_set.document_number} 已于 {ended} 失效,请选择现行的认定标准。"
            }
        )
    call = Round(
        office=actor.office,
        level=actor.level.key,
        criteria_set=criteria_set,
        chain_key=chain[0],
        chain_version=chain[1],
        **fields,
    )
    call.full_clean()
    call.save()
    hold_in_scope(call, actor)
    record(actor, "open_round", call, f"设立申报批次“{call.title}”", data={"key": call.key})
    return call


@transaction.atomic
def start_application(*, actor: Actor, town: Town, call: Round) -> Application:
    """Begin a draft; asking twice returns the same live draft."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    require(may_start_application(actor, town, call))
    assert actor.user is not None
    live = Application.objects.filter(
        town=town,
        round=call,
        state__in=[Filing.DRAFT, Filing.READY, Filing.RETURNED, Filing.SUBMITTED],
    ).first()
    if live is not None:
        return live
    if Certification.objects.filter(town=town, level=call.level, state="valid").exists():
        raise ValidationError(
            f"{town.name}已是{call.level_adjective}专业镇,无需重复申报。可在名单中查看认定情况。"
        )
    application = Application.objects.create(
        town=town,
        round=call,
        criteria_set=call.criteria_set,
        scope_code=town.scope_code,
        category=town.category,
        filled_by=actor.user,
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
        audience="filer",
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


@transaction.atomic
def save_overview(
    *, actor: Actor, application: Application, contact: str, contact_phone: str, summary: str
) -> Application:
    """Save the overview of the application."""
    application = _editable(actor, application)
    application.contact, application.contact_phone = contact, contact_phone
    application.summary, application.saved_at = summary, clock.now()
    application.save(update_fields=["contact", "contact_phone", "summary", "saved_at"])
    record(
        actor,
        "save_overview",
        application,
        "保存申报概述",
        scope_code=application.scope_code,
        audience="filer",
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
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    record(
        actor,
        "save_answer",
        application,
        f"保存“{specs[criterion].title}”",
        data={"criterion": criterion, "length": len(text)},
        scope_code=application.scope_code,
        audience="filer",
    )
    return answer


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
    if condition not in known or known[condition].floor is None:
        raise ValidationError("文件没有规定这一条件可以放宽。")
    if reason.strip():
        RelaxationRequest.objects.update_or_create(
            application=application, condition=condition, defaults={"reason": reason.strip()}
        )
    else:
        RelaxationRequest.objects.filter(application=application, condition=condition).delete()
    record(
        actor,
        "request_relaxation",
        application,
        "申请放宽认定条件" if reason.strip() else "取消放宽申请",
        data={"condition": condition},
        scope_code=application.scope_code,
        audience="filer",
    )


@transaction.atomic
def attach_evidence(
    *, actor: Actor, application: Application, criterion: str, title: str, upload: UploadedFile
) -> Evidence:
    """Attach a file to a criterion; the same content attached twice to it stays one."""
    application = _editable(actor, application)
    if criterion not in {row.key for row in spec_of(application.criteria_set).criteria}:
        raise ValidationError("该批次的认定标准没有这一条。")
    try:
        stored = store_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    present = Evidence.objects.filter(
        application=application,
        criterion=criterion,
        removed_at__isnull=True,
        file__sha256=stored.sha256,
    ).first()
    if present is not None:
        stored.file.delete(save=False)
        stored.delete()
        return present
    evidence = Evidence.objects.create(
        application=application, criterion=criterion, title=title or stored.name, file=stored
    )
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    record(
        actor,
        "attach_evidence",
        application,
        f"上传佐证材料《{evidence.title}》",
        data={"criterion": criterion, "sha256": stored.sha256, "size": stored.size},
        scope_code=application.scope_code,
        audience="filer",
    )
    return evidence


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
    record(
        actor,
        "remove_evidence",
        application,
        f"移除佐证材料《{evidence.title}》",
        data={"evidence": evidence.pk},
        scope_code=application.scope_code,
        audience="filer",
    )


@transaction.atomic
def hand_over(*, actor: Actor, application: Application) -> Application:
    """The filer has finished: the application waits for a second person to submit it."""
    application = _editable(actor, application)
    require(may_hand_over(actor, application))
    problems = missing_parts(application)
    if problems:
        raise ValidationError([sentence for _, sentence in problems])
    assert actor.user is not None
    application.state, application.filled_by = Filing.READY, actor.user
    application.saved_at = clock.now()
    application.save(update_fields=["state", "filled_by", "saved_at"])
    record(
        actor,
        "hand_over",
        application,
        "填报完成,送提交人",
        scope_code=application.scope_code,
        audience="filer",
    )
    return application


@transaction.atomic
def send_back_to_filer(*, actor: Actor, application: Application, reason: str = "") -> Application:
    """Open a handed-over application for editing again."""
    application = Application.objects.select_for_update().get(pk=application.pk)
    require(may_send_back_to_filer(actor, application))
    application.state = Filing.RETURNED if application.revision else Filing.DRAFT
    application.save(update_fields=["state"])
    record(
        actor,
        "send_back_to_filer",
        application,
        f"退回填报人修改{':' + reason if reason else ''}",
        scope_code=application.scope_code,
        audience="filer",
    )
    return application


def freeze_application(application: Application, *, state: Filing, **fields: Any) -> None:
    """Set the state an outcome gives the application (called by reviews, inside its transaction)."""
    Application.objects.filter(pk=application.pk).update(state=state, **fields)


def certify_town(application: Application, document: OfficialDocument, on: date) -> Certification:
    """Enter the town into the roster (called by reviews, inside the issuing transaction).

    The end of validity is 未载明 in the documents and stays empty.
    """
    town = application.town
    try:
        with transaction.atomic():
            certification = Certification.objects.create(
                town=town,
                application=application,
                document=document,
                level=application.round.level,
                scope_code=application.scope_code,
                town_name=town.name,
                category=application.category,
                industry=town.industry,
                year=on.year,
                valid_from=on,
            )
    except IntegrityError as error:
        raise ValidationError(
            f"{town.name}已有同一层级的有效认定,请先从本次名单中移出。"
        ) from error
    Town.objects.filter(pk=town.pk).update(stage=application.round.level)
    return certification


def register_town(*, actor: Actor, county: Region, **fields: Any) -> Town:
    """Enter a town into the register (used by the loader of demonstration data)."""
    with transaction.atomic():
        town = Town(county=county, **fields)
        town.full_clean(exclude=["scope_code"])
        town.save()
        hold_in_scope(town, actor)
        record(actor, "register_town", town, f"登记专业镇 {town.name}", scope_code=county.code)
    return town
