"""The access matrix (权限总表) for administrators and auditors: the table itself, in Chinese."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from portal.core.constants import POST_KIND_CHOICES
from portal.core.errors import require
from portal.core.web import OfficeView
from portal.workspace.access import (
    ANSWERS,
    COLUMNS,
    RELATIONS,
    SUBJECTS,
    WITHOUT_POST,
    Answer,
    Relation,
    Row,
    answer,
)
from portal.workspace.policies import may_read_matrix

TONES = {
    Answer.MAY: "success",
    Answer.REFUSED: "warning",
    Answer.ABSENT: "neutral",
    Answer.SIGN_IN: "info",
}
WAYS = {"GET": "查看", "POST": "提交", "GET POST": "查看、提交", "": "办理"}
IN_FORCE = [relation for relation in Relation if relation != Relation.NONE]


class KindForm(forms.Form):
    """Which kind of post is shown in full."""

    post = forms.CharField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="岗位", required=False, choices=[("", "全部岗位"), *POST_KIND_CHOICES]
    )


class AccessMatrixView(OfficeView):
    """All kinds of post side by side, or one with every relation."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The whole table on one page."""
        require(may_read_matrix(self.actor))
        form = KindForm(request.GET)
        kind = form.cleaned_data["kind"] if form.is_valid() else ""
        heads = list(COLUMNS.values()) if not kind else [relation.value for relation in RELATIONS]
        return self.page(
            "workspace/access.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("权限总表", None)],
                "form": form,
                "clear_url": self.url("access-matrix") if kind else "",
                "kind_label": COLUMNS.get(kind, ""),
                "heads": heads,
                "subjects": [
                    {"label": label, "rows": [_line(row, kind) for row in group]}
                    for label, group in SUBJECTS
                ],
                "relations": [
                    {"label": relation.value, "value": text} for relation, text in RELATIONS.items()
                ],
                "answers": [
                    {"word": word.value, "tone": TONES[word], "text": text}
                    for word, text in ANSWERS.items()
                ],
            },
        )


def _line(row: Row, kind: str) -> dict[str, Any]:
    cells: list[dict[str, str]]
    if kind:
        given = [answer(row, kind, relation) for relation in RELATIONS]
        cells = [{"word": word.value, "tone": TONES[word]} for word in given]
    else:
        cells = [{"text": words_of(row, who)} for who in COLUMNS]
    way = "系统内部" if row.caller else WAYS[row.methods]
    return {"label": row.label, "way": way, "cells": cells}


def words_of(row: Row, who: str) -> str:
    """In which relations somebody may: short words, or a dash."""
    given = [relation for relation in RELATIONS if answer(row, who, relation) == Answer.MAY]
    if who in WITHOUT_POST:
        return "可" if given else "—"
    if given == list(Relation):
        return "均可"
    if given == IN_FORCE:
        return "在任均可"
    return " ".join(given) or "—"
