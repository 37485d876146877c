"""What surrounds the ledger: the unchained stream, the daily anchors, the seals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.constants import ACCESS_KIND_CHOICES, LEDGER_OUTCOME_CHOICES
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class AccessQuerySet(ScopedQuerySet["AccessEntry"]):
    """Entries of the unchained stream."""

    scope_field = "office_code"

    def visible_to(self, actor: Actor) -> AccessQuerySet:
        """Auditors: what the people of their region's offices did; nobody else.

        What nobody did for an office (public downloads, sign-ins of strangers) carries no code; it
        is for the auditor of the topmost region, whose range therefore begins with the empty one.
        """
        if actor.is_system:
            return self
        if not actor.audits or actor.office is None:
            return self.none()
        if actor.office.region.parent_id is None:
            return self.filter(office_code__lt=actor.office.region.scope.upper)
        return self.in_jurisdiction(actor)


class AccessEntry(models.Model):
    """A view, download, export, sign-in or refusal (访问记录): not chained, covered by anchors."""

    at = models.DateTimeField("时间")
    kind = models.CharField("类别", max_length=20, choices=ACCESS_KIND_CHOICES)
    outcome = models.CharField("结果", max_length=10, choices=LEDGER_OUTCOME_CHOICES, default="ok")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_name = models.CharField("人员", max_length=60, blank=True)
    office_name = models.CharField("机构", max_length=120, blank=True)
    office_code = models.CharField(max_length=12, blank=True)
    post = models.ForeignKey("core.Post", on_delete=models.PROTECT, null=True, related_name="+")
    post_label = models.CharField("岗位", max_length=60, blank=True)
    address = models.CharField("来源地址", max_length=45, blank=True)
    subject = models.CharField("对象", max_length=120, blank=True)
    path = models.CharField(max_length=200, blank=True)
    summary = models.CharField("说明", max_length=400, blank=True)
    scheme = models.PositiveSmallIntegerField(default=2)
    algorithm = models.CharField(max_length=10, default="sm3")
    digest = models.CharField(max_length=64)

    objects = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "访问记录"
        indexes = [
            models.Index(fields=["office_code", "-id"], name="access_scope"),
            models.Index(fields=["kind", "at"], name="access_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"


class AnchorQuerySet(models.QuerySet["LedgerAnchor"]):
    """Anchors."""

    def visible_to(self, actor: Actor) -> AnchorQuerySet:
        """Every auditor: a day's counts and digests name nobody and no region."""
        return self if actor.is_system or actor.audits else self.none()


class SealQuerySet(models.QuerySet["LedgerSeal"]):
    """Seals."""

    def visible_to(self, actor: Actor) -> SealQuerySet:
        """As anchors."""
        return self if actor.is_system or actor.audits else self.none()


class LedgerAnchor(models.Model):
    """The daily anchor (日锚): one digest over every entry written up to the end of a day.

    It covers the ledger's and the stream's rows after the previous anchor's last keys, and the
    previous anchor's digest, so that nothing can be taken out or put in unnoticed.
    """

    day = models.DateField("日期", unique=True)
    ledger_from = models.BigIntegerField()
    ledger_to = models.BigIntegerField()
    ledger_count = models.PositiveIntegerField("台账条数")
    access_from = models.BigIntegerField()
    access_to = models.BigIntegerField()
    access_count = models.PositiveIntegerField("访问记录条数")
    algorithm = models.CharField("算法", max_length=10)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField("校验值", max_length=64)
    created_at = models.DateTimeField()

    objects = AnchorQuerySet.as_manager()

    class Meta:
        ordering = ["-day"]
        verbose_name = verbose_name_plural = "日锚"

    def __str__(self) -> str:
        return f"{self.day}"


class LedgerSeal(models.Model):
    """Whole anchored days past their retention, exported to a file (封存)."""

    day_from = models.DateField("自")
    day_to = models.DateField("至")
    ledger_to = models.BigIntegerField()
    access_to = models.BigIntegerField()
    ledger_count = models.PositiveIntegerField("台账条数")
    access_count = models.PositiveIntegerField("访问记录条数")
    file_name = models.CharField("导出文件", max_length=200)
    algorithm = models.CharField("算法", max_length=10)
    file_digest = models.CharField("文件校验值", max_length=64)
    sealed_at = models.DateTimeField("封存时间")

    objects = SealQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "封存"

    def __str__(self) -> str:
        return f"{self.day_from} - {self.day_to}"


class SealedTail(models.Model):
    """The last link of a chain that went into a seal: what the next entry follows from."""

    seal = models.ForeignKey(LedgerSeal, on_delete=models.PROTECT, related_name="tails")
    chain = models.CharField(max_length=60)
    seq = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "封存链尾"
        constraints = [models.UniqueConstraint(fields=["seal", "chain"], name="one_tail_a_chain")]
        indexes = [models.Index(fields=["chain", "-seq"], name="tail_chain")]

    def __str__(self) -> str:
        return f"{self.chain} {self.seq}"
