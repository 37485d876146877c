"""The ledger of honours, standards and brands: entered, amended, revoked; never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload
from portal.core.ledger import record
from towns.actions.keeping import maintained
from towns.honour_policies import may_keep_honour
from towns.honour_queries import holders_towns
from towns.honours import (
    HONOUR_KINDS,
    HONOUR_LEVELS,
    HONOUR_PART_CHOICES,
    NAMED_KINDS,
    REVOKED_CHOICES,
    STANDARD,
    standard_number,
)
from towns.models import Enterprise, Honour, Membership, Town
from towns.policies import may_maintain_town
from towns.register_conflicts import hold_against

TAKEN = "这项荣誉已经登记，无需重复填写。如需补充，请在该荣誉的页面修改。"


@dataclass(frozen=True)
class HonourFacts:
    """What an honour says; ``level`` is asked only where the kind does not say it."""

    kind: str
    level: str = ""
    part: str = ""
    title: str = ""
    number: str = ""
    issuer: str = ""
    awarded_on: date | None = None
    valid_to: date | None = None


def checked(facts: HonourFacts, *, stated: bool = True) -> HonourFacts:
    """The facts with the level that the kind itself says.

    ``stated``: of a standard it must be said who leads; lists of offices often do not say it.
    Raises ValidationError by field: what is missing or does not fit the kind.
    """
    kind = HONOUR_KINDS.get(facts.kind)
    if kind is None:
        raise ValidationError({"kind": "请选择荣誉种类。"})
    errors: dict[str, str] = {}
    level = kind.level
    if kind.levels:
        level = facts.level
        if level not in kind.levels:
            words = "、".join(HONOUR_LEVELS[key] for key in kind.levels)
            errors["level"] = f"请选择“{kind.label}”的级别：{words}。"
    part = facts.part if kind.group == STANDARD else ""
    if kind.group == STANDARD:
        if part not in dict(HONOUR_PART_CHOICES) and (part or stated):
            errors["part"] = "请选择主导或参与制定。"
        if not facts.number:
            errors["number"] = "请填写标准编号，例如 GB/T 10781.2。"
    if not facts.title and kind.key in NAMED_KINDS:
        errors["title"] = (
            f"请填写{'标准' if kind.group == STANDARD else '产品、品牌或荣誉'}的名称。"
        )
    if facts.awarded_on is not None and facts.awarded_on > clock.today():
        errors["awarded_on"] = "获得日期不能晚于今天。"
    if facts.valid_to and facts.awarded_on and facts.valid_to < facts.awarded_on:
        errors["valid_to"] = "有效期不能早于获得日期。"
    if errors:
        raise ValidationError(errors)
    return HonourFacts(**{**asdict(facts), "level": level, "part": part})


def add_honour(
    *,
    actor: Actor,
    town: Town,
    facts: HonourFacts,
    enterprise: Enterprise | None = None,
    certificate: UploadedFile | None = None,
) -> Honour:
    """Enter an honour of an enterprise of the town, or of the town itself."""
    require(may_maintain_town(actor, town))
    facts = checked(facts)
    prepared = None if certificate is None else prepare_upload(certificate, actor)
    return _add_honour(actor, town, facts, enterprise, prepared)


@transaction.atomic
def _add_honour(
    actor: Actor,
    town: Town,
    facts: HonourFacts,
    enterprise: Enterprise | None,
    certificate: Prepared | None,
) -> Honour:
    town = maintained(actor, town)
    if enterprise is not None:
        _of_the_town(actor, town, enterprise)
    holder = {"enterprise": enterprise} if enterprise else {"town": town}
    honour = Honour(**holder, **asdict(facts))
    _refuse_taken(honour)
    if certificate is not None:
        honour.certificate = keep_upload(certificate, actor)
    honour.save()
    record(
        actor,
        "add_honour",
        town,
        f"登记{honour.holder.name}的{honour}",
        data={"honour": honour.pk, **_plain(honour)},
        scope_code=town.scope_code,
        audience="filer",
    )
    return honour


def amend_honour(
    *,
    actor: Actor,
    honour: Honour,
    facts: HonourFacts,
    certificate: UploadedFile | None = None,
    opened: Mapping[str, str] | None = None,
) -> Honour:
    """Correct or complete an honour; what it said before stays in the ledger.

    ``opened``: what the form was opened with, by ``described``; raises Overtaken, and saves
    nothing, when that would undo unseen what somebody else has saved since.
    """
    require(may_keep_honour(actor, honour))
    facts = checked(facts)
    prepared = None if certificate is None else prepare_upload(certificate, actor)
    return _amend_honour(actor, honour, facts, prepared, opened)


@transaction.atomic
def _amend_honour(
    actor: Actor,
    honour: Honour,
    facts: HonourFacts,
    certificate: Prepared | None,
    opened: Mapping[str, str] | None,
) -> Honour:
    town, honour = _held(actor, honour)
    theirs = described(honour)
    mine = {**theirs, **described(facts)}
    hold_against(actor, town, opened, theirs, mine, {"honour": honour.pk})
    if certificate is not None and opened is not None:
        _hold_certificate(honour, opened.get("certificate", ""), certificate)
    before = _plain(honour)
    for name, value in asdict(facts).items():
        setattr(honour, name, value)
    _refuse_taken(honour)
    if certificate is not None:
        honour.certificate = keep_upload(certificate, actor)
    after = _plain(honour)
    if after == before:
        raise Stale("没有改动，未作保存。")
    honour.save()
    changed = {key for key in after if after[key] != before[key]}
    record(
        actor,
        "amend_honour",
        town,
        f"修改{honour.holder.name}的{honour}",
        data={"honour": honour.pk},
        before={key: before[key] for key in sorted(changed)},
        after={key: after[key] for key in sorted(changed)},
        scope_code=town.scope_code,
        audience="filer",
    )
    return honour


def described(row: Honour | HonourFacts) -> dict[str, str]:
    """What an honour says, as plain texts by field; of one that is kept its certificate, too."""
    names = HonourFacts.__dataclass_fields__
    plain = {name: str(getattr(row, name) or "") for name in names}
    return {**plain, "certificate": _scan(row)} if isinstance(row, Honour) else plain


def _scan(honour: Honour) -> str:
    return honour.certificate.sha256 if honour.certificate else ""


def _hold_certificate(honour: Honour, known: str, mine: Prepared) -> None:
    """A certificate that came since the form was opened is not replaced unseen."""
    if _scan(honour) in (known, mine.checked.sha256):
        return
    name = honour.certificate.name if honour.certificate else ""
    words = f"您打开本页之后，已有人上传了证书“{name}”。" if name else "证书已被移除。"
    again = "确实要更换的，请重新选择文件再保存；不更换的，不选文件直接保存。"
    raise ValidationError({"certificate": ValidationError(words + again, code="overtaken")})


@transaction.atomic
def revoke_honour(*, actor: Actor, honour: Honour, kind: str, on: date, reason: str) -> Honour:
    """End an honour that was withdrawn or entered by mistake; the row stays with its reason.

    ``kind``: what was withdrawn counts until the day and as an earlier one, a mistake never counts.
    """
    town, honour = _held(actor, honour)
    kinds = dict(REVOKED_CHOICES)
    if kind not in kinds:
        raise ValidationError({"kind": "请选择是被撤销，还是登记有误。"})
    if not reason.strip():
        raise ValidationError({"reason": "请写明撤销事由，例如“复核未通过”或“登记有误”。"})
    if on > clock.today():
        raise ValidationError({"on": "撤销日期不能晚于今天。"})
    if honour.awarded_on is not None and on < honour.awarded_on:
        raise ValidationError({"on": "撤销日期不能早于获得日期。"})
    honour.revoked_on, honour.revoked_as, honour.revoked_reason = on, kind, reason.strip()
    honour.save(update_fields=["revoked_on", "revoked_as", "revoked_reason"])
    record(
        actor,
        "revoke_honour",
        town,
        f"撤销{honour.holder.name}的{honour}（{kinds[kind]}）",
        data={
            "honour": honour.pk,
            "revoked_as": kind,
            "on": str(on),
            "reason": honour.revoked_reason,
        },
        scope_code=town.scope_code,
        audience="filer",
    )
    return honour


def _held(actor: Actor, honour: Honour) -> tuple[Town, Honour]:
    """The town through which the actor keeps the honour, and the honour, both locked."""
    require(may_keep_honour(actor, honour))
    town = maintained(actor, holders_towns(actor, honour)[0])
    honour = (
        Honour.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("enterprise", "town")
        .get(pk=honour.pk)
    )
    if honour.revoked_on is not None:
        raise Stale("这项荣誉已经撤销，不能再改。")
    return town, honour


def _of_the_town(actor: Actor, town: Town, enterprise: Enterprise) -> None:
    members = Membership.objects.visible_to(actor).filter(town=town, enterprise=enterprise)
    if not members.exists():
        raise ValidationError({"holder": f"{enterprise.name}不在{town.name}的企业名单中。"})


def _refuse_taken(honour: Honour) -> None:
    """Whatever way the number of a standard is typed."""
    same = Honour.objects.filter(
        enterprise=honour.enterprise,
        town=honour.town,
        kind=honour.kind,
        level=honour.level,
        title=honour.title,
        awarded_on=honour.awarded_on,
        revoked_on__isnull=True,
    ).exclude(pk=honour.pk)
    plain = standard_number if HONOUR_KINDS[honour.kind].group == STANDARD else str
    if plain(honour.number) in map(plain, same.values_list("number", flat=True)):
        raise ValidationError({"kind": TAKEN})


def _plain(honour: Honour) -> dict[str, str]:
    """What the ledger keeps of it."""
    return {
        "holder": honour.holder.name,
        "kind": honour.get_kind_display(),
        "level": honour.get_level_display(),
        "part": honour.get_part_display(),
        "title": honour.title,
        "number": honour.number,
        "issuer": honour.issuer,
        "awarded_on": str(honour.awarded_on or ""),
        "valid_to": str(honour.valid_to or ""),
        "certificate": _scan(honour),
    }
