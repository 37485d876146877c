"""A set as a file: handing it out, reading it back into a draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header

from criteria.actions import import_criteria_set
from criteria.constants import NATURE_CHOICES, SET_KINDS
from criteria.exchange import (
    MAX_BYTES,
    Problem,
    content_of,
    digest_of,
    file_of,
    read,
    spec_of_content,
    validate,
)
from criteria.forms.exchange import ConfirmFileForm, SetFileForm
from criteria.models import CriteriaSet
from criteria.policies import may_author
from criteria.queries import indicator_lines
from criteria.sentences import criterion_sentences, scoring_sentence
from portal.core.actor import PUBLIC, acting_office
from portal.core.constants import LEVELS, UNSTATED
from portal.core.errors import Stale, require
from portal.core.models import Region
from portal.core.stream import observe
from portal.core.web import OfficeView, PublicView, add_errors, address_of

# What was read may lie open on the screen as long as a session lasts.
HELD_SECONDS = 8 * 60 * 60
MOST_PROBLEMS = 200
COLUMNS = ({"label": "位置", "kind": "name"}, {"label": "问题", "kind": "text"})


def answer_with(found: CriteriaSet) -> tuple[HttpResponse, str, str]:
    """The file of a set, its name, and the digest of what it says."""
    content = content_of(found)
    name = f"{found.title}（{found.version_label.replace(' ', '')}）.json".replace("/", "-")
    answer = HttpResponse(file_of(content), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer, name, digest_of(content)


class CriteriaExportView(OfficeView):
    """The file of any set that the post sees."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Send it."""
        rows = CriteriaSet.objects.visible_to(self.actor).select_related("region")
        answer, name, digest = answer_with(get_object_or_404(rows, key=key))
        self.observe("download", subject=f"认定标准 {name}", summary=f"内容 SHA-256 {digest}")
        return answer


class PublicCriteriaExportView(PublicView):
    """The file of a published set, for everybody."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Send it."""
        rows = CriteriaSet.objects.visible_to(PUBLIC).select_related("region")
        answer, name, digest = answer_with(get_object_or_404(rows, key=key))
        observe(
            replace(PUBLIC, address=address_of(request)),
            "download",
            subject=f"认定标准 {name}",
            path=request.path,
            summary=f"内容 SHA-256 {digest}",
        )
        return answer


class Held(NamedTuple):
    """A file that was read, on its way to being confirmed."""

    name: str
    digest: str
    content: Mapping[str, Any]


