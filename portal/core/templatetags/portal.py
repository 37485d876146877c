"""Template vocabulary of the portal: how values are written and how form fields are drawn.

The library is a template builtin, so pages need no ``{% load %}`` for it. Components with a body
(table frame, panel, fieldset, inset) are block tags; every other component is a partial under
``templates/components/`` that pages include.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.core import field_rendering, formatting, web
from portal.core.actor import Actor

register = template.Library()

TONES = ("neutral", "info", "success", "warning", "danger", "done")

# How a table column shows its cells: the class of the cell, by the kind of the column.
CELL_CLASSES: Mapping[str, str] = {
    "text": "",
    "name": "cell-name",
    "number": "num",
    "money": "num",
    "percent": "num",
    "date": "cell-date",
    "datetime": "cell-date",
    "code": "cell-code",
    "tag": "cell-tag",
    "seq": "seq",
}

# --------------------------------------------------------------------------------------- values


@register.filter
def money(value: object, digits: int = 2) -> str:
    return formatting.money(value, digits)


@register.filter
def money_full(value: object) -> str:
    return formatting.money_full(value)


@register.filter
def money_in(value: object, unit: str) -> str:
    return formatting.money_in(value, unit)


@register.filter
def number(value: object, digits: int = 2) -> str:
    return formatting.number(value, digits)


@register.filter
def percent(value: object, digits: int = 1) -> str:
    return formatting.percent(value, digits)


@register.filter
def quantity(value: object, unit: str = "") -> str:
    return formatting.quantity(value, unit)


@register.filter
def count_text(value: int | None) -> str:
    return formatting.count(value)


@register.filter
def capped_count(value: int | None) -> str:
    """A count that stopped at 1,000 is written 1,000+."""
    return formatting.count(value, capped=True)


@register.filter
def cn_date(value: date | datetime | None) -> str:
    return formatting.cn_date(value)


@register.filter
def iso_date(value: date | datetime | None) -> str:
    return formatting.iso_date(value)


@register.filter
def cn_datetime(value: datetime | None) -> str:
    return formatting.cn_datetime(value)


@register.filter
def iso_datetime(value: datetime | None) -> str:
    return formatting.iso_datetime(value)


@register.filter
def since(value: date | datetime | None) -> str:
    return formatting.since(value, timezone.now())


@register.filter
def relative_time(value: date | datetime | None) -> str:
    return formatting.relative(value, timezone.now()) if value else ""


@register.filter
def yesno_cn(value: object) -> str:
    return formatting.yesno(value)


@register.filter
def file_size(value: int | None) -> str:
    return formatting.file_size(value)


@register.filter
def short_digest(value: str | None) -> str:
    return formatting.short_digest(value)


@register.filter
def or_dash(value: object) -> object:
    """The value, or a dash where there is none (0 and False are values)."""
    return formatting.DASH if value is None or value == "" else value


@register.filter
def tone(value: object) -> str:
    """A known tone, ``neutral`` for everything else: a page never loses a tag to a typing slip."""
    return str(value) if value in TONES else "neutral"


@register.simple_tag(name="money")
def money_tag(value: object, digits: int = 2) -> SafeString | str:
    """The amount in 万元/亿元 with the full figure on hover: <data value="..." title="...">."""
    amount = formatting.to_decimal(value)
    if amount is None:
        return formatting.DASH
    return format_html(
        '<data class="money" value="{}" title="{}">{}</data>',
        f"{amount:f}",
        formatting.money_full(amount),
        formatting.money(amount, digits),
    )


@register.simple_tag(name="moment")
def moment_tag(value: date | datetime | None) -> SafeString | str:
    """The absolute time with the relative one beside it, as a <time> element."""
    if value is None:
        return formatting.DASH
    absolute = (
        formatting.iso_datetime(value)
        if isinstance(value, datetime)
        else formatting.iso_date(value)
    )
    return format_html(
        '<time datetime="{}">{}</time><span class="relative">（{}）</span>',
        value.isoformat(),
        absolute,
        formatting.relative(value, timezone.now()),
    )


@register.simple_tag
def change(current: object, previous: object, unit: str = "") -> SafeString | str:
    """Change against last year in words and sign, never by colour alone."""
    text = formatting.change_of(current, previous, unit)
    if text == formatting.DASH:
        return text
    more, less = ("提高", "降低") if unit == "%" else ("增长", "下降")
    word = more if text.startswith("+") else less if text.startswith("-") else "持平"
    shown = text.lstrip("+-") if word != "持平" else ""
    return format_html('<span class="change">{} {}</span>', word, shown)


@register.simple_tag
def bar(value: object, whole: object, target: object = None) -> SafeString:
    """A horizontal bar drawn by SVG attributes, with an optional mark where the target lies."""
    mark = mark_safe("")
    if formatting.to_decimal(target) is not None:
        mark = format_html(
            '<rect class="bar-target" x="{}" y="0" width="0.8" height="10"/>',
            formatting.share(target, whole),
        )
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><rect class="bar-back" width="100" height="10"/>'
        '<rect class="bar-fill" width="{}" height="10"/>{}</svg>',
        formatting.share(value, whole),
        mark,
    )


@register.simple_tag
def chart_whole(rows: Iterable[Mapping[str, Any]], whole: object = None) -> object:
    """The value of a full bar: the given one, else the largest value or target of the rows."""
    if formatting.to_decimal(whole):
        return whole
    values = [
        amount
        for row in rows
        for amount in (
            formatting.to_decimal(row.get("value")),
            formatting.to_decimal(row.get("target")),
        )
        if amount is not None
    ]
    return max(values, default=None)


@register.simple_tag
def setting(name: str) -> object:
    """One of the settings pages may show; anything else is a mistake of the template."""
    if name not in {"PORTAL_NAME", "PORTAL_DEMO", "DEBUG"}:
        raise template.TemplateSyntaxError(f"{name} is not a setting that pages may show")
    return getattr(settings, name, "")


@register.simple_tag(takes_context=True)
def office_url(context: template.Context, name: str, *args: object) -> str:
    """An address inside the acting office's workspace: ``{% office_url 'case' case.pk %}``."""
    actor: Actor | None = context.get("actor") or getattr(context.get("request"), "actor", None)
    if actor is None or actor.office is None or actor.post is None:
        raise template.TemplateSyntaxError("office_url is for pages of an office's workspace")
    return web.office_url(actor, name, *args)


