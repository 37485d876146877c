"""The categories (类别) of towns: those the documents name, and those that offices added.

A town's category, an application's and a set's list all hold a key; this module says what a key is
called and which may be chosen. Names never change once entered, so those read are kept in the
process and read again only when a key is unknown. Inside a criteria set the set's own names win.
"""

from __future__ import annotations

from typing import ClassVar

from criteria.models import Category
from portal.core.models import Region

# 晋政办发〔2022〕81号 and 蒲政办发〔2023〕1号 name these.
DOCUMENTED: tuple[tuple[str, str], ...] = (
    ("manufacturing", "制造业"),
    ("agriculture", "特优农业"),
    ("light_craft", "特色轻工（工艺美术）"),
    ("culture_tourism", "文化旅游"),
)
LONGEST_KEY = 30


class _Names:
    """Names by key, as last read."""

    known: ClassVar[dict[str, str]] = dict(DOCUMENTED)


def forget() -> None:
    """Keep only the names that the documents give; the others are read again when asked for."""
    _Names.known = dict(DOCUMENTED)


def category_names() -> dict[str, str]:
    """Every category's name by its key, read now."""
    _Names.known = dict(DOCUMENTED) | dict(Category.objects.values_list("key", "name"))
    return dict(_Names.known)


def is_category(key: str) -> bool:
    """Whether there is such a category."""
    return bool(key) and (key in _Names.known or key in category_names())


def category_label(key: str) -> str:
    """The name of a category; the key itself when there is none, nothing for nothing."""
    if not is_category(key):
        return key
    return _Names.known[key]


def category_choices(region: Region | None = None) -> list[tuple[str, str]]:
    """Keys and names to choose from: all, or those of a region, of the regions above and below."""
    rows = Category.objects.order_by("pk")
    if region is not None:
        # Ranges of codes nest or do not meet, so these two cover above, itself and below.
        above = rows.filter(region__scope_from__lte=region.code, region__scope_to__gt=region.code)
        below = rows.filter(region__code__gte=region.scope_from, region__code__lt=region.scope_to)
        rows = above | below
    found = dict(rows.values_list("key", "name"))
    _Names.known = _Names.known | found
    return [*DOCUMENTED, *found.items()]


class Categorised:
    """A model with a category says its name as Django does for choices."""

    category: str

    def get_category_display(self) -> str:
        """The name of the category."""
        return category_label(self.category)
