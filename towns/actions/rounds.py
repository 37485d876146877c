"""Opening a round (批次)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import CriteriaSet
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.models import Round
from towns.policies import may_open_round


@transaction.atomic
def open_round(
    *, actor: Actor, criteria_set: CriteriaSet, chain: tuple[str, int], **fields: Any
) -> Round:
    """Open a round of the acting office with the criteria set version in force."""
    require(may_open_round(actor))
    office, level = acting_office(actor), actor.level
    if level is None or criteria_set.state != "published" or criteria_set.level != level.key:
        raise ValidationError({"criteria_set": "请选择本级已发布的认定标准。"})
    if office.region.code not in criteria_set.region.scope:
        raise ValidationError({"criteria_set": "该认定标准不适用于本行政区划。"})
    ended = criteria_set.effective_to
    if ended is not None and ended < fields["opens_on"]:
        raise ValidationError(
            {
                "criteria_set": f"{criteria_set.document_number} 已于 {ended} 失效，"
                "请选择现行的认定标准。"
            }
        )
    call = Round(
        office=office,
        level=level.key,
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
