"""What belongs to official documents: templates, drafting sheets (发文稿纸), numbers, sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.constants import (
    BATCH_ITEM_STATE_CHOICES,
    COSIGN_STATE_CHOICES,
    DOCUMENT_RELATION_CHOICES,
    NUMBER_SOURCE_CHOICES,
    NUMBER_STATE_CHOICES,
    SHEET_DECISION_CHOICES,
    SHEET_STEP_CHOICES,
    TEMPLATE_STATE_CHOICES,
)
from portal.core.documents.kinds import Kind, kind_of
from portal.core.models.accounts import User
from portal.core.models.documents import OfficialDocument
from portal.core.models.files import StoredFile
from portal.core.models.jobs import Job
from portal.core.models.offices import Office

if TYPE_CHECKING:
    from portal.core.actor import Actor


def _user() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )


class DocumentTemplateQuerySet(models.QuerySet["DocumentTemplate"]):
    """Templates of documents."""

    def visible_to(self, actor: Actor) -> DocumentTemplateQuerySet:
        """An office's own; nobody else's."""
        if actor.is_system:
            return self
        if actor.office is None or actor.scope is None:
            return self.none()
        return self.filter(office=actor.office)

    def current(self) -> DocumentTemplateQuerySet:
        """Those in use."""
        return self.filter(state="current")


class DocumentTemplate(models.Model):
    """An office's wording of one kind of document, a version each; the texts hold 【placeholders】.

    What no office has worded is the kind's own text (``Kind.supplied``), version 0. A version in
    use or retired is never changed; the next one starts as its copy.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("公文种类", max_length=30)
    version = models.PositiveIntegerField("版本")
    state = models.CharField(max_length=10, choices=TEMPLATE_STATE_CHOICES, default="draft")
    title = models.CharField("标题", max_length=200)
    addressees = models.CharField("主送机关", max_length=400, blank=True)
    body = models.TextField("正文")
    copy_to = models.CharField("抄送", max_length=400, blank=True)
    note = models.CharField("附注", max_length=60, blank=True)
    remark = models.CharField("修改说明", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=0)
    changed_by = _user()
    changed_name = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()
    put_in_use_at = models.DateTimeField(null=True)
    put_in_use_name = models.CharField(max_length=60, blank=True)
    retired_at = models.DateTimeField(null=True)

    objects = DocumentTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-version"]
        verbose_name = verbose_name_plural = "公文模板"
        constraints = [
            models.UniqueConstraint(
                fields=["office", "kind", "version"], name="template_version_once"
            ),
            models.UniqueConstraint(
                fields=["office", "kind"],
                condition=Q(state="current"),
                name="one_template_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spec.label} 第{self.version}版"

    @property
    def spec(self) -> Kind:
        """The kind that it words."""
        return kind_of(self.kind)


class NumberRule(models.Model):
    """How an office numbers its documents of one genre: 机关代字, and where numbers come from."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="number_rules")
    genre = models.CharField("文种", max_length=10)
    word = models.CharField("机关代字", max_length=30)
    source = models.CharField(
        "编号方式", max_length=10, choices=NUMBER_SOURCE_CHOICES, default="portal"
    )

    class Meta:
        verbose_name = verbose_name_plural = "编号规则"
        constraints = [
            models.UniqueConstraint(fields=["office", "genre"], name="one_number_rule_a_genre")
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.genre} {self.word}"


class DocumentNumber(models.Model):
    """A number that was taken: by a document, or voided with its reason. Never given twice."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    word = models.CharField("机关代字", max_length=30)
    year = models.PositiveIntegerField("年份")
    serial = models.PositiveIntegerField("序号")
    text = models.CharField("发文字号", max_length=60, unique=True)
    source = models.CharField(max_length=10, choices=NUMBER_SOURCE_CHOICES, default="portal")
    state = models.CharField(max_length=10, choices=NUMBER_STATE_CHOICES, default="used")
    reason = models.CharField("作废原因", max_length=200, blank=True)
    document = models.OneToOneField(
        OfficialDocument, on_delete=models.PROTECT, null=True, related_name="number_taken"
    )
    taken_by = _user()
    taken_name = models.CharField(max_length=60, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["office", "word", "-year", "-serial"]
        verbose_name = verbose_name_plural = "发文字号"
        constraints = [
            models.UniqueConstraint(
                fields=["office", "word", "year", "serial"], name="serial_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(state="used", document__isnull=False)
                | (Q(state="void", document__isnull=True) & ~Q(reason="")),
                name="number_used_or_void_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SheetEntry(models.Model):
    """A line of the drafting sheet (发文稿纸): who did what, with which opinion, when."""

    document = models.ForeignKey(OfficialDocument, on_delete=models.CASCADE, related_name="sheet")
    step = models.CharField(max_length=10, choices=SHEET_STEP_CHOICES)
    decision = models.CharField(max_length=10, choices=SHEET_DECISION_CHOICES)
    opinion = models.CharField("意见", max_length=400, blank=True)
    # Of the text as it was then.
    revision = models.PositiveIntegerField()
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    organ_name = models.CharField(max_length=120)
    user = _user()
    name = models.CharField(max_length=60)
    post_label = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "发文稿纸"

    def __str__(self) -> str:
        return f"{self.document} {self.get_step_display()} {self.name}"


class Cosigner(models.Model):
    """An organ asked to sign jointly (会签). One outside the portal has no ``office``: the drafting
    office enters what came back on paper."""

    document = models.ForeignKey(
        OfficialDocument, on_delete=models.CASCADE, related_name="cosigners"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    organ_name = models.CharField("会签机关", max_length=120)
    # Whether it issues the document jointly (联合发文) or only agrees to it.
    joint = models.BooleanField("联合发文", default=False)
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=COSIGN_STATE_CHOICES, default="waiting")

    class Meta:
        ordering = ["position", "id"]
        verbose_name = verbose_name_plural = "会签"
        constraints = [
            models.UniqueConstraint(fields=["document", "organ_name"], name="cosigner_once")
        ]

    def __str__(self) -> str:
        return self.organ_name


class DocumentLink(models.Model):
    """A document that corrects, supersedes or revokes an earlier one (更正、替代、撤销).

    It takes effect when the later document is issued; until then it is only drafted.
    """

    document = models.ForeignKey(OfficialDocument, on_delete=models.CASCADE, related_name="acts_on")
    target = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, related_name="acted_on_by"
    )
    relation = models.CharField(max_length=10, choices=DOCUMENT_RELATION_CHOICES)
    reason = models.CharField("原因", max_length=400)

    class Meta:
        verbose_name = verbose_name_plural = "公文关联"
        constraints = [
            models.UniqueConstraint(fields=["document", "target"], name="document_link_once"),
            models.CheckConstraint(
                condition=~Q(document=models.F("target")), name="document_links_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.get_relation_display()} {self.target}"


class Delivery(models.Model):
    """A document sent to an office inside the portal."""

    document = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, related_name="deliveries"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="deliveries")
    organ_name = models.CharField("收文单位", max_length=120)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "分发"
        constraints = [
            models.UniqueConstraint(fields=["document", "office"], name="delivered_once")
        ]

    def __str__(self) -> str:
        return f"{self.document} → {self.organ_name}"


class DeliveryRead(models.Model):
    """A person of the receiving office opened the document. Not entered in the ledger."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "签收"
        constraints = [
            models.UniqueConstraint(fields=["delivery", "user"], name="delivery_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.delivery} {self.name}"


class DocumentBatchQuerySet(models.QuerySet["DocumentBatch"]):
    """Batches."""

    def visible_to(self, actor: Actor) -> DocumentBatchQuerySet:
        """The acting office's own."""
        if actor.is_system:
            return self
        if actor.office is None or actor.scope is None:
            return self.none()
        return self.filter(office=actor.office)


class DocumentBatch(models.Model):
    """Many letters or certificates made by one job: an item each, one zip and one merged PDF."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    # A key of the table of batches (``documents.batches``), and what it is asked with.
    kind = models.CharField(max_length=40)
    label = models.CharField("名称", max_length=200)
    arguments = models.JSONField(default=dict)
    # Asked for twice with the same arguments on one form, it is one batch.
    key = models.CharField(max_length=160, unique=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    bundle = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    merged = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = _user()
    created_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    objects = DocumentBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "批量文件"

    def __str__(self) -> str:
        return self.label


class DocumentBatchItem(models.Model):
    """One letter or certificate of a batch, and what came of it."""

    batch = models.ForeignKey(DocumentBatch, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    # What it is about, as the table of batches names it (the key of a certification, of a town).
    subject = models.CharField(max_length=60)
    label = models.CharField("名称", max_length=200)
    state = models.CharField(max_length=10, choices=BATCH_ITEM_STATE_CHOICES, default="waiting")
    reason = models.CharField("原因", max_length=400, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    pages = models.PositiveIntegerField(null=True)
    document = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["batch", "position"]
        verbose_name = verbose_name_plural = "批量文件明细"
        constraints = [
            models.UniqueConstraint(fields=["batch", "subject"], name="batch_subject_once")
        ]

    def __str__(self) -> str:
        return self.label
