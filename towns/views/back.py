"""The way back: register pages opened from an application lead back to it."""

from __future__ import annotations

from django.http import HttpRequest

from portal.core.actor import Actor
from towns.models import Application, Town


def application_behind(request: HttpRequest, actor: Actor, town: Town) -> Application | None:
    """The application of this town that ``?application=`` names, if the actor may see it."""
    text = request.GET.get("application", "")
    if not text.isdecimal() or len(text) > 18:
        return None
    return (
        Application.objects.visible_to(actor)
        .filter(town=town, pk=int(text))
        .select_related("round")
        .first()
    )


def back_parameter(application: Application | None) -> str:
    """What carries the way back on to the next page."""
    return f"&application={application.pk}" if application else ""
