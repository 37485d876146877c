"""What a section's page says while it is typed in: typed fields, and that it is still open.

``portal/js/filing.js`` speaks to these addresses in forms and reads JSON; both say who else fills
the section. A page of another reader (a contact) overrides ``fetch``.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from portal.core import clock
from portal.core.constants import Can
from towns.actions.drafting import UNKNOWN, autosave_section
from towns.actions.presence import LONGEST_PAGE, note_presence
from towns.models import Application
from towns.presence import present_in
from towns.sections import find_section
from towns.views.filing import ApplicationPage

ILLEGIBLE = "没有读懂页面发来的内容，请刷新页面后重试。"


class SpokenPage(ApplicationPage):
    """Answers in JSON, refusals included."""

    def fetch(self, pk: int) -> Application:
        """The application of who fills it, or of a contact who was given a section."""
        rows: QuerySet[Application] = Application.objects.visible_to(self.actor)
        if self.actor.can(Can.CONTRIBUTE):
            rows = Application.objects.contributed_by(self.actor)
        return get_object_or_404(
            rows.select_related("town__county", "round__office__region", "criteria_set"), pk=pk
        )

    def refused(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Why nothing was kept; a page for who comes here without the script."""
        if request.headers.get("Accept") != "application/json":
            return super().refused(request, reason)
        return JsonResponse({"detail": reason}, status=403)

    def problem(self, error: ValidationError, application: Application, key: str) -> HttpResponse:
        """What cannot be kept, beside its field where it has one."""
        if not hasattr(error, "error_dict"):
            return JsonResponse({"detail": "".join(error.messages)}, status=422)
        section = find_section(application, key)
        labels = section.labels(application) if section else {}
        problems = [
            {"name": name, "label": labels.get(name, name), "text": "".join(texts)}
            for name, texts in error.message_dict.items()
        ]
        return JsonResponse({"problems": problems}, status=422)

    def others(self, application: Application, key: str, page: str) -> list[dict[str, Any]]:
        """Who else has the section open."""
        return [
            {"name": row.name, "post": row.post, "since": time_of(row.since), "words": row.words}
            for row in present_in(application, self.actor, key, page)
        ]

    def open_section(self, application: Application, key: str) -> None:
        """404 for a section that the application does not have."""
        if find_section(application, key) is None:
            raise Http404(UNKNOWN)


class AutosaveView(SpokenPage):
    """Keep what is being typed, field by field."""

    def post(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """``fields``: {name: [opened, typed]} as JSON; ``page``: the page's own name."""
        application = self.fetch(pk)
        self.open_section(application, key)
        fields, page = fields_of(request.POST.get("fields", "")), page_of(request)
        if fields is None:
            return JsonResponse({"detail": ILLEGIBLE}, status=422)
        try:
            found = autosave_section(
                actor=self.actor,
                application=application,
                key=key,
                opened={name: pair[0] for name, pair in fields.items()},
                typed={name: pair[1] for name, pair in fields.items()},
            )
            if page:
                note_presence(actor=self.actor, application=application, key=key, page=page)
        except ValidationError as error:
            return self.problem(error, application, key)
        section = find_section(application, key)
        labels = section.labels(application) if section and found.conflicts else {}
        return JsonResponse(
            {
                "saved_at": time_of(found.at),
                "kept": found.kept,
                "stands": found.stands,
                "conflicts": [
                    {
                        "name": row.name,
                        "label": labels.get(row.name, row.name),
                        "theirs": row.theirs,
                        "who": row.who,
                        "own": row.own,
                        "when": time_of(row.when) if row.when else "",
                    }
                    for row in found.conflicts
                ],
                "others": self.others(application, key, page),
            }
        )


class PresenceView(SpokenPage):
    """The section's page is open, or was just left."""

    def post(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """``page``: the page's own name; ``left``: it was closed."""
        application = self.fetch(pk)
        self.open_section(application, key)
        page, left = page_of(request), "left" in request.POST
        note_presence(actor=self.actor, application=application, key=key, page=page, here=not left)
        others = [] if left else self.others(application, key, page)
        return JsonResponse({"others": others})


def fields_of(text: str) -> dict[str, tuple[str, str]] | None:
    """Field -> the text it was opened with and the text typed; None for what is not that."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    found = {}
    for name, pair in data.items():
        if not isinstance(pair, list) or len(pair) != 2:
            return None
        if not all(isinstance(part, str) for part in pair):
            return None
        found[name] = (pair[0], pair[1])
    return found


def page_of(request: HttpRequest) -> str:
    """The name that a page has given itself."""
    text = request.POST.get("page", "")[:LONGEST_PAGE]
    return text if text.isascii() and text.isalnum() else ""


def time_of(moment: Any) -> str:
    """10:32 today, with the day otherwise."""
    local = timezone.localtime(moment)
    same = local.date() == clock.today()
    return f"{local:%H:%M}" if same else f"{local:%Y-%m-%d %H:%M}"
