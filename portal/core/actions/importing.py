"""Importing people and appointments from a workbook: rehearsed first, then all or nothing.

Rehearsal and import are the same steps; the rehearsal is rolled back. So the report names what the
real rules would say of each row, and what it promises is what happens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from portal.core import clock
from portal.core.actions.accounts import (
    name_problem,
    phone_problem,
    register,
    username_problem,
)
from portal.core.actions.appointments import appoint
from portal.core.actor import Actor, acting_office
from portal.core.constants import POST_KINDS
from portal.core.errors import Refused, Stale, require
from portal.core.imports import ACCOUNT_FIELDS, Line
from portal.core.ledger import record
from portal.core.models import Appointment, LedgerEntry, Office, Post, User
from portal.core.policies.accounts import may_import_accounts
from portal.core.workbooks.dates import read_date

LABELS = {item.key: item.label for item in ACCOUNT_FIELDS}
# What a row of the report comes to.
NEW, APPOINTED, SAME, WRONG = "new", "appointed", "same", "wrong"
OUTCOMES = {
    NEW: "新建账号",
    APPOINTED: "已有账号，新增任职",
    SAME: "无变化",
    WRONG: "有问题，不能导入",
}
TAKEN = "该登录名已有人使用，请换一个。"
KIND_LABELS = [kind.label for kind in POST_KINDS.values()]
CHUNK = 500


class Workbook(NamedTuple):
    """An uploaded workbook: its name, the digest of its bytes, and its rows."""

    name: str
    digest: str
    lines: Sequence[Line]


@dataclass
class RowReport:
    """What happens, or would happen, to one row."""

    line: int
    username: str
    display_name: str
    place: str
    outcome: str = SAME
    detail: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)
    user: int | None = None

    @property
    def text(self) -> str:
        """The outcome in words."""
        words = OUTCOMES[self.outcome]
        return f"{words}（{self.detail}）" if self.detail else words


@dataclass
class Report:
    """The report of a workbook; ``entry`` is the ledger's when it was written."""

    rows: list[RowReport]
    entry: LedgerEntry | None = None

    @property
    def wrong(self) -> int:
        """How many rows cannot be imported."""
        return sum(row.outcome == WRONG for row in self.rows)

    @property
    def useful(self) -> int:
        """How many rows change anything."""
        return sum(row.outcome in (NEW, APPOINTED) for row in self.rows)

    def count(self, outcome: str) -> int:
        """How many rows come to an outcome."""
        return sum(row.outcome == outcome for row in self.rows)


@transaction.atomic
def rehearse_import(*, actor: Actor, book: Workbook) -> Report:
    """What importing a workbook would do, row by row. Nothing of it stays."""
    require(may_import_accounts(actor))
    report = Report(_Import(actor).run(book.lines))
    transaction.set_rollback(True)
    return report


@transaction.atomic
def import_accounts(*, actor: Actor, book: Workbook, leave_out_wrong: bool = False) -> Report:
    """Create the accounts and appointments of a workbook: one entry in the ledger for all.

    With a row that cannot be imported nothing is written, unless ``leave_out_wrong`` says that
    such rows are left out; the report then has no entry. Stale when there is nothing left to do.
    """
    require(may_import_accounts(actor))
    office = (
        Office.objects.select_for_update(of=("self",))
        .select_related("region")
        .get(pk=acting_office(actor).pk)
    )
    report = Report(_Import(actor).run(book.lines))
    if report.wrong and not leave_out_wrong:
        transaction.set_rollback(True)
        return report
    if not report.useful:
        raise Stale("表中的账号和任职都已在册，没有需要导入的内容，未作改动。")
    counts = {OUTCOMES[key]: report.count(key) for key in OUTCOMES}
    report.entry = record(
        actor,
        "import_accounts",
        office,
        f"导入账号：新建 {report.count(NEW)} 个，新增任职 {report.count(APPOINTED)} 行，"
        f"略过有问题的 {report.wrong} 行",
        data={
            "file": book.name,
            "digest": book.digest,
            "counts": counts,
            "rows": [
                {
                    "line": row.line,
                    "username": row.username,
                    "name": row.display_name,
                    "place": row.place,
                    "result": row.text,
                    "outcome": row.outcome,
                    "user": row.user,
                    "problems": ["：".join(problem) for problem in row.problems],
                }
                for row in report.rows
            ],
        },
        scope_code=office.region.code,
    )
    return report


