"""How the words of documents are shown: ``{% load documents %}``, ``{{ text|placeholders }}``."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from portal.core.documents.wording import PLACEHOLDER

register = template.Library()


@register.filter
def placeholders(text: str) -> SafeString:
    """A text with its placeholders marked and a line for each paragraph."""
    marked = PLACEHOLDER.sub(r"<mark>\g<0></mark>", conditional_escape(text))
    return mark_safe(marked.replace("\n", "<br>"))  # noqa: S308 - escaped above
