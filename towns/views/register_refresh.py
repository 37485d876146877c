"""What waits in a section of a register, beside what the register says."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from towns.actions.register_sections import drop_typed
from towns.models import Application
from towns.policies import may_edit_section
from towns.tables.section_links import section_url
from towns.views.register_sections import RegisterSectionView


class RefreshView(RegisterSectionView):
    """What waits in a section beside what the register says; what is ticked is taken back."""

    def get(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """Both, field by field."""
        application = self.fetch(pk)
        require(may_edit_section(self.actor, application, self.section(application)))
        return self._ask(application)

    def post(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """Take back what is ticked."""
        application = self.fetch(pk)
        section = self.section(application)
        require(may_edit_section(self.actor, application, section))
        names = request.POST.getlist("names")
        try:
            dropped = drop_typed(
                actor=self.actor, application=application, key=section.key, names=names
            )
        except ValidationError as error:
            return self._ask(application, error.messages)
        messages.success(request, f"已按台账刷新 {len(dropped)} 项。")
        return redirect(section_url(self.actor, application, section.key))

    def _ask(self, application: Application, problems: list[str] | None = None) -> HttpResponse:
        section = self.section(application)
        labels, stored = section.labels(application), section.stored(application)
        here = section_url(self.actor, application, section.key)
        rows = [
            {
                "name": name,
                "label": labels[name],
                "text": row.text,
                "stored": stored.get(name, ""),
                "who": row.who,
                "when": row.when,
            }
            for name, row in self.standing(application).items()
            if row.waiting
        ]
        rows += [
            {
                "name": row.name,
                "label": label,
                "text": row.text,
                "stored": "已确认，不能直接修改",
                "who": row.saved_name,
                "when": row.saved_at,
            }
            for label, row in self.stranded(application)
        ]
        if not rows:
            messages.info(self.request, "没有填写后未保存的内容，显示的就是台账现在的数据。")
            return redirect(here)
        return self.page(
            "towns/section_refresh.html",
            {
                "breadcrumbs": self.crumbs(application, "按台账刷新"),
                "title": f"{section.title}：按台账刷新",
                "rows": rows,
                "errors": [{"text": text, "href": "#names_1"} for text in problems or []],
                "cancel_url": here,
            },
            status=422 if problems else 200,
        )