class _Import:
    """One pass over the rows of a workbook, with what the rows are looked up in."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.offices: dict[str, list[Office]] = defaultdict(list)
        for office in Office.objects.visible_to(actor).standing().select_related("region"):
            for name in {office.slug, office.name}:
                self.offices[name].append(office)
        self.posts: dict[tuple[int, str], list[Post]] = defaultdict(list)
        posts = Post.objects.visible_to(actor).standing().select_related("office__region")
        for post in posts:
            self.posts[post.office_id, post.kind_row.label].append(post)
        self.users: dict[str, User] = {}
        self.ours: set[int] = set()
        self.seats: set[tuple[int, int]] = set()
        self.seen: dict[tuple[str, int, int], int] = {}

    def run(self, lines: Sequence[Line]) -> list[RowReport]:
        """Every row in the order of the sheet, each in a savepoint of its own."""
        names = sorted({line.cells.get("username", "").lower() for line in lines})
        for start in range(0, len(names), CHUNK):
            self._load(names[start : start + CHUNK])
        return [self._row(line) for line in lines]

    def _load(self, names: Sequence[str]) -> None:
        """The accounts of these names in whatever capitals, which are ours, and their posts."""
        found = list(User.objects.annotate(small=Lower("username")).filter(small__in=names))
        self.users |= {user.username.lower(): user for user in found}
        ours = User.objects.visible_to(self.actor).filter(pk__in=[user.pk for user in found])
        self.ours |= set(ours.values_list("pk", flat=True))
        held = Appointment.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=clock.today()),
            user__in=found,
            revoked_at__isnull=True,
        )
        self.seats |= set(held.values_list("user_id", "post_id"))

    def _row(self, line: Line) -> RowReport:
        cells = {key: line.cells.get(key, "") for key in LABELS}
        report = RowReport(
            line=line.number,
            username=cells["username"],
            display_name=cells["display_name"],
            place=" ".join(filter(None, (cells["office"], cells["post"], cells["title"]))),
        )
        try:
            with transaction.atomic():
                user = self._perform(line.number, cells, report)
        except ValidationError as error:
            report.problems += _problems(error)
        except (Refused, Stale) as error:
            report.problems.append((LABELS["post"], str(error)))
        except IntegrityError:
            report.problems.append((LABELS["username"], TAKEN))
        if report.problems or user is None:
            report.outcome, report.detail = WRONG, ""
            return report
        report.user = user.pk
        self.users[user.username.lower()] = user
        self.ours.add(user.pk)
        return report

    def _perform(self, number: int, cells: Mapping[str, str], report: RowReport) -> User | None:
        """Check every cell, and when nothing is wrong do what the row asks for."""
        wrong = report.problems
        user = self._person(cells, wrong)
        office = self._office(cells["office"], wrong)
        post = self._post(office, cells, wrong) if office and cells["post"] else None
        since = self._since(cells, wrong)
        if not wrong and office is not None:
            key = (cells["username"].lower(), office.pk, post.pk if post else 0)
            first = self.seen.setdefault(key, number)
            if first != number:
                wrong.append(("整行", f"与第 {first} 行重复，请删去一行。"))
        if wrong or office is None:
            return None
        if user is None:
            report.outcome, report.detail = NEW, "先不任职"
            user = register(cells["username"], cells["display_name"], office, cells["phone"])
        if post is None or since is None or (user.pk, post.pk) in self.seats:
            return user
        appoint(actor=self.actor, post=post, user=user, since=since, source=cells["source"])
        self.seats.add((user.pk, post.pk))
        report.detail = f"任职自 {since}"
        report.outcome = NEW if report.outcome == NEW else APPOINTED
        return user

    def _person(self, cells: Mapping[str, str], wrong: list[tuple[str, str]]) -> User | None:
        """The account of the row when there is one already."""
        checks = (
            ("username", username_problem(cells["username"])),
            ("display_name", name_problem(cells["display_name"])),
            ("phone", phone_problem(cells["phone"])),
        )
        wrong += [(LABELS[key], text) for key, text in checks if text]
        user = self.users.get(cells["username"].lower())
        if user is None:
            return None
        if user.pk not in self.ours or user.username != cells["username"]:
            wrong.append((LABELS["username"], TAKEN))
        elif user.display_name != cells["display_name"]:
            wrong.append(
                (
                    LABELS["display_name"],
                    f"该登录名是“{user.display_name}”的账号，与表中姓名不一致，请核对。",
                )
            )
        return user

    def _office(self, name: str, wrong: list[tuple[str, str]]) -> Office | None:
        label = LABELS["office"]
        found = self.offices.get(name, [])
        if len(found) == 1:
            return found[0]
        if not name:
            wrong.append((label, "请填写机构名称或标识。"))
        elif found:
            slugs = "、".join(office.slug for office in found[:5])
            wrong.append((label, f"有 {len(found)} 个机构叫“{name}”，请改填标识：{slugs}。"))
        else:
            wrong.append((label, f"“{name}”不在您的管理范围，或没有这个机构。请核对名称。"))
        return None

    def _post(
        self, office: Office, cells: Mapping[str, str], wrong: list[tuple[str, str]]
    ) -> Post | None:
        kind, title = cells["post"], cells["title"]
        if kind not in KIND_LABELS:
            wrong.append(
                (LABELS["post"], f"没有“{kind}”这种岗位。可填：{'、'.join(KIND_LABELS)}。")
            )
            return None
        posts = self.posts.get((office.pk, kind), [])
        named = [post for post in posts if post.title == title] if title else posts
        if len(named) == 1:
            return named[0]
        if not posts:
            text = f"{office.name}没有设“{kind}”岗位。请先在机构页面设立岗位。"
            wrong.append((LABELS["post"], text))
        else:
            titles = "、".join(f"“{post.title}”" for post in posts[:6])
            wrong.append((LABELS["title"], f"请按机构页面上的职务填写，现有：{titles}。"))
        return None

    def _since(self, cells: Mapping[str, str], wrong: list[tuple[str, str]]) -> date | None:
        text = cells["since"]
        if not text:
            if cells["post"]:
                wrong.append((LABELS["since"], "请填写任职日期，例如 2026-01-05。"))
            return None
        day = read_date(text)
        if day is None:
            wrong.append((LABELS["since"], f"“{text}”不是日期。请写成 2026-01-05 的样子。"))
        return day


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    """The complaints of an action, each with the label of its column."""
    if not hasattr(error, "error_dict"):
        return [("整行", text) for text in error.messages]
    labels = LABELS | {"user": LABELS["username"]}
    return [
        (labels.get(name, "整行"), text)
        for name, texts in error.message_dict.items()
        for text in texts
    ]
