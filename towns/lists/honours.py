"""The list of honours, standards and brands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from portal.core import clock
from portal.core.actor import Actor
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    Sorting,
    register_list,
)
from portal.core.paging import Order
from portal.core.web import office_url
from towns.honour_queries import order_word, with_order
from towns.honours import HONOUR_GROUP_CHOICES, HONOUR_KINDS, HONOUR_LEVEL_CHOICES
from towns.lists.common import containing, offer_regions, scope_of
from towns.models import Honour, Membership, Town
from towns.tables.honours import ORDER_TONES, level_word

HonourBatch = Batch[Honour]
FIRST_YEAR = 2000
STATES = [("standing", "有效"), ("ended", "已到期或撤销")]


class HonourFilter(ListFilter):
    """Conditions above the list of honours."""

    q = forms.CharField(label="获得者、名称、编号", max_length=60, required=False)
    group = forms.ChoiceField(
        label="分类", choices=[EVERYTHING, *HONOUR_GROUP_CHOICES], required=False
    )
    kind = forms.ChoiceField(
        label="种类",
        required=False,
        choices=[
            EVERYTHING,
            *(
                (label, [(row.key, row.label) for row in HONOUR_KINDS.values() if row.group == key])
                for key, label in HONOUR_GROUP_CHOICES
            ),
        ],
    )
    level = forms.ChoiceField(
        label="级别", choices=[EVERYTHING, *HONOUR_LEVEL_CHOICES], required=False
    )
    year = forms.ChoiceField(label="获得年份", required=False)
    town = forms.ModelChoiceField(
        label="专业镇", queryset=Town.objects.none(), required=False, empty_label="全部"
    )
    region = forms.ChoiceField(label="行政区划", required=False)
    state = forms.ChoiceField(label="状态", choices=[EVERYTHING, *STATES], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(clock.today().year, FIRST_YEAR - 1, -1)
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            EVERYTHING,
            *((str(year), f"{year}年") for year in years),
        ]
        offer_regions(self, self.actor)
        towns = Town.objects.visible_to(self.actor).order_by("scope_code", "name")
        self.fields["town"].queryset = towns  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Honour], chosen: Chosen) -> QuerySet[Honour]:
        """What is left of the honours."""
        if chosen["q"]:
            text = chosen["q"].strip()
            rows = rows.filter(
                Q(**containing("enterprise__name", text))
                | Q(**containing("town__name", text))
                | Q(**containing("title", text))
                | Q(**containing("number", text))
            )
        if chosen["group"]:
            kinds = [row.key for row in HONOUR_KINDS.values() if row.group == chosen["group"]]
            rows = rows.filter(kind__in=kinds)
        for name in ("kind", "level"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        if chosen["year"]:
            rows = rows.filter(awarded_on__year=int(chosen["year"]))
        seats = Membership.objects.visible_to(self.actor).order_by()
        if chosen["town"]:
            town = chosen["town"]
            members = seats.filter(town=town).values("enterprise_id")
            rows = rows.filter(Q(town=town) | Q(enterprise_id__in=members))
        if chosen.get("region"):
            bounds = scope_of(chosen["region"])
            members = seats.filter(**bounds).values("enterprise_id")
            towns = Town.objects.visible_to(self.actor).filter(**bounds).order_by().values("pk")
            rows = rows.filter(Q(town_id__in=towns) | Q(enterprise_id__in=members))
        if chosen["state"]:
            standing = Honour.objects.visible_to(self.actor).standing_on().order_by().values("pk")
            held = Q(pk__in=standing)
            rows = rows.filter(held if chosen["state"] == "standing" else ~held)
        return rows


# --- what is fetched for the rows of a page -------------------------------------------------------


def _words(batch: HonourBatch) -> dict[int, str]:
    """Honour -> 首次, 再次 or 未载明."""
    rows = Honour.objects.visible_to(batch.actor).filter(pk__in=[row.pk for row in batch.rows])
    return {row.pk: order_word(row) for row in with_order(rows)}


def _towns(batch: HonourBatch) -> dict[int, list[str]]:
    """Enterprise -> names of the towns it is in today."""
    seats = Membership.objects.visible_to(batch.actor).on()
    seats = seats.filter(enterprise_id__in=[row.enterprise_id for row in batch.rows])
    found: dict[int, list[str]] = {}
    pairs = seats.order_by("town_id").values_list("enterprise_id", "town__name")
    for enterprise, name in pairs:
        found.setdefault(enterprise, []).append(name)
    return found


# --- cells ----------------------------------------------------------------------------------------


def _kind_cell(honour: Honour, batch: HonourBatch) -> dict[str, str]:
    part = honour.get_part_display()
    return {
        "text": honour.get_kind_display(),
        "url": office_url(batch.actor, "honour", honour.pk),
        "note": f"{part}制定" if part else "",
    }


def _town(honour: Honour, batch: HonourBatch) -> str:
    if honour.town is not None:
        return honour.town.name
    return "、".join(batch.fetched(_towns).get(honour.enterprise_id or 0, []))


def _order(honour: Honour, batch: HonourBatch) -> str:
    return "已撤销" if honour.revoked_on else batch.fetched(_words).get(honour.pk, "")


def _order_cell(honour: Honour, batch: HonourBatch) -> dict[str, str]:
    word = _order(honour, batch)
    tone = "danger" if honour.revoked_on else ORDER_TONES.get(word, "neutral")
    return {"text": word, "tone": tone}


def _honours(actor: Actor) -> QuerySet[Honour]:
    return Honour.objects.visible_to(actor)


HONOURS = register_list(
    ListSpec(
        key="honours",
        title="荣誉、标准、品牌",
        url_name="honours",
        rows=_honours,
        related=("enterprise", "town"),
        filter=HonourFilter,
        noun="项",
        empty_title="没有符合条件的荣誉、标准、品牌",
        empty_text="登记请到专业镇的“荣誉品牌”页，或用“导入”一次导入多项。",
        columns=(
            ListColumn(
                "holder", "获得者", lambda row, batch: row.holder.name, kind="name", fixed=True
            ),
            ListColumn(
                "kind",
                "种类",
                lambda row, batch: row.get_kind_display(),
                kind="name",
                cell=_kind_cell,
                fixed=True,
                width=22,
            ),
            ListColumn("level", "级别", lambda row, batch: level_word(row), width=10),
            ListColumn("title", "名称", lambda row, batch: row.title, kind="name"),
            ListColumn(
                "part", "作用", lambda row, batch: row.get_part_display(), shown=False, width=10
            ),
            ListColumn("number", "证书或标准编号", lambda row, batch: row.number, kind="code"),
            ListColumn("issuer", "颁发机关", lambda row, batch: row.issuer, shown=False),
            ListColumn(
                "awarded_on",
                "获得日期",
                lambda row, batch: row.awarded_on,
                kind="date",
                sorting=Sorting("awarded_on", nullable=True, descending_first=True),
            ),
            ListColumn(
                "valid_to",
                "有效期至",
                lambda row, batch: row.valid_to,
                kind="date",
                shown=False,
                sorting=Sorting("valid_to", nullable=True),
            ),
            ListColumn("order", "首次", _order, kind="tag", cell=_order_cell),
            ListColumn("town", "专业镇", _town, kind="name"),
            ListColumn(
                "certificate",
                "证书",
                lambda row, batch: "有" if row.certificate_id else "未上传",
                shown=False,
                width=10,
            ),
            ListColumn(
                "revoked", "撤销事由", lambda row, batch: row.revoked_reason, shown=False, width=30
            ),
        ),
        default_order=Order("awarded_on", descending=True, nullable=True),
        order_words="获得日期，近的在前",
    )
)