# --------------------------------------------------------------------------------------- tables


def _cell_text(kind: str, value: Any) -> SafeString | str:
    if value is None or value == "":
        return formatting.DASH
    if kind == "money":
        return money_tag(value)
    if kind == "number":
        return value if isinstance(value, str) else formatting.number(value)
    if kind == "percent":
        return value if isinstance(value, str) else formatting.percent(value)
    if kind == "date":
        return value if isinstance(value, str) else formatting.iso_date(value)
    if kind == "datetime":
        return value if isinstance(value, str) else formatting.iso_datetime(value)
    return str(value) if not isinstance(value, SafeString) else value


@register.simple_tag
def table_cells(columns: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> SafeString:
    """The <td> elements of one row: one per column, aligned and written by the column's kind.

    A cell is a value, or a mapping with ``text`` and any of ``url``, ``tone``, ``note``.
    """
    parts: list[SafeString] = []
    for column, cell in zip(columns, row["cells"], strict=True):
        kind = column.get("kind", "text")
        detail = cell if isinstance(cell, Mapping) else {"text": cell}
        shown = _cell_text(kind, detail.get("text"))
        if detail.get("tone"):
            shown = format_html('<span class="tag tag-{}">{}</span>', tone(detail["tone"]), shown)
        if detail.get("url"):
            shown = format_html('<a href="{}">{}</a>', detail["url"], shown)
        if detail.get("note"):
            shown = format_html('{}<span class="cell-note">{}</span>', shown, detail["note"])
        parts.append(format_html('<td class="{}">{}</td>', CELL_CLASSES.get(kind, ""), shown))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above


@register.filter
def column_class(column: Mapping[str, Any]) -> str:
    return CELL_CLASSES.get(column.get("kind", "text"), "")


@register.simple_tag
def table_span(columns: Sequence[Any], *extras: object) -> int:
    """How many columns a whole-row cell spans: the data columns and the helpers that are shown."""
    return len(columns) + sum(1 for extra in extras if extra)


# --------------------------------------------------------------------------- components with a body


@register.simple_block_tag
def table_frame(content: str, label: str = "", wide: bool = False) -> SafeString:
    """Around a hand-written <table>: sticky head, sideways scrolling that the keyboard reaches."""
    return _frame("components/table_frame.html", content, label=label, wide=wide)


@register.simple_block_tag
def panel(
    content: str, title: str = "", note: str = "", url: str = "", url_text: str = "", id: str = ""
) -> SafeString:
    """A titled part of a page, with an optional link at its right."""
    return _frame(
        "components/panel.html",
        content,
        title=title,
        note=note,
        url=url,
        url_text=url_text,
        id=id,
    )


@register.simple_block_tag
def fieldset(content: str, legend: str = "", hint: str = "") -> SafeString:
    """A group of fields under one legend."""
    return _frame("components/fieldset.html", content, legend=legend, hint=hint)


@register.simple_block_tag
def inset(content: str, tone: str = "info", title: str = "") -> SafeString:
    """A remark that must be seen: what happens next, what is missing, what is late."""
    return _frame("components/inset.html", content, tone=tone, title=title)


def _frame(name: str, content: str, **context: object) -> SafeString:
    # The body was rendered by the page's own template, escaping included.
    return render_to_string(name, {"content": mark_safe(content), **context})  # noqa: S308


# ---------------------------------------------------------------------------------------- fields


@register.simple_tag
def field_parts(
    field: BoundField, hint: str = "", unit: str = "", label: str = "", width: str = ""
) -> field_rendering.FieldParts:
    """The parts of a field, for ``components/field.html``; absent parameters arrive empty."""
    return field_rendering.field_parts(
        field, hint=hint or "", unit=unit or "", label=label or "", width=width or ""
    )


@register.simple_tag(name="field")
def field_tag(
    field: BoundField, hint: str = "", unit: str = "", label: str = "", width: str = ""
) -> SafeString:
    """A whole form field: the short way to write the include of ``components/field.html``."""
    return render_to_string(
        "components/field.html",
        {"field": field, "hint": hint, "unit": unit, "label": label, "width": width},
    )


@register.simple_tag
def error_links(form: forms.BaseForm | BaseFormSet | None) -> list[field_rendering.ErrorLink]:
    return field_rendering.error_links(form or None)  # absent in a template is an empty string


@register.simple_tag
def form_groups(form: forms.BaseForm) -> list[field_rendering.FieldGroup]:
    return field_rendering.form_groups(form)
