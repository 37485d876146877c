"""Job handlers of the reviews app, and what queues them."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.core.exceptions import ValidationError

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.documents.printing import printed
from portal.core.errors import require
from portal.core.files import store_bytes
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import Job
from reviews.actions.consulting import note_silent_units
from reviews.actions.due_reminders import remind_of_cases
from reviews.papers import PAPERS, Paper


def request_paper(actor: Actor, paper: Paper, row: Any, pk: int) -> Job:
    """Queue the PDF of a paper; two clicks within a second are one job.

    ``row`` is what ``paper.find`` gave for ``pk``. Raises ValidationError where there is nothing to
    print.
    """
    require(paper.may(actor, row))
    paper.content(actor, row)
    return jobs.enqueue(
        "reviews.render_paper",
        actor=actor,
        label=f"{paper.label} {row}",
        key=f"paper:{paper.key}:{pk}:{actor.post.pk if actor.post else 0}:"
        f"{clock.now():%Y%m%d%H%M%S}",
        arguments={"paper": paper.key, "key": pk},
    )


@shared_task(name="reviews.remind_of_cases")
def remind() -> None:
    """Terms that are near or have passed, each mark once."""
    remind_of_cases()


@handler("reviews.render_paper")
def render_paper(run: Run) -> dict[str, Any]:
    """Make the PDF of what the actor still sees."""
    run.progress(0, 1, "正在排版")
    actor, paper = actor_of(run.job), PAPERS[run.job.arguments["paper"]]
    row = paper.find(actor, run.job.arguments["key"])
    if row is None:
        raise ValidationError("这份材料所涉事项已不在可见范围内，没有制作。")
    require(paper.may(actor, row))
    content = paper.content(actor, row)
    name = f"{content.title.replace(chr(10), '')}.pdf"
    stored = store_bytes(printed(content).pdf, name, "application/pdf", actor)
    return {"file": stored.pk, "sha256": stored.sha256}


@shared_task(name="reviews.note_silent_units")
def note_silent() -> None:
    """Record which member units let their limit pass; nothing to do when that was done."""
    note_silent_units()
