"""Two versions of one part, for the style guide; invented."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from portal.core.merging import Overtaken
from portal.core.opened import Merging

LABELS = {"title": "条目名称", "ask": "请申报人填报什么", "points": "满分"}
OPENED = {"title": "特色", "ask": "请说明主导产业的特色。", "points": "20 分"}


def two_versions() -> dict[str, Any]:
    """What the person who came second is asked."""
    theirs = {**OPENED, "points": "25 分"}
    mine = {**OPENED, "ask": "请说明主导产业的特色，附佐证材料。", "points": "30 分"}
    merging = Merging("styleguide", LABELS, lambda name, value: str(value))
    return merging.page(OPENED, mine, Overtaken(theirs, 3, "李建国", timezone.now()))
