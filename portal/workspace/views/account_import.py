"""Importing people from a workbook: template, upload, rehearsal, confirmation, result."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header

from portal.core import clock
from portal.core.actions.importing import (
    APPOINTED,
    NEW,
    OUTCOMES,
    SAME,
    WRONG,
    Report,
    RowReport,
    Workbook,
    import_accounts,
    rehearse_import,
)
from portal.core.documents.xlsx import Column, Sheet, write_xlsx
from portal.core.errors import Stale, require
from portal.core.files import check_upload
from portal.core.imports import ACCOUNT_FIELDS, MAX_BYTES, Line, read_lines
from portal.core.models import LedgerEntry, User
from portal.core.policies.accounts import may_import_accounts
from portal.core.web import OfficeView, add_errors
from portal.workspace.account_forms import ConfirmImportForm, WorkbookForm
from portal.workspace.import_tasks import ROWS_IN_A_REQUEST, request_import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A rehearsal may lie open on the screen as long as a session lasts.
HELD_SECONDS = 8 * 60 * 60
TONES = {NEW: "success", APPOINTED: "info", SAME: "neutral", WRONG: "danger"}
COLUMNS = (
    {"label": "行号", "kind": "number"},
    {"label": "登录名", "kind": "code"},
    {"label": "姓名", "kind": "name"},
    {"label": "机构与岗位", "kind": "name"},
    {"label": "结果", "kind": "tag"},
    {"label": "说明", "kind": "name"},
)
REPORT_COLUMNS = (
    Column("line", "行号", "int"),
    Column("username", "登录名", "code"),
    Column("display_name", "姓名"),
    Column("place", "机构与岗位", "text", 46),
    Column("outcome", "结果", "text", 26),
    Column("problems", "问题", "text", 60),
)
TEMPLATE_NOTES = (
    "每行一个人的一个岗位；同一人有几个岗位的写几行，登录名和姓名相同。",
    "登录名用字母、数字或 . _ -；机构填全称或标识；岗位按平台名称填写，例如 经办、填报人。",
    "同一机构有几个同名岗位的，职务须与机构页面上的一致。只登记账号、暂不任职的，岗位和任职自留空。",
    "不填密码：导入后签发激活单，由本人设定。已有账号的姓名、电话不会被改动。",
)


class ImportPage(OfficeView):
    """A page of the import; only who may import gets as far."""

    fresh_sign_in = True

    def get_stale_url(self) -> str:
        """The list of accounts."""
        return self.url("accounts")

    def crumbs(self, label: str) -> list[tuple[str, str | None]]:
        """The way here."""
        return [("账号", self.url("accounts")), (label, None)]

    def seal(self, book: Workbook) -> str:
        """The workbook's rows for the next request, signed for this post: nothing is stored."""
        lines = [[line.number, dict(line.cells)] for line in book.lines]
        return signing.dumps([book.name, book.digest, lines], salt=self._salt(), compress=True)

    def unseal(self, text: str) -> Workbook:
        """The rows of a rehearsal this post has seen. Stale when it is not that, or too old."""
        try:
            name, digest, lines = signing.loads(text, salt=self._salt(), max_age=HELD_SECONDS)
        except signing.BadSignature as error:
            raise Stale("核对结果已失效，请重新上传工作簿。") from error
        return Workbook(name, digest, [Line(number, cells) for number, cells in lines])

    def _salt(self) -> str:
        return f"import-accounts:{self.actor.post.pk if self.actor.post else 0}"


class ImportTemplateView(ImportPage):
    """The empty workbook."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send it."""
        require(may_import_accounts(self.actor))
        columns = tuple(Column(item.key, item.label, "code", item.width) for item in ACCOUNT_FIELDS)
        sheet = Sheet("账号", "账号导入模板", columns, TEMPLATE_NOTES)
        return _workbook(sheet, [], "账号导入模板.xlsx")


