"""What a round asks to see under each criterion (材料清单): written by its office.

Until a town has begun an application the list is the office's to write. From then on nobody is
asked for more: a row may be added that need not be filled, removed while nobody has used it, put
elsewhere, or no longer be required.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.models import EvidenceSlot, Round
from towns.round_policies import may_change_round
from towns.round_queries import has_begun, used_slots

MOST_SLOTS = 200
FACTS = ("criterion", "title", "asked", "period", "pages_max", "required")
LABELS = {
    "criterion": "认定标准条目",
    "title": "材料名称",
    "asked": "要求",
    "period": "材料时间",
    "pages_max": "页数上限",
    "required": "必须提供",
}
BEGUN = "已有专业镇开始申报，"


@transaction.atomic
def add_slot(*, actor: Actor, call: Round, criterion: str, **facts: Any) -> EvidenceSlot:
    """Ask for a kind of evidence under a criterion; once towns have begun it cannot be required."""
    call = _locked(actor, call)
    if facts.get("required") and has_begun(call):
        raise ValidationError({"required": f"{BEGUN}新增的材料只能选填，不能设为必须提供。"})
    slot = _new(call, criterion, facts)
    _enter(actor, call, "add_slot", f"材料清单增加“{slot.title}”", after=_facts(slot))
    return slot


@transaction.atomic
def change_slot(*, actor: Actor, call: Round, slot_id: int, **facts: Any) -> EvidenceSlot:
    """Change a row; once towns have begun it can only stop being required."""
    call = _locked(actor, call)
    slot = _slot(call, slot_id)
    before = _facts(slot)
    for name, value in facts.items():
        setattr(slot, name, value)
    changed = [name for name in FACTS if _facts(slot)[name] != before[name]]
    if has_begun(call):
        eased = not slot.required and before["required"]
        refused = [name for name in changed if not (name == "required" and eased)]
        if refused:
            raise ValidationError(
                {
                    name: f"{BEGUN}不能再修改{LABELS[name]}；可以改为选填，或者另外增加选填的一项。"
                    for name in refused
                }
            )
    _check(call, slot)
    if changed:
        slot.save()
        after = _facts(slot)
        _enter(
            actor,
            call,
            "change_slot",
            f"修改材料清单的“{slot.title}”",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return slot


@transaction.atomic
def remove_slot(*, actor: Actor, call: Round, slot_id: int) -> None:
    """Take a row off the list while nobody has put a file under it."""
    call = _locked(actor, call)
    slot = _slot(call, slot_id)
    if slot.key in used_slots(call):
        raise ValidationError(
            f"已有申报按“{slot.title}”上传材料，不能删除。可以改为选填，不再要求提供。"
        )
    before = _facts(slot)
    slot.delete()
    _enter(actor, call, "remove_slot", f"材料清单删除“{slot.title}”", before=before)


@transaction.atomic
def move_slot(*, actor: Actor, call: Round, slot_id: int, up: bool) -> None:
    """Put a row before or after its neighbour under the same criterion."""
    call = _locked(actor, call)
    slot = _slot(call, slot_id)
    rows = list(call.slots.filter(criterion=slot.criterion).order_by("ordinal", "id"))
    place = next(index for index, row in enumerate(rows) if row.pk == slot.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for ordinal, row in enumerate(rows, start=1):
        row.ordinal = ordinal
    EvidenceSlot.objects.bulk_update(rows, ["ordinal"])
    way = "上移" if up else "下移"
    _enter(actor, call, "move_slot", f"材料清单中“{slot.title}”{way}")


@transaction.atomic
def copy_slots(*, actor: Actor, call: Round, source: Round) -> int:
    """Take the list of another round of the office over; what is there already stays, once.

    Rows under criteria that the set of this round does not have are left out. Once towns have
    begun what comes in need not be filled. Gives how many were added.
    """
    call = _locked(actor, call)
    source = Round.objects.visible_to(actor).get(pk=source.pk)
    if source.office_id != call.office_id or source.pk == call.pk:
        raise ValidationError({"source": "只能复制本机构其他批次的材料清单。"})
    known = {row.key for row in spec_of(call.criteria_set).criteria}
    there = set(call.slots.values_list("criterion", "title"))
    begun, added = has_begun(call), []
    for row in source.slots.order_by("ordinal", "id"):
        if row.criterion not in known or (row.criterion, row.title) in there:
            continue
        facts = {name: getattr(row, name) for name in FACTS if name != "criterion"}
        if begun:
            facts["required"] = False
        added.append(_new(call, row.criterion, facts))
    if added:
        _enter(
            actor,
            call,
            "copy_slots",
            f"从“{source.title}”复制材料清单 {len(added)} 项",
            after={"titles": [row.title for row in added]},
        )
    return len(added)


def _locked(actor: Actor, call: Round) -> Round:
    locked = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region", "criteria_set")
        .get(pk=call.pk)
    )
    require(may_change_round(actor, locked))
    return locked


def _slot(call: Round, pk: int) -> EvidenceSlot:
    slot = call.slots.filter(pk=pk).first()
    if slot is None:
        raise Stale("这一项材料已从清单中删除。")
    return slot


def _new(call: Round, criterion: str, facts: dict[str, Any]) -> EvidenceSlot:
    rows = list(call.slots.all())
    if len(rows) >= MOST_SLOTS:
        raise ValidationError(f"一个批次最多列 {MOST_SLOTS} 项材料。")
    slot = EvidenceSlot(
        round=call,
        criterion=criterion,
        key=_key(row.key for row in rows),
        ordinal=max((row.ordinal for row in rows if row.criterion == criterion), default=0) + 1,
        **facts,
    )
    _check(call, slot)
    slot.save()
    return slot


def _key(taken: Iterable[str]) -> str:
    """m001, m002 ...: never one that stands already."""
    numbers = [int(key[1:]) for key in taken if key[:1] == "m" and key[1:].isdecimal()]
    return f"m{max(numbers, default=0) + 1:03d}"


def _check(call: Round, slot: EvidenceSlot) -> None:
    slot.title = slot.title.strip()
    if slot.criterion not in {row.key for row in spec_of(call.criteria_set).criteria}:
        raise ValidationError({"criterion": "本批次的认定标准没有这一条，请另选。"})
    slot.full_clean()
    same = call.slots.filter(criterion=slot.criterion, title=slot.title).exclude(pk=slot.pk)
    if same.exists():
        raise ValidationError({"title": f"这一条下已有“{slot.title}”，请换一个名称。"})


def _facts(slot: EvidenceSlot) -> dict[str, Any]:
    return {name: getattr(slot, name) for name in FACTS}


def _enter(
    actor: Actor,
    call: Round,
    verb: str,
    summary: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    hold_in_scope(call, actor)
    record(actor, verb, call, summary, before=before, after=after, audience=call.audience)
