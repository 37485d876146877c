"""An import of 20,000 rows, half of them updates, beside what no import can do without.

The import is the rehearsal and the commit as the jobs run them: the workbook read and checked
twice, the report written, everything entered in one transaction. Beside it stand reading the same
workbook with bare calamine and writing the same rows with ``bulk_create``, which also writes over
those that are there (much faster than ``bulk_update``).
Both begin with the same register, which is put back in between.
"""

from __future__ import annotations

import gc
import io
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from criteria.models import Indicator
from portal.core import clock, jobs
from portal.core.actions.workbooks import commit_import, start_import
from portal.core.constants import ImportState
from portal.core.models import ImportRun
from tests.benchmarks.measuring import Result, seconds
from tests.factories import World, make_world, uscc
from towns.imports.enterprise_columns import FIGURES
from towns.models import Enterprise, EnterpriseFigure, Membership, Town

NAMES = ("import_20k",)
ROWS = 20_000
COUNTY = "puxian"
ROUNDS = 3
BATCH = 2_000
FIRST = 800_000_000
HEADER = (
    *("专业镇", "统一社会信用代码", "企业名称", "主体类型", "企业角色", "主要产品", "加入日期"),
    *("数据年度", "营业收入（万元）", "从业人数", "缴税（万元）", "出口额（万元）"),
    *("研发投入（万元）", "数据来源"),
)
SINCE = date(2022, 3, 1)
# What a row's figures are, in the sheet and in the register; updates change every one of them.
OLD = (100, 10, 5, 2, 1)
NEW = (1234.5, 36, 89.25, 12, 45.5)
STORED = tuple(
    Decimal(str(value)) * (1 if kind == "count" else 10_000)
    for value, kind in zip(NEW, FIGURES.values(), strict=True)
)


def run(names: frozenset[str]) -> list[Result]:
    """Both in turns, each on the register as it was before."""
    register = Register(make_world())
    ours: list[float] = []
    bare: list[float] = []
    for number in range(ROUNDS):
        order: list[tuple[list[float], Callable[[], object]]] = [
            (ours, register.enter),
            (bare, register.write_bare),
        ]
        for times, work in order if number % 2 else reversed(order):
            gc.collect()
            times.append(seconds(work))
            register.put_back()
    taken, least = statistics.median(ours), statistics.median(bare)
    against = "bare calamine and bulk_create of the same rows"
    return [Result("import_20k", taken, "s", against, taken / least)]


class Register:
    """A town with 10,000 enterprises, and a workbook of these and as many new ones."""

    def __init__(self, world: World) -> None:
        self.actor = world.actor(f"{COUNTY}.filer")
        self.town: Town = world.towns[COUNTY]
        self.year = clock.today().year - 1
        self.indicators = dict(Indicator.objects.values_list("key", "pk"))
        self.codes = [uscc(FIRST + number) for number in range(ROWS)]
        self.known = self.codes[: ROWS // 2]
        self._add(self.known, [Decimal(value) for value in OLD])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.book = self._workbook()

    def _name(self, code: str) -> str:
        return f"蒲县第{code[8:17]}号肉牛加工有限公司"

    def _workbook(self) -> bytes:
        book, handle = Workbook(), io.BytesIO()
        sheet = book.worksheets[0]
        sheet.append(["蒲县肉牛专业镇企业名单"])
        sheet.append(HEADER)
        for code in self.codes:
            sheet.append(
                [
                    *(self.town.name, code, self._name(code), "企业", "配套", "肉牛、牛肉干"),
                    *(SINCE, self.year, *NEW, "县统计局"),
                ]
            )
        book.save(handle)
        return handle.getvalue()

    def enter(self) -> None:
        """Upload, rehearse and commit, with the jobs run in this process."""
        upload = SimpleUploadedFile("企业名单.xlsx", self.book)
        book = start_import(actor=self.actor, kind="enterprises", upload=upload)
        self._run(book, ImportState.REHEARSED)
        book = commit_import(actor=self.actor, run=book, checked=True)
        self._run(book, ImportState.COMMITTED)
        if book.counts != {"add": ROWS // 2, "change": ROWS // 2, "same": 0, "refuse": 0}:
            raise RuntimeError(f"counted {book.counts}")

    def _run(self, book: ImportRun, reached: ImportState) -> None:
        jobs.run(book.job_id or 0)
        book.refresh_from_db()
        if book.state != reached:
            raise RuntimeError(f"{book.state} {book.problem} {book.job and book.job.reason}")

    def write_bare(self) -> None:
        """The least there is to do: the same workbook read, the same rows written."""
        with CalamineWorkbook.from_filelike(io.BytesIO(self.book)) as book:
            rows = book.get_sheet_by_index(0).to_python()
        if len(rows) != ROWS + 2:
            raise RuntimeError(f"read {len(rows)} rows")
        with transaction.atomic():
            self._add(self.codes[ROWS // 2 :], STORED)
            keys = Enterprise.objects.filter(uscc__in=self.known).values_list("pk", flat=True)
            self._write_figures(keys, STORED)

    def _add(self, codes: list[str], values: Sequence[Decimal]) -> None:
        made = Enterprise.objects.bulk_create(
            [Enterprise(uscc=code, name=self._name(code), entity="enterprise") for code in codes],
            batch_size=BATCH,
        )
        Membership.objects.bulk_create(
            [
                Membership(
                    town=self.town,
                    enterprise=enterprise,
                    scope_code=self.town.scope_code,
                    role="supporting",
                    main_products="肉牛、牛肉干",
                    since=SINCE,
                )
                for enterprise in made
            ],
            batch_size=BATCH,
        )
        self._write_figures([enterprise.pk for enterprise in made], values)

    def _write_figures(self, keys: Iterable[int], values: Sequence[Decimal]) -> None:
        """Figures of enterprises, entered or written over: the fastest way the ORM has for both."""
        EnterpriseFigure.objects.bulk_create(
            [
                EnterpriseFigure(
                    enterprise_id=enterprise,
                    year=self.year,
                    indicator_id=self.indicators[key],
                    value=value,
                    source="县统计局",
                )
                for enterprise in keys
                for key, value in zip(FIGURES, values, strict=True)
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["enterprise", "year", "indicator"],
            update_fields=["value", "source"],
        )

    def put_back(self) -> None:
        """The register as it was before either of them."""
        added = Enterprise.objects.filter(uscc__in=self.codes[ROWS // 2 :])
        EnterpriseFigure.objects.filter(enterprise__in=added).delete()
        Membership.objects.filter(enterprise__in=added).delete()
        added.delete()
        for key, value in zip(FIGURES, OLD, strict=True):
            EnterpriseFigure.objects.filter(indicator__key=key, year=self.year).update(value=value)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE towns_enterprisefigure")
