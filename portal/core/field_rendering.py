"""How a Django form field is drawn: the parts that ``components/field.html`` puts together.

Widgets get their Bootstrap classes, ids and ``aria-describedby`` here, on the server. What a person
typed is shown again as typed: numbers are text inputs with a numeric keyboard, because a number
input throws away what it cannot read, and a date that is not one falls back to a text input.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.formsets import BaseFormSet
from django.forms.widgets import DateTimeBaseInput
from django.utils.safestring import SafeString, mark_safe

# Native date inputs take this form only; anything else is shown again in a text input.
NATIVE_DATE_FORMATS: tuple[tuple[type[DateTimeBaseInput], str, str, re.Pattern[str]], ...] = (
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M", re.compile(r"\d{4}-\d\d-\d\dT.+")),
    (forms.DateInput, "date", "%Y-%m-%d", re.compile(r"\d{4}-\d\d-\d\d")),
    (forms.TimeInput, "time", "%H:%M", re.compile(r"\d\d:\d\d(:\d\d)?")),
)

# kind of control -> (class of the control, default width)
CONTROLS: dict[str, tuple[str, str]] = {
    "text": ("form-control", "md"),
    "textarea": ("form-control", "lg"),
    "number": ("form-control tabular", "sm"),
    "date": ("form-control tabular", "sm"),
    "file": ("form-control", "md"),
    "select": ("form-select", "md"),
    "group": ("form-check-input", "lg"),
    "checkbox": ("form-check-input", "lg"),
    "hidden": ("", ""),
}


class PlainNumberInput(forms.TextInput):
    """A number as people type it: no trailing zeros of the database column, nothing thrown away."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return super().format_value(value)


@dataclass(frozen=True)
class FieldOption:
    """One radio button or check box of a group."""

    id: str
    label: str
    control: SafeString


@dataclass(frozen=True)
class FieldParts:
    """What the template needs, already decided."""

    kind: str
    id: str
    anchor: str
    label: str
    optional: bool
    width: str
    hint: str
    hint_id: str
    unit: str
    unit_id: str
    errors: list[str]
    error_id: str
    described_by: str
    control: SafeString = field(default_factory=lambda: SafeString(""))
    options: tuple[FieldOption, ...] = ()


def control_kind(widget: forms.Widget) -> str:
    """Which control of ``CONTROLS`` a widget is drawn as."""
    table: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.CheckboxInput, "checkbox"),
        (forms.RadioSelect, "group"),
        (forms.CheckboxSelectMultiple, "group"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
        (forms.NumberInput, "number"),
        (forms.FileInput, "file"),
        (forms.DateTimeInput, "date"),
        (forms.DateInput, "date"),
        (forms.TimeInput, "date"),
    )
    if widget.is_hidden:
        return "hidden"
    return next((kind for widget_type, kind in table if isinstance(widget, widget_type)), "text")


def anchor_of(bound: BoundField) -> str:
    """The id of the element that a link in the error summary goes to."""
    base = str(bound.field.widget.attrs.get("id") or bound.auto_id)
    return f"{base}_0" if control_kind(bound.field.widget) == "group" else base


@dataclass(frozen=True)
class FieldMessage:
    """One complaint about a field; ``names_field`` when the sentence already says which."""

    text: str
    names_field: bool


# kind of control -> what an empty required field is told, in place of Django's general sentence
REQUIRED_WORDS: dict[str, str] = {
    "select": "请选择{label}。",
    "group": "请选择{label}。",
    "file": "请上传{label}。",
    "checkbox": "请勾选“{label}”。",
}
INVALID_WORDS: dict[str, str] = {
    "number": "请填写数字，例如 1234.5。",
    "date": "请填写真实的日期，例如 2026-11-21。",
}
NOT_WHOLE = "请填写整数，例如 5。"
# code of a limit that was passed -> the sentence, in place of Django's
LIMIT_WORDS = {
    "min_value": "{label}最少 {limit}{unit}。",
    "max_value": "{label}最多 {limit}{unit}。",
}


# What Django says of these limits; a form's own sentence stays as it is.
STOCK_LIMITS = {"min_value": MinValueValidator.message, "max_value": MaxValueValidator.message}


def plain_label(text: object) -> str:
    """The label without the stop at its end, to be used inside a sentence."""
    return str(text).rstrip("。：:")


def field_messages(bound: BoundField, label: str = "") -> list[FieldMessage]:
    """The field's errors; where a form gave no words of its own, in words that say what to do."""
    kind = control_kind(bound.field.widget)
    own_words = bound.field.error_messages
    found = []
    for error in bound.errors.as_data():
        for text in error.messages:
            code = error.code or ""
            general = code in own_words and text == str(own_words[code])
            stock = general and own_words[code] in _stock_messages(bound.field, code)
            if stock and code == "required":
                words = REQUIRED_WORDS.get(kind, "请填写{label}。")
                asked = words.format(label=plain_label(label or bound.label))
                found.append(FieldMessage(asked, names_field=True))
            elif stock and code == "invalid" and kind in INVALID_WORDS:
                words = NOT_WHOLE if kind == "number" and is_whole(bound) else INVALID_WORDS[kind]
                found.append(FieldMessage(words, names_field=False))
            elif code in LIMIT_WORDS and str(error.message) == str(STOCK_LIMITS[code]):
                unit = str(getattr(bound.field, "unit", ""))
                words = LIMIT_WORDS[code].format(
                    label=plain_label(label or bound.label),
                    limit=(error.params or {})["limit_value"],
                    unit=f" {unit}" if unit else "",
                )
                found.append(FieldMessage(words, names_field=True))
            else:
                found.append(FieldMessage(text, names_field=False))
    return found


