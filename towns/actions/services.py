"""Public-service functions and platforms of a town."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.ledger import record
from towns.actions.keeping import maintained
from towns.constants import FUNCTION_STATE_CHOICES, SERVICE_FUNCTIONS
from towns.models import Town, TownFunction


@transaction.atomic
def set_functions(
    *, actor: Actor, town: Town, states: Mapping[str, str], platforms: Mapping[str, str]
) -> None:
    """Record which of the eight public-service functions the town has."""
    town = maintained(actor, town)
    for key, state in states.items():
        if key not in dict(SERVICE_FUNCTIONS):
            raise ValidationError("没有这项公共服务功能。")
        if state not in dict(FUNCTION_STATE_CHOICES):
            raise ValidationError({key: "请选择有、在建或无。"})
        _set_function(town, key, state, platforms.get(key, ""))
    record(
        actor,
        "set_functions",
        town,
        "更新公共服务功能",
        data=dict(states),
        scope_code=town.scope_code,
        audience="filer",
    )


def _set_function(town: Town, key: str, state: str, platform: str) -> None:
    """A changed state begins a new row; what was corrected on the same day stays one."""
    today = clock.today()
    present = TownFunction.objects.filter(town=town, key=key, until__isnull=True).first()
    if present is not None and (present.state == state or present.since == today):
        present.state, present.platform = state, platform
        present.save(update_fields=["state", "platform"])
        return
    if present is not None:
        present.until = today
        present.save(update_fields=["until"])
    TownFunction.objects.create(
        town=town,
        key=key,
        state=state,
        platform=platform,
        since=today if present is not None else None,
    )
