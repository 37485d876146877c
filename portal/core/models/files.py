"""Files: stored ones with what was found out about them, their page images, uploads under way."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.constants import PREVIEW_CHOICES, SCAN_CHOICES, SCAN_TONES, Preview, Scan

if TYPE_CHECKING:
    from portal.core.actor import Actor


class StoredFile(models.Model):
    """A file in storage with its digest; reached only through the row it belongs to.

    ``flags`` are findings that did not lead to a refusal (keys of ``FILE_FLAGS``); ``pages`` is the
    number of pages where the kind of file has pages and they could be counted.
    """

    file = models.FileField(upload_to="stored/%Y/%m/", max_length=200)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField("大小")
    sha256 = models.CharField("校验值", max_length=64, db_index=True)
    pages = models.PositiveIntegerField("页数", null=True, blank=True)
    flags = models.JSONField("提示", default=list, blank=True)
    scan = models.CharField("病毒扫描", max_length=10, choices=SCAN_CHOICES, default=Scan.UNSCANNED)
    scan_note = models.CharField(max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    preview = models.CharField(
        "预览", max_length=12, choices=PREVIEW_CHOICES, default=Preview.NOT_MADE
    )
    preview_note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name

    @property
    def scan_tone(self) -> str:
        """The colour of the tag that says whether it was scanned."""
        return SCAN_TONES[self.scan]


class FilePage(models.Model):
    """The image of one page of a stored file, made on the server; width and height in pixels."""

    source = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="page_images")
    number = models.PositiveIntegerField()
    image = models.FileField(upload_to="pages/%Y/%m/", max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = "预览页"
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_image_of_a_page")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads under way."""

    def visible_to(self, actor: Actor) -> UploadQuerySet:
        """Those begun from the acting post by the acting person."""
        if actor.is_system:
            return self
        return self.filter(post=actor.post, created_by=actor.user) if actor.post else self.none()


class Upload(models.Model):
    """A resumable upload: ``received`` of ``size`` bytes are safe on disk; ``stored`` once whole.

    Its bytes lie in the data folder, outside the site's root, until it is whole and checked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey("core.Post", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("大小")
    received = models.PositiveBigIntegerField("已接收", default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    stored = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="upload"
    )
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        verbose_name = verbose_name_plural = "上传"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("size")),
                name="upload_not_beyond_its_size",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_whole(self) -> bool:
        """Whether every byte has arrived."""
        return self.received == self.size
