"""All evidence of an application: the index (佐证材料目录), and the bound volume as PDF."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.constants import JobState
from portal.core.names import knows_people_of
from towns.evidence_bound import bound_declared, request_declared
from towns.evidence_index import IndexRow, page_words
from towns.evidence_queries import (
    evidence_declared,
    evidence_index,
    is_frozen_for,
    paper_copies,
    pieces_of,
)
from towns.evidence_volume import latest_volume, mark_of, request_volume
from towns.models import Application, Evidence, PaperCopy
from towns.owners import scan_of
from towns.tables.evidence import missing_items, paper_words
from towns.views.filing import ApplicationPage


class EvidenceIndexView(ApplicationPage):
    """Every piece in the order of the paper volume; printed it is the index."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list, of one criterion where that is asked for."""
        application = self.fetch(pk)
        self.viewed(application)
        declared = evidence_declared(application, self.actor)
        pieces = pieces_of(declared)
        index = evidence_index(application, declared, pieces)
        chosen = request.GET.get("criterion", "")
        if chosen not in {group.key for group in index.groups}:
            chosen = ""
        copies = paper_copies(application) if application.submitted_at is not None else None
        editable = application.is_written_by(self.actor) and application.filing.editable
        frozen = is_frozen_for(application, self.actor)
        request_scan = request_declared(application, self.actor)
        return self.page(
            "towns/evidence_index.html",
            {
                "breadcrumbs": self.crumbs(application, "佐证材料"),
                "application": application,
                "frozen": frozen,
                "index": index,
                "missing": missing_items(index, self._criterion(application)) if editable else [],
                "chosen": chosen,
                "groups": [
                    {
                        "group": group,
                        "url": self._criterion(application)(group.key) if editable else "",
                        "rows": [self._row(row, pieces, copies) for row in group.rows],
                        "missing": group.missing,
                    }
                    for group in index.groups
                    if (not chosen or group.key == chosen) and (group.rows or group.missing)
                ],
                "request_scan": request_scan if not chosen else None,
                "request_file": scan_of(application, request_scan),
                "request_paper": self._paper((copies or {}).get(0, [])),
                "with_paper": copies is not None,
                **self._volume(application, bound_declared(declared, request_scan)),
            },
        )

    def _criterion(self, application: Application) -> Any:
        def address(key: str) -> str:
            return self.url("application-criterion", application.pk, key) + "#evidence"

        return address

    def _row(
        self,
        row: IndexRow,
        pieces: dict[int, Evidence],
        copies: dict[int, list[PaperCopy]] | None,
    ) -> dict[str, Any]:
        return {
            "row": row,
            "stored": pieces[row.id].file if row.id in pieces else None,
            "look_at": page_words(row.look_at),
            "paper": self._paper((copies or {}).get(row.id, [])),
        }

    def _paper(self, copies: list[PaperCopy]) -> list[str]:
        return [
            paper_words(copy, named=knows_people_of(self.actor, copy.office)) for copy in copies
        ]

    def _volume(self, application: Application, declared: list[dict[str, Any]]) -> dict[str, Any]:
        """The volume that was asked for last, and whether it is still what stands here."""
        job = latest_volume(self.actor, application)
        if job is None:
            return {"job": None}
        return {
            "job": job,
            "outdated": job.arguments.get("mark") != mark_of(declared),
            "poll_url": self.url("job-progress", job.pk),
            "result_url": self.url("job-file", job.pk) if job.state == JobState.DONE else "",
            "left": job.result.get("left", []),
        }


class EvidenceMergeView(ApplicationPage):
    """Have the volume bound."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is started by a link."""
        return redirect(self.url("application-evidence", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it; progress and result stand on the page of the evidence."""
        application = self.fetch(pk)
        try:
            request_volume(self.actor, application)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, "正在合并，完成后可以在本页下载。可以离开本页。")
        return redirect(self.url("application-evidence", pk) + "#volume")
