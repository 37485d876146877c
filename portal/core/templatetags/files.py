"""How a stored file is shown where files are listed: ``{% load files %}``, ``{% file_links %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.http import urlencode

from portal.core import web
from portal.core.actor import Actor
from portal.core.constants import FILE_FLAGS
from portal.core.models import StoredFile
from portal.core.previews.kinds import kind_of

register = template.Library()


@register.filter
def flag_labels(stored: StoredFile) -> list[str]:
    """What the checks found and did not refuse, in words."""
    return [FILE_FLAGS.get(key, key) for key in stored.flags]


@register.inclusion_tag("components/file_links.html", takes_context=True)
def file_links(
    context: template.Context, stored: StoredFile, title: str = "", url: str = ""
) -> dict[str, Any]:
    """A file with 预览, 下载, its size, digest and what is known of it; see the component."""
    request = context.get("request")
    actor: Actor | None = context.get("actor") or getattr(request, "actor", None)
    if actor is None or actor.office is None or actor.post is None:
        raise template.TemplateSyntaxError("file_links is for pages of an office's workspace")
    preview = ""
    if kind_of(stored) is not None:
        preview = web.office_url(actor, "file-preview", stored.pk)
        if request is not None:
            preview += "&" + urlencode({"from": request.get_full_path()})
    return {
        "stored": stored,
        "title": title or stored.name,
        "preview_url": preview,
        "download_url": url or web.office_url(actor, "file-download", stored.pk),
    }
