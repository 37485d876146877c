"""Conditions and columns that the lists of documents share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import (
    DOCUMENT_STANDING,
    DOCUMENT_STATE_CHOICES,
    OPENNESS_CHOICES,
)
from portal.core.document_tables.steps import STATE_TONES
from portal.core.documents.kinds import Kind, kinds
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    Sorting,
)
from portal.core.models import (
    Delivery,
    DeliveryRead,
    DocumentLink,
    OfficialDocument,
)
from portal.core.names import knows_people_of
from portal.core.web import office_url

FIRST_YEAR = 2022
WHOSE = [("own", "本机构"), ("lower", "下级机构"), ("joint", "会签的公文")]
STANDINGS = [("stands", "有效"), *DOCUMENT_STANDING.items()]
ENDS = ("supersedes", "revokes")
READ = [("unread", "未阅"), ("read", "已阅")]
DocumentBatchOf = Batch[OfficialDocument]


def years() -> list[tuple[str, str]]:
    """The years that a document may be of."""
    years = range(clock.today().year, FIRST_YEAR - 1, -1)
    return [EVERYTHING, *((str(year), f"{year}年") for year in years)]


def registered() -> list[Kind]:
    """The kinds that the register holds documents of; others are wordings of papers alone."""
    return [row for row in kinds() if row.free or row.numbered or row.issued is not Kind.issued]


def genre_choices() -> list[tuple[str, str]]:
    """文种."""
    names = dict.fromkeys(row.genre for row in registered())
    return [EVERYTHING, *((name, name) for name in names)]


def kind_choices() -> list[tuple[str, str]]:
    """Kinds of documents."""
    return [EVERYTHING, *((row.key, row.label) for row in registered())]


def moment(at: datetime | None) -> datetime | None:
    """A moment as a workbook holds it."""
    return timezone.localtime(at).replace(tzinfo=None) if at is not None else None


class DocumentFilter(ListFilter):
    """Conditions above the register."""

    q = forms.CharField(label="标题", max_length=60, required=False)
    number = forms.CharField(label="发文字号", max_length=60, required=False)
    year = forms.ChoiceField(label="年份", required=False)
    genre = forms.ChoiceField(label="文种", required=False)
    kind = forms.ChoiceField(label="公文种类", required=False)
    state = forms.ChoiceField(
        label="状态", choices=[EVERYTHING, *DOCUMENT_STATE_CHOICES], required=False
    )
    word = forms.CharField(label="机关代字", max_length=30, required=False)
    openness = forms.ChoiceField(
        label="公开属性", choices=[EVERYTHING, *OPENNESS_CHOICES], required=False
    )
    whose = forms.ChoiceField(label="发文机关", choices=[EVERYTHING, *WHOSE], required=False)
    standing = forms.ChoiceField(label="效力", choices=[EVERYTHING, *STANDINGS], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"year": years(), "genre": genre_choices(), "kind": kind_choices()}
        for name, choices in offered.items():
            if name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]

    def narrow(
        self, rows: QuerySet[OfficialDocument], chosen: Chosen
    ) -> QuerySet[OfficialDocument]:
        """What is left of the documents; a filter without a field asks for nothing by it."""
        asked = {name: value for name, value in chosen.items() if value}
        if "q" in asked:
            for part in asked["q"].split():
                rows = rows.filter(title__contains=part)
        if "number" in asked:
            rows = rows.filter(number__contains="".join(asked["number"].split()))
        if "year" in asked:
            rows = rows.filter(year=int(asked["year"]))
        if "genre" in asked:
            named = [row.key for row in kinds() if row.genre == asked["genre"]]
            rows = rows.filter(kind__in=named)
        if "word" in asked:
            rows = rows.filter(word__contains=asked["word"].strip())
        for name in ("kind", "state", "openness"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        if "whose" in asked:
            own = Q(office=self.actor.office)
            joint = Q(cosigners__office=self.actor.office)
            rows = {
                "own": rows.filter(own),
                "lower": rows.exclude(own).exclude(
                    pk__in=OfficialDocument.objects.visible_to(self.actor)
                    .filter(joint)
                    .values("pk")
                ),
                "joint": rows.filter(
                    pk__in=OfficialDocument.objects.visible_to(self.actor)
                    .filter(joint)
                    .values("pk")
                ),
            }[asked["whose"]]
        if "standing" in asked:
            rows = _standing(rows, asked["standing"])
        return rows


def _standing(rows: QuerySet[OfficialDocument], standing: str) -> QuerySet[OfficialDocument]:
    links = DocumentLink.objects.filter(target=OuterRef("pk"), document__state="issued")
    if standing == "stands":
        return rows.filter(~Exists(links.filter(relation__in=ENDS)), state="issued")
    return rows.filter(Exists(links.filter(relation=standing)))


# --- what is fetched for the rows of a page -------------------------------------------------------


def _links(batch: DocumentBatchOf) -> dict[int, str]:
    """Document -> the relation of what ended it, else of the newest that acted on it."""
    keys = [row.pk for row in batch.rows]
    links = DocumentLink.objects.filter(target__in=keys, document__state="issued")
    found: dict[int, str] = {}
    for target, relation in links.order_by("pk").values_list("target_id", "relation"):
        if found.get(target) not in ENDS:
            found[target] = relation
    return found


def _deliveries(batch: DocumentBatchOf) -> dict[int, tuple[int, int]]:
    """Document -> offices that have read it, and all that received it."""
    keys = [row.pk for row in batch.rows]
    rows = Delivery.objects.filter(document__in=keys).order_by().values("document_id")
    counted = rows.annotate(
        total=Count("pk", distinct=True), done=Count("pk", distinct=True, filter=_has_read())
    )
    return {row["document_id"]: (row["done"], row["total"]) for row in counted}


def _has_read() -> Q:
    return Q(reads__isnull=False)


def first_reads(batch: DocumentBatchOf) -> dict[int, datetime]:
    """Document -> when the acting office first opened it."""
    keys = [row.pk for row in batch.rows]
    reads = DeliveryRead.objects.filter(
        delivery__document__in=keys, delivery__office=batch.actor.office
    )
    pairs = reads.order_by().values_list("delivery__document_id").annotate(at=Min("read_at"))
    return dict(pairs)


# --- cells ----------------------------------------------------------------------------------------


def _title(row: OfficialDocument, batch: DocumentBatchOf) -> dict[str, str]:
    return {"text": row.title, "url": office_url(batch.actor, "document", row.pk)}


def _state(row: OfficialDocument, batch: DocumentBatchOf) -> dict[str, str]:
    return {"text": row.get_state_display(), "tone": STATE_TONES[row.state]}


def _standing_word(row: OfficialDocument, batch: DocumentBatchOf) -> str:
    relation = batch.fetched(_links).get(row.pk, "")
    return DOCUMENT_STANDING.get(relation, "有效" if row.state == "issued" else "")


def _standing_cell(row: OfficialDocument, batch: DocumentBatchOf) -> Any:
    relation = batch.fetched(_links).get(row.pk, "")
    if not relation:
        return _standing_word(row, batch)
    tone = "danger" if relation in ENDS else "warning"
    return {"text": DOCUMENT_STANDING[relation], "tone": tone}


def reads_of(row: OfficialDocument, batch: DocumentBatchOf) -> str:
    done, total = batch.fetched(_deliveries).get(row.pk, (0, 0))
    return f"{done}/{total}" if total else ""


def named(row: OfficialDocument, batch: DocumentBatchOf, name: str) -> str:
    return name if knows_people_of(batch.actor, row.office) else ""


def _organ(row: OfficialDocument, batch: DocumentBatchOf) -> str:
    return "、".join((row.organ, *row.joint_organs))


def visible(actor: Actor) -> QuerySet[OfficialDocument]:
    return OfficialDocument.objects.visible_to(actor)


NUMBER: ListColumn[OfficialDocument] = ListColumn(
    "number", "发文字号", lambda row, batch: row.number, kind="code", fixed=True, width=24
)
TITLE: ListColumn[OfficialDocument] = ListColumn(
    "title", "标题", lambda row, batch: row.title, kind="name", cell=_title, fixed=True, width=50
)
ORGAN: ListColumn[OfficialDocument] = ListColumn("organ", "发文机关", _organ, kind="name")
KIND: ListColumn[OfficialDocument] = ListColumn(
    "kind", "公文种类", lambda row, batch: row.spec.label, width=14
)
ISSUED_ON: ListColumn[OfficialDocument] = ListColumn(
    "issued_on",
    "成文日期",
    lambda row, batch: row.issued_on,
    kind="date",
    sorting=Sorting("issued_on", nullable=True, descending_first=True),
)
STATE: ListColumn[OfficialDocument] = ListColumn(
    "state", "状态", lambda row, batch: row.get_state_display(), kind="tag", cell=_state
)
DRAFTER: ListColumn[OfficialDocument] = ListColumn(
    "drafter", "拟稿人", lambda row, batch: named(row, batch, row.drafter), width=12
)
OPENNESS: ListColumn[OfficialDocument] = ListColumn(
    "openness", "公开属性", lambda row, batch: row.get_openness_display(), shown=False
)
STANDING: ListColumn[OfficialDocument] = ListColumn(
    "standing", "效力", _standing_word, kind="tag", cell=_standing_cell
)
RELATED = ("office__region", "drafted_by", "issued_by")
