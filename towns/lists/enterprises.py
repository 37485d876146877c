"""The list of enterprises: one row for each part that an enterprise has in a town."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

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
from portal.core.web import office_url
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES
from towns.enterprise_queries import (
    FIGURES,
    REVENUE,
    earning,
    figures_of,
    former_names,
    honours_held,
    ranks_in,
    with_revenue,
)
from towns.honours import HONOUR_GROUP_CHOICES, HONOUR_KINDS
from towns.lists.common import containing, offer_regions, town_choices, year_choices
from towns.models import Enterprise, EnterpriseName, Honour, Membership

SeatBatch = Batch[Membership]
WAN = Decimal(10_000)
ENTITIES, ROLES = dict(ENTITY_CHOICES), dict(ROLE_CHOICES)
ROLE_TONES = {"leading": "success", "backbone": "info", "supporting": "neutral"}
STATES = [("", "在册"), ("ended", "已退出"), ("all", "全部")]
SHORTEST_CODE = 4


class EnterpriseFilter(ListFilter):
    """Conditions above the list of enterprises."""

    q = forms.CharField(label="名称、曾用名、代码", max_length=60, required=False)
    town = forms.ChoiceField(label="专业镇", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)
    role = forms.ChoiceField(label="角色", choices=[EVERYTHING, *ROLE_CHOICES], required=False)
    entity = forms.ChoiceField(
        label="主体类型", choices=[EVERYTHING, *ENTITY_CHOICES], required=False
    )
    honour = forms.ChoiceField(
        label="荣誉",
        required=False,
        choices=[
            EVERYTHING,
            *((f"group-{key}", f"有{label}") for key, label in HONOUR_GROUP_CHOICES),
            *(
                (label, [(row.key, row.label) for row in HONOUR_KINDS.values() if row.group == key])
                for key, label in HONOUR_GROUP_CHOICES
            ),
        ],
    )
    year = forms.ChoiceField(label="数据年度", required=False)
    least = forms.DecimalField(
        label="营业收入不低于", required=False, min_value=0, max_digits=12, decimal_places=2
    )
    most = forms.DecimalField(
        label="营业收入不高于", required=False, min_value=0, max_digits=12, decimal_places=2
    )
    state = forms.ChoiceField(label="状态", choices=STATES, required=False)

    least.unit = most.unit = "万元"  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = year_choices()
        self.fields["year"].choices = years  # type: ignore[attr-defined]
        self.defaults = {"year": years[0][0]}
        self.bounds = offer_regions(self, self.actor)
        self.fields["town"].choices = town_choices(self.actor)  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Membership], chosen: Chosen) -> QuerySet[Membership]:
        """What is left of the memberships: those of today unless others are asked for."""
        if chosen["q"]:
            rows = rows.filter(_named(chosen["q"].strip()))
        if chosen["town"]:
            rows = rows.filter(town_id=int(chosen["town"]))
        if chosen.get("region"):
            rows = rows.filter(**self.bounds[chosen["region"]])
        if chosen["role"]:
            rows = rows.filter(role=chosen["role"])
        if chosen["entity"]:
            rows = rows.filter(enterprise__entity=chosen["entity"])
        if chosen["honour"]:
            rows = rows.filter(enterprise_id__in=self._honoured(chosen["honour"]))
        least, most = (_yuan(chosen[name]) for name in ("least", "most"))
        if least is not None or most is not None:
            rows = rows.filter(enterprise_id__in=earning(year_of(chosen), least, most))
        if chosen["state"] == "ended":
            return rows.filter(until__isnull=False)
        return rows if chosen["state"] == "all" else rows.on()  # type: ignore[attr-defined]

    def _honoured(self, wanted: str) -> QuerySet[Any]:
        held = Honour.objects.visible_to(self.actor).standing_on()
        group = wanted.removeprefix("group-")
        kinds = [row.key for row in HONOUR_KINDS.values() if row.group == group]
        held = held.filter(kind__in=kinds) if wanted != group else held.filter(kind=wanted)
        return held.filter(enterprise__isnull=False).order_by().values("enterprise_id")


def _named(text: str) -> Q:
    """Name or former name contains the text, or the code does where it looks like one.

    Keys of enterprises rather than a join: each set is found once, and the newest memberships are
    looked up in it until a page is full.
    """
    named = Q(**containing("name", text))
    code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if len(code) >= SHORTEST_CODE and code.isascii() and code.isalnum():
        named |= Q(uscc__contains=code)
    present = Enterprise.objects.filter(named).order_by()
    former = EnterpriseName.objects.filter(**containing("name", text)).order_by()
    return Q(enterprise_id__in=present.values("pk")) | Q(
        enterprise_id__in=former.values("enterprise_id")
    )


def _yuan(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount * WAN


def year_of(chosen: Chosen) -> int:
    """The year whose figures are shown."""
    return int(chosen["year"])


# --- what is fetched for the rows of a page -------------------------------------------------------


def _figures(batch: SeatBatch) -> dict[tuple[int, int, str], Decimal]:
    enterprises = {seat.enterprise_id for seat in batch.rows}
    return figures_of(enterprises, [year_of(batch.chosen)])


def _ranks(batch: SeatBatch) -> dict[tuple[int, int], int]:
    return ranks_in(batch.actor, (seat.town_id for seat in batch.rows), year_of(batch.chosen))


def _honours(batch: SeatBatch) -> dict[int, int]:
    return honours_held({seat.enterprise_id for seat in batch.rows})


def _former(batch: SeatBatch) -> dict[int, list[str]]:
    return former_names({seat.enterprise_id for seat in batch.rows})


# --- cells ----------------------------------------------------------------------------------------


def _name(seat: Membership, batch: SeatBatch) -> dict[str, str]:
    enterprise = seat.enterprise
    return {
        "text": enterprise.name,
        "url": office_url(batch.actor, "enterprise", enterprise.pk),
        "note": enterprise.demo_note,
    }


def _town(seat: Membership, batch: SeatBatch) -> dict[str, str]:
    url = office_url(batch.actor, "town-enterprises", seat.town_id)
    return {"text": seat.town.name, "url": url}


def _role(seat: Membership, batch: SeatBatch) -> dict[str, str]:
    note = f"{seat.until} 退出" if seat.until else ""
    return {"text": ROLES[seat.role], "tone": ROLE_TONES[seat.role], "note": note}


def _figure(key: str) -> Callable[[Membership, SeatBatch], Decimal | None]:
    def value(seat: Membership, batch: SeatBatch) -> Decimal | None:
        return batch.fetched(_figures).get((seat.enterprise_id, year_of(batch.chosen), key))

    return value


def _yearly(words: str) -> Callable[[Chosen], str]:
    return lambda chosen: f"{year_of(chosen)}年{words}"


def _by_revenue(rows: QuerySet[Membership], chosen: Chosen) -> QuerySet[Membership]:
    return with_revenue(rows, year_of(chosen))


def _city(seat: Membership, batch: SeatBatch) -> str:
    county = seat.town.county
    return f"{county.parent.name if county.parent else ''}{county.name}"


def _seats(actor: Actor) -> QuerySet[Membership]:
    return Membership.objects.visible_to(actor)


ENTERPRISES = register_list(
    ListSpec(
        key="enterprises",
        title="企业",
        url_name="enterprises",
        rows=_seats,
        related=("enterprise", "town__county__parent"),
        filter=EnterpriseFilter,
        noun="条",
        empty_title="没有符合条件的企业",
        columns=(
            ListColumn(
                "name",
                "企业名称",
                lambda seat, batch: seat.enterprise.name,
                kind="name",
                cell=_name,
                fixed=True,
                sorting=Sorting("enterprise__name"),
            ),
            ListColumn(
                "former",
                "曾用名",
                lambda seat, batch: "、".join(batch.fetched(_former).get(seat.enterprise_id, [])),
                shown=False,
            ),
            ListColumn(
                "code",
                "统一社会信用代码",
                lambda seat, batch: seat.enterprise.uscc,
                kind="code",
                sorting=Sorting("enterprise__uscc"),
            ),
            ListColumn(
                "town",
                "专业镇",
                lambda seat, batch: seat.town.name,
                kind="name",
                cell=_town,
                width=30,
            ),
            ListColumn("region", "市、县", _city, shown=False),
            ListColumn(
                "role", "角色", lambda seat, batch: ROLES[seat.role], kind="tag", cell=_role
            ),
            ListColumn(
                "entity",
                "主体类型",
                lambda seat, batch: ENTITIES[seat.enterprise.entity],
                shown=False,
            ),
            ListColumn("products", "主要产品", lambda seat, batch: seat.main_products),
            ListColumn(
                "revenue",
                _yearly("营业收入"),
                _figure(REVENUE),
                kind="money",
                sorting=Sorting(
                    "revenue__value", nullable=True, descending_first=True, prepare=_by_revenue
                ),
            ),
            ListColumn(
                "jobs",
                _yearly("从业人数"),
                _figure(FIGURES[1]),
                kind="number",
                unit="人",
                shown=False,
            ),
            ListColumn("tax", _yearly("税收"), _figure(FIGURES[2]), kind="money", shown=False),
            ListColumn("export", _yearly("出口额"), _figure(FIGURES[3]), kind="money", shown=False),
            ListColumn("rd", _yearly("研发投入"), _figure(FIGURES[4]), kind="money", shown=False),
            ListColumn(
                "rank",
                "镇内收入位次",
                lambda seat, batch: batch.fetched(_ranks).get((seat.town_id, seat.enterprise_id)),
                kind="number",
                shown=False,
            ),
            ListColumn(
                "honours",
                "荣誉数",
                lambda seat, batch: batch.fetched(_honours).get(seat.enterprise_id, 0),
                kind="number",
                unit="项",
            ),
            ListColumn(
                "since",
                "加入日期",
                lambda seat, batch: seat.since,
                kind="date",
                shown=False,
                sorting=Sorting("since", nullable=True),
            ),
            ListColumn(
                "until", "退出日期", lambda seat, batch: seat.until, kind="date", shown=False
            ),
        ),
    )
)
