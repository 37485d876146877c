"""Pages of what is being typed (样稿), set by a worker: asked for, made, shown, cleared away.

A sample belongs to the post that typed it and to nobody else; its job carries the words, so that
nothing is saved for a look. The same words on the same form are the same job.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from portal.core import clock, jobs
from portal.core.actions.documents.drafting import missing_characters
from portal.core.actor import SYSTEM, Actor, acting_office, acting_seat
from portal.core.constants import JobState
from portal.core.documents.kinds import Texts
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import render
from portal.core.files import store_bytes
from portal.core.ledger import canonical
from portal.core.models import FilePage, Job, OfficialDocument
from portal.core.previews.making import make_pages
from portal.core.uploads.clearing import discard_stored

KIND = "core.set_sample"
# Long after anybody looks at it, and past the time in which the same bytes may be taken up again.
KEPT = timedelta(hours=2)
CLEARED_AT_ONCE = 500
# Twice the width at which a page is shown beside the form.
WIDTH = 960


@dataclass(frozen=True, slots=True)
class Sample:
    """What is to be set. ``slot`` names the form: of one form only the newest words wait."""

    kind: str
    texts: Texts
    slot: str
    content: dict[str, Any] = field(default_factory=dict)
    word: str = ""
    joint_organs: list[str] = field(default_factory=list)


def document_of(actor: Actor, sample: Sample) -> OfficialDocument:
    """The document that it would be; never saved."""
    return OfficialDocument(
        office=acting_office(actor),
        kind=sample.kind,
        content=sample.content,
        word=sample.word,
        joint_organs=sample.joint_organs,
        **sample.texts._asdict(),
    )


def obstacles(actor: Actor, sample: Sample) -> list[str]:
    """Why it cannot be set yet: nothing written, or characters that no font has."""
    if not sample.texts.title.strip():
        return ["填写标题后显示样稿。"]
    if not sample.texts.body.strip() and not sample.content.get("attachments"):
        return ["填写正文后显示样稿。"]
    return missing_characters(document_of(actor, sample))


def request_sample(actor: Actor, sample: Sample) -> Job:
    """Have it set by a worker. Earlier words of the same form that nobody has begun are dropped."""
    post = acting_seat(actor)
    arguments = {**asdict(sample), "texts": list(sample.texts), "day": str(clock.today())}
    digest = hashlib.sha256(canonical(arguments).encode()).hexdigest()[:40]
    key = f"sample:{post.pk}:{digest}"
    with transaction.atomic():
        Job.objects.visible_to(actor).filter(
            kind=KIND, state=JobState.QUEUED, arguments__slot=sample.slot
        ).exclude(key=key).delete()
        return jobs.enqueue(KIND, actor=actor, label="排印样稿", key=key, arguments=arguments)


@jobs.handler(KIND, passing=True)
def set_sample(run: jobs.Run) -> dict[str, Any]:
    """Set the words and make the images of the pages, each to be seen once it is there."""
    run.progress(0, 1, "正在排版")
    actor, given = jobs.actor_of(run.job), run.job.arguments
    stored = run.job.file
    if stored is None:
        names = ("kind", "slot", "content", "word", "joint_organs")
        sample = Sample(texts=Texts(*given["texts"]), **{name: given[name] for name in names})
        content = content_of(document_of(actor, sample), draft=True, on=clock.today())
        pdf = render(content).pdf
        stored = store_bytes(pdf, f"样稿-{sample.texts.title}.pdf", "application/pdf", actor)
        run.hold(stored)
    return {"file": stored.pk, "pages": make_pages(run, stored, width=WIDTH)}


def clear_samples() -> int:
    """Remove samples that nobody looks at any more, with their files; the number of them."""
    past = Job.objects.visible_to(SYSTEM).filter(kind=KIND, created_at__lt=clock.now() - KEPT)
    finished = past.filter(state__in=(JobState.DONE, JobState.FAILED)).select_related("file")
    cleared = 0
    for job in finished.order_by("pk")[:CLEARED_AT_ONCE]:
        cleared += _clear(job)
    return cleared


@transaction.atomic
def _clear(job: Job) -> bool:
    stored = job.file
    try:
        with transaction.atomic():
            job.delete()
    except ProtectedError:
        return False
    if stored is not None:
        images = list(FilePage.objects.filter(source=stored))
        FilePage.objects.filter(source=stored).delete()
        Job.objects.filter(key=f"preview:{stored.pk}").delete()
        discard_stored(stored)
        transaction.on_commit(lambda: _remove(images))
    return True


def _remove(images: list[FilePage]) -> None:
    for page in images:
        page.image.storage.delete(str(page.image.name))
