"""Who may give, change and bind evidence."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.declared import criterion_section
from towns.models import Application
from towns.policies import may_correct, may_edit_section
from towns.sections import find_section


def may_edit_evidence(actor: Actor, application: Application, criterion: str) -> Verdict:
    """Whoever edits the criterion's section; after a return only where evidence was asked for."""
    section = find_section(application, criterion_section(criterion))
    if section is None:
        return refuse("该批次的认定标准没有这一条。")
    verdict = may_edit_section(actor, application, section)
    return may_correct(application, f"evidence.{criterion}") if verdict.ok else verdict


def may_merge_evidence(actor: Actor, application: Application) -> Verdict:
    """Whoever reads the evidence: the town, and offices once it was submitted."""
    if not Application.objects.visible_to(actor).filter(pk=application.pk).exists():
        return refuse("该申报不在您可以查看的范围内。")
    return ALLOWED
