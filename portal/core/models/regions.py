"""Regions (行政区划) by GB/T 2260 code, and development zones under a city."""

from __future__ import annotations

from django.db import models

from portal.core.constants import LEVELS, REGION_KIND_CHOICES, REGION_KINDS, Level
from portal.core.scope import Scope, scope_of


class Region(models.Model):
    """One region; ``scope_from`` and ``scope_to`` are the half-open range of codes it covers."""

    code = models.CharField("行政区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("层级", max_length=10, choices=REGION_KIND_CHOICES)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    scope_from = models.CharField(max_length=12, editable=False)
    scope_to = models.CharField(max_length=12, editable=False)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "行政区划"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Derive the range from the code; a stored range never disagrees with it."""
        self.scope_from, self.scope_to = scope_of(self.code, self.kind)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def scope(self) -> Scope:
        """The range of codes this region covers."""
        return Scope(self.scope_from, self.scope_to)

    @property
    def level(self) -> Level:
        """The level its leading-group office works at: a zone's is a county's."""
        return LEVELS[REGION_KINDS[self.kind].level]

    @property
    def level_label(self) -> str:
        """省级, 市级 or 县级; the kind's own name for a zone."""
        level = LEVELS.get(self.kind)
        return level.adjective if level else self.get_kind_display()