class AccountImportView(ImportPage):
    """Upload and rehearse."""

    def _show(self, form: WorkbookForm, status: int = 200) -> HttpResponse:
        context = {
            "breadcrumbs": self.crumbs("导入账号"),
            "form": form,
            "cancel_url": self.url("accounts"),
            "template_url": self.url("account-import-template"),
            "notes": TEMPLATE_NOTES,
        }
        return self.page("accounts/import.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form and the template."""
        require(may_import_accounts(self.actor))
        return self._show(WorkbookForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Read the workbook and show what importing it would do; nothing is written."""
        require(may_import_accounts(self.actor))
        form = WorkbookForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            book = _read(form.cleaned_data["workbook"])
        except ValidationError as error:
            add_errors(form, ValidationError({"workbook": error.messages}))
            return self._show(form, 422)
        if len(book.lines) > ROWS_IN_A_REQUEST:
            job = request_import(self.actor, book, rehearse=True)
            return redirect(self.url("account-import-job", job.pk))
        return self.show_report(book, rehearse_import(actor=self.actor, book=book))

    def show_report(self, book: Workbook, report: Report, status: int = 200) -> HttpResponse:
        """The rehearsal's report with the way on."""
        sealed = self.seal(book)
        return self.page("accounts/import_report.html", {
            "breadcrumbs": [
                ("账号", self.url("accounts")),
                ("导入账号", self.url("account-import")),
                ("核对结果", None),
            ],
            "book": book,
            "report": report,
            "counts": [
                {"label": OUTCOMES[key], "value": f"{report.count(key)} 行"} for key in OUTCOMES
            ],
            "columns": COLUMNS,
            "rows": [_cells(row) for row in _wrong_first(report.rows)],
            "form": ConfirmImportForm(initial={"book": sealed}),
            "sealed": sealed,
            "confirm_url": self.url("account-import-confirm"),
            "report_url": self.url("account-import-report"),
            "again_url": self.url("account-import"),
        }, status=status)  # fmt: skip


class ImportReportView(ImportPage):
    """The rehearsal's report as a workbook."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Rehearse again and send the report."""
        require(may_import_accounts(self.actor))
        book = self.unseal(request.POST.get("book", ""))
        report = rehearse_import(actor=self.actor, book=book)
        self.exported("账号导入核对结果", book.name)
        moment = timezone.localtime(clock.now())
        notes = (f"文件：{book.name}", f"核对时间：{moment:%Y-%m-%d %H:%M}。未写入任何内容。")
        sheet = Sheet("核对结果", "账号导入核对结果", REPORT_COLUMNS, notes)
        rows = [
            [row.line, row.username, row.display_name, row.place, row.text, _problem_text(row)]
            for row in report.rows
        ]
        return _workbook(sheet, rows, f"账号导入核对结果-{clock.today():%Y%m%d}.xlsx")


class ImportConfirmView(AccountImportView):
    """Confirming a rehearsal: all rows, or all that are right when the administrator says so."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Import; with a row that cannot be imported show the report again."""
        require(may_import_accounts(self.actor))
        form = ConfirmImportForm(request.POST)
        book = self.unseal(request.POST.get("book", ""))
        leave_out = form.is_valid() and form.cleaned_data["leave_out"]
        if len(book.lines) > ROWS_IN_A_REQUEST:
            job = request_import(self.actor, book, rehearse=False, leave_out_wrong=leave_out)
            return redirect(self.url("account-import-job", job.pk))
        report = import_accounts(actor=self.actor, book=book, leave_out_wrong=leave_out)
        if report.entry is None:
            messages.warning(request, f"有 {report.wrong} 行不能导入，本次没有写入任何内容。")
            return self.show_report(book, report, 422)
        messages.success(request, report.entry.summary + "。")
        return redirect(self.url("account-import-done", report.entry.pk))


class ImportDoneView(ImportPage):
    """What an import did, from the ledger, with the slips of its new accounts."""

    fresh_sign_in = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The result by row."""
        entry = get_object_or_404(
            LedgerEntry.objects.visible_to(self.actor), pk=pk, verb="import_accounts"
        )
        require(may_import_accounts(self.actor))
        done = json.loads(entry.payload)
        created = [row["user"] for row in done["rows"] if row["outcome"] == NEW]
        waiting = [
            user
            for user in User.objects.visible_to(self.actor).filter(pk__in=created, is_active=True)
            if not user.has_usable_password()
        ]
        context = {
            "breadcrumbs": self.crumbs("导入结果"),
            "items": [
                {"label": "文件", "value": done["file"]},
                {"label": "文件校验值", "value": done["digest"]},
                *({"label": key, "value": f"{n} 行"} for key, n in done["counts"].items()),
            ],
            "columns": COLUMNS,
            "rows": [self._row(row) for row in done["rows"]],
            "waiting": waiting,
            "slips_url": self.url("account-slips"),
            "list_url": self.url("accounts"),
        }
        return self.page("accounts/import_done.html", context)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        name: Any = row["username"]
        if row["user"] is not None:
            name = {"text": name, "url": self.url("account", row["user"])}
        return {
            "id": row["line"],
            "cells": [
                row["line"],
                name,
                row["name"],
                row["place"],
                {"text": row["result"], "tone": TONES[row["outcome"]]},
                "；".join(row["problems"]),
            ],
        }


def _read(upload: Any) -> Workbook:
    if check_upload(upload).extension != "xlsx":
        raise ValidationError("请上传 xlsx 工作簿。其他格式请用表格软件另存为 xlsx。")
    if upload.size > MAX_BYTES:
        raise ValidationError("工作簿超过 5 MB。请只保留要导入的一张工作表，另存后上传。")
    digest = hashlib.sha256(upload.read()).hexdigest()
    upload.seek(0)
    return Workbook(str(upload.name)[:200], digest, read_lines(upload, ACCOUNT_FIELDS))


def _wrong_first(rows: list[RowReport]) -> list[RowReport]:
    return sorted(rows, key=lambda row: (row.outcome != WRONG, row.line))


def _cells(row: RowReport) -> dict[str, Any]:
    return {
        "id": row.line,
        "cells": [
            row.line,
            row.username,
            row.display_name,
            row.place,
            {"text": OUTCOMES[row.outcome], "tone": TONES[row.outcome]},
            _problem_text(row) or row.detail,
        ],
    }


def _problem_text(row: RowReport) -> str:
    return "；".join(f"{label}：{text}" for label, text in row.problems)


def _workbook(sheet: Sheet, rows: list[list[Any]], name: str) -> HttpResponse:
    buffer = io.BytesIO()
    write_xlsx(buffer, sheet, rows)
    answer = HttpResponse(buffer.getvalue(), content_type=XLSX)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
