"""An office gives up what it entered on behalf of a unit (撤销代录), before it is submitted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.constants import Filing
from towns.models import Application
from towns.policies import may_give_up_on_behalf


@transaction.atomic
def give_up_on_behalf(*, actor: Actor, application: Application, reason: str) -> Application:
    """Take the draft back, so that the unit may file itself; what was entered stays readable."""
    application = (
        Application.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("town__county", "round", "entered_by")
        .get(pk=application.pk)
    )
    require(may_give_up_on_behalf(actor, application))
    if not reason.strip():
        raise ValidationError({"reason": "请写明撤销代录的原因，例如“改由填报单位自行填报”。"})
    application.state = Filing.WITHDRAWN
    application.save(update_fields=["state"])
    hold_in_scope(application, actor)
    record(
        actor,
        "give_up_on_behalf",
        application,
        f"撤销代录：{reason.strip()}",
        data={"reason": reason.strip()},
        scope_code=application.scope_code,
        audience="unit" if application.trial else "filer",
    )
    return application