class CriteriaImportView(OfficeView):
    """Read a file, list what is wrong or show what it would make, then make the draft."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the file."""
        require(may_author(self.actor))
        return self._ask(SetFileForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look at a file, or confirm the one that was looked at."""
        require(may_author(self.actor))
        if "sealed" in request.POST:
            return self._confirm(ConfirmFileForm(request.POST))
        form = SetFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._ask(form, 422)
        upload: UploadedFile = form.cleaned_data["file"]
        raw = upload.read(MAX_BYTES + 1)
        content, problems = read(raw)
        problems = problems or validate(content, acting_office(self.actor).region)
        name = upload.name or "标准.json"
        if problems:
            return self._wrong(name, problems)
        return self._show(Held(name, hashlib.sha256(raw).hexdigest(), content))

    def _ask(self, form: SetFileForm, status: int = 200) -> HttpResponse:
        context = {"breadcrumbs": self._crumbs(), "form": form, "cancel_url": self.url("criteria")}
        return self.page("criteria/exchange/import.html", context, status)

    def _crumbs(self) -> list[tuple[str, str | None]]:
        return [
            ("工作台", self.url("workspace")),
            ("认定标准", self.url("criteria")),
            ("导入标准", None),
        ]

    def _wrong(self, name: str, problems: list[Problem]) -> HttpResponse:
        shown = problems[:MOST_PROBLEMS]
        groups = [
            {
                "title": next(iter(rows)).place.partition(" 第 ")[0] if number else "整套标准",
                "problems": rows,
            }
            for number, rows in (
                (number, list(found)) for number, found in groupby(shown, lambda row: row.criterion)
            )
        ]
        context = {
            "breadcrumbs": self._crumbs(),
            "name": name,
            "count": len(problems),
            "left_out": len(problems) - len(shown),
            "groups": groups,
            "again_url": self.url("criteria-import"),
        }
        return self.page("criteria/exchange/problems.html", context, 422)

    def _show(
        self, held: Held, form: ConfirmFileForm | None = None, status: int = 200
    ) -> HttpResponse:
        content = held.content
        spec = spec_of_content(content)
        lines, names = indicator_lines(spec.indicators), dict(spec.categories)
        sealed = signing.dumps(list(held), salt=self._salt(), compress=True)
        context = {
            "breadcrumbs": self._crumbs(),
            "title": spec.title,
            "items": self._facts(held),
            "criteria": [
                {
                    "ordinal": row.ordinal,
                    "clause": row.clause,
                    "title": row.title,
                    "nature": dict(NATURE_CHOICES)[row.nature],
                    "text": row.text,
                    "sentences": criterion_sentences(row, names, lines),
                    "scoring": scoring_sentence(row.scoring, names, lines),
                }
                for row in spec.criteria
            ],
            "form": form or ConfirmFileForm(initial={"sealed": sealed}),
            "again_url": self.url("criteria-import"),
        }
        return self.page("criteria/exchange/preview.html", context, status)

    def _facts(self, held: Held) -> list[dict[str, Any]]:
        content, office, level = held.content, acting_office(self.actor), self.actor.level
        own = level.adjective if level is not None else ""
        region = Region.objects.filter(code=content["region"]).first()
        place = region.name if region else content["region"]
        came = f"{place}{LEVELS[content['level']].adjective}标准"
        conditions = sum(len(row.get("conditions", ())) for row in content["criteria"])
        kind = SET_KINDS[content.get("kind", "certification")]
        days = content.get("effective_from"), content.get("effective_to")
        return [
            {"label": "文件", "value": held.name, "note": f"SHA-256 {held.digest[:16]}…"},
            {
                "label": "将建立",
                "value": f"{office.region.name}{own}{kind}草稿",
                "note": f"文件中为{came}，标识 {content['key']}；层级、地区和版本以本机构为准",
            },
            {
                "label": "依据文件",
                "value": content.get("document_title") or UNSTATED,
                "note": content.get("document_number", ""),
            },
            {"label": "施行、失效日期", "value": "、".join(day or UNSTATED for day in days)},
            {
                "label": "类别",
                "value": "、".join(row["name"] for row in content.get("categories", ()))
                or UNSTATED,
            },
            {"label": "内容", "value": f"{len(content['criteria'])} 条，{conditions} 个条件"},
        ]

    def _confirm(self, form: ConfirmFileForm) -> HttpResponse:
        held = self._unseal(form)
        try:
            made = import_criteria_set(
                actor=self.actor, content=held.content, name=held.name, digest=held.digest
            )
        except ValidationError as error:
            # An indicator or a category was retired while the page lay open.
            add_errors(form, error)
            return self._show(held, form, 422)
        messages.success(
            self.request, f"草稿《{made.title}》已由文件建立，只有本机构看得到。请核对后提请发布。"
        )
        return redirect(self.url("criteria-set", made.key))

    def _unseal(self, form: ConfirmFileForm) -> Held:
        text = form.cleaned_data["sealed"] if form.is_valid() else ""
        try:
            return Held(*signing.loads(text, salt=self._salt(), max_age=HELD_SECONDS))
        except signing.BadSignature as error:
            raise Stale("核对结果已失效，请重新上传标准文件。") from error

    def _salt(self) -> str:
        return f"import-criteria:{self.actor.post.pk if self.actor.post else 0}"

    def get_stale_url(self) -> str:
        """The upload."""
        return self.url("criteria-import")