def _stock_messages(field: forms.Field, code: str) -> list[object]:
    """Django's own sentences of one code, for the classes of this field."""
    tables = (getattr(cls, "default_error_messages", {}) for cls in type(field).__mro__)
    return [table[code] for table in tables if code in table]


def is_whole(bound: BoundField) -> bool:
    """Whether the field takes whole numbers only."""
    return isinstance(bound.field, forms.IntegerField) and not isinstance(
        bound.field, forms.DecimalField | forms.FloatField
    )


def drawn_widget(bound: BoundField, kind: str) -> forms.Widget:
    """The widget that is rendered: the field's own, or its kinder stand-in."""
    widget = bound.field.widget
    if kind == "number":
        attrs = {k: v for k, v in widget.attrs.items() if k not in {"min", "max", "step"}}
        attrs.setdefault("inputmode", "numeric" if is_whole(bound) else "decimal")
        attrs.setdefault("autocomplete", "off")
        return PlainNumberInput(attrs=attrs)
    if kind == "date":
        for widget_type, input_type, layout, pattern in NATIVE_DATE_FORMATS:
            if isinstance(widget, widget_type):
                value = bound.value()
                if isinstance(value, str) and value and not pattern.fullmatch(value):
                    return widget
                stand_in = copy.deepcopy(widget)
                stand_in.input_type = input_type
                stand_in.format = layout
                return stand_in
    return widget


def field_parts(
    bound: BoundField, *, hint: str = "", unit: str = "", label: str = "", width: str = ""
) -> FieldParts:
    """Everything ``components/field.html`` shows for one bound field."""
    widget = bound.field.widget
    kind = control_kind(widget)
    css, default_width = CONTROLS[kind]
    base = str(widget.attrs.get("id") or bound.auto_id)
    hint = hint or str(bound.help_text)
    unit = unit or str(getattr(bound.field, "unit", ""))
    errors = [message.text for message in field_messages(bound, label)]
    hint_id, unit_id, error_id = f"{base}_helptext", f"{base}_unit", f"{base}_error"
    described_by = " ".join(
        identifier
        for identifier, shown in ((hint_id, hint), (unit_id, unit), (error_id, errors))
        if shown
    )
    attrs: dict[str, Any] = {}
    if css:
        classes = [css, str(widget.attrs.get("class", "")), "is-invalid" if errors else ""]
        attrs["class"] = " ".join(name for name in classes if name)
    control = SafeString("")
    options: tuple[FieldOption, ...] = ()
    if kind == "group":
        options = tuple(_options(bound, attrs))
    else:
        if kind == "textarea" and str(widget.attrs.get("rows")) == "10":
            attrs["rows"] = 5  # Django's own default is half a screen
        if described_by and kind != "hidden":
            attrs["aria-describedby"] = described_by
        control = mark_safe(  # noqa: S308 - rendered and escaped by Django's own widget
            bound.as_widget(widget=drawn_widget(bound, kind), attrs=attrs)
        )
    return FieldParts(
        kind=kind,
        id=base,
        anchor=anchor_of(bound),
        label=label or str(bound.label),
        # needed_later: may stay empty in a draft, is asked for before the next step
        optional=not (bound.field.required or getattr(bound.field, "needed_later", False))
        and kind != "checkbox",
        width=width or default_width,
        hint=hint,
        hint_id=hint_id,
        unit=unit,
        unit_id=unit_id,
        errors=errors,
        error_id=error_id,
        described_by=described_by,
        control=control,
        options=options,
    )


def _options(bound: BoundField, attrs: dict[str, Any]) -> Iterator[FieldOption]:
    widget = bound.field.widget
    own = bound.build_widget_attrs({**attrs, "id": bound.auto_id}, widget)
    own.pop("required", None)  # said once, by the legend
    for data in widget.subwidgets(bound.html_name, bound.value(), attrs=own):
        option = BoundWidget(widget, data, bound.form.renderer)
        yield FieldOption(
            id=str(option.id_for_label),
            label=str(option.choice_label),
            control=option.tag(wrap_label=False),
        )


@dataclass(frozen=True)
class ErrorLink:
    """One line of the error summary; ``href`` is empty for what concerns no single field."""

    text: str
    href: str


def error_links(form: forms.BaseForm | BaseFormSet | None) -> list[ErrorLink]:
    """The error summary of a form, or of a formset with the number of each row."""
    if form is None:
        return []
    if isinstance(form, BaseFormSet):
        links = [ErrorLink(str(error), "") for error in form.non_form_errors()]
        for position, row in enumerate(form.forms, start=1):
            links += [
                ErrorLink(f"第 {position} 行：{link.text}", link.href) for link in error_links(row)
            ]
        return links
    links = []
    for name, errors in form.errors.items():
        if name not in form.fields:
            links += [ErrorLink(str(error), "") for error in errors]
            continue
        bound = form[name]
        href = "" if bound.is_hidden else f"#{anchor_of(bound)}"
        for message in field_messages(bound):
            before = "" if message.names_field else f"{plain_label(bound.label)}："
            links.append(ErrorLink(f"{before}{message.text}", href))
    return links


@dataclass(frozen=True)
class FieldGroup:
    """Fields under one legend; the legend is empty for fields that stand alone."""

    legend: str
    fields: tuple[BoundField, ...]


def form_groups(form: forms.BaseForm) -> list[FieldGroup]:
    """The visible fields by the form's own ``fieldsets`` [(legend, names)], the rest at the end."""
    visible = {bound.name: bound for bound in form.visible_fields()}
    groups = []
    for legend, names in getattr(form, "fieldsets", ()):
        shown = tuple(visible.pop(name) for name in names if name in visible)
        if shown:
            groups.append(FieldGroup(str(legend), shown))
    if visible:
        groups.append(FieldGroup("", tuple(visible.values())))
    return groups
