"""Where each section of the task list is filled."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.web import office_url
from towns.models import Application

OWN = {"facts": "application-overview", "industry": "application-industry"}
REGISTERS = ("figures", "enterprises", "honours", "standards", "functions")


def section_url(actor: Actor, application: Application, key: str) -> str:
    """The page of a section; request and commitments stand on the page that shows everything."""
    if key in OWN:
        return office_url(actor, OWN[key], application.pk)
    head, _, criterion = key.partition(".")
    if head == "criterion":
        return office_url(actor, "application-criterion", application.pk, criterion)
    if key in REGISTERS:
        return office_url(actor, "application-section", application.pk, key)
    return office_url(actor, "application-check", application.pk) + f"#{key}"
