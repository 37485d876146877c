"""Long work (任务). The row is the truth; the broker only wakes workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.core.constants import JOB_STATE_CHOICES, JobState

if TYPE_CHECKING:
    from portal.core.actor import Actor


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs."""

    def visible_to(self, actor: Actor) -> JobQuerySet:
        """The jobs started from the acting post: its next holder sees them and their results."""
        if actor.is_system:
            return self
        return self.filter(post=actor.post) if actor.post else self.none()


class Job(models.Model):
    """One piece of long work: state, lease, heartbeat, progress, result, reason of failure."""

    kind = models.CharField(max_length=60)
    label = models.CharField("任务", max_length=200)
    key = models.CharField(max_length=120, unique=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JOB_STATE_CHOICES, default=JobState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    office = models.ForeignKey(
        "core.Office", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    post = models.ForeignKey(
        "core.Post", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    file = models.ForeignKey(
        "core.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "任务"
        indexes = [
            models.Index(fields=["post", "-id"], name="job_post"),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_finished(self) -> bool:
        """Done or failed."""
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def percent(self) -> int:
        """Progress from 0 to 100; a job that does not count stands at 0 until it is done."""
        if self.state == JobState.DONE:
            return 100
        return (
            min(99, self.progress_done * 100 // self.progress_total) if self.progress_total else 0
        )

    def url(self, office_slug: str) -> str:
        """The job's page in an office's workspace."""
        return reverse("job", args=[office_slug, self.pk])
