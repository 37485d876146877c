"""Tags for values of indicators whatever their type."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from criteria.values import CHOSEN, pairs, shown
from portal.core.templatetags.portal import change, money_tag

register = template.Library()


@register.simple_tag
def figure(value: Any, row: Any) -> SafeString | str:
    """A value of an indicator: ``row`` has its type, unit and choices; 未填报 for none."""
    if value is None:
        return format_html('<span class="text-muted-ink">{}</span>', "未填报")
    if _of(row, "type") == "money":
        return money_tag(value)
    return shown(value, _of(row, "type"), _of(row, "unit"), _choices(row))


@register.simple_tag
def figure_change(value: Any, last: Any, row: Any) -> SafeString | str:
    """Its change against last year; what is chosen has none."""
    return "—" if _of(row, "type") in CHOSEN else change(value, last)


def _of(row: Any, name: str) -> Any:
    return row.get(name, "") if isinstance(row, dict) else getattr(row, name)


def _choices(row: Any) -> tuple[tuple[str, str], ...]:
    found = _of(row, "choices") or ()
    return pairs(found) if isinstance(found, list) else tuple(found)
