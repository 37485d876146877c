"""The cockpit of a round (批次进度): who has come how far, reminding, the lists behind it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.calendar import arrangement_published, working_days_between
from portal.core.errors import require
from portal.core.listing import Listing
from portal.core.listing.views import ListView
from portal.core.models import Region
from portal.core.policies.lists import may_export_list
from portal.core.web import OfficeView
from reviews.cockpit_exports import PARTS, request_cockpit
from reviews.cockpit_list import ROUND_TOWNS, RoundTownFilter
from reviews.cockpit_queries import Cockpit, cockpit_of
from reviews.tables import cockpit as tables
from towns.actions import remind_towns
from towns.actions.reminding import Reminded
from towns.cockpit_policies import may_remind_towns
from towns.cockpit_queries import FILLING, NOT_STARTED, STANDINGS
from towns.models import Round
from towns.tables import registers

EVERY = "all"
# Which button says what.
WHOM = (
    ("all", "提醒全部尚未提交的"),
    ("none", "只提醒未开始的"),
    ("filling", "只提醒填报中、待提交的"),
)


class CockpitPage(OfficeView):
    """A page about a round as its offices follow it; to others it does not exist."""

    @cached_property
    def call(self) -> Round:
        """The round, if the actor sees it and belongs to an office."""
        if self.actor.scope is None:
            raise Http404("没有这个页面。")
        rows = Round.objects.visible_to(self.actor).select_related("office__region")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def back(self) -> str:
        """The page, with what was unfolded."""
        url = self.url("round-cockpit", self.call.pk)
        return url + "".join(f"&open={code}" for code in self.opened())

    def opened(self) -> list[str]:
        """The cities that are unfolded."""
        data = self.request.POST if self.request.method == "POST" else self.request.GET
        asked = {code for text in data.getlist("open") for code in text.split(",")}
        return sorted(code for code in asked if code == EVERY or code.isdecimal())[:200]


class RoundCockpitView(CockpitPage):
    """Days left, towns by state and place, the funnel."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        call = self.call
        found = cockpit_of(self.actor, call)
        listed = f"{self.url('round-towns')}&round={call.pk}"
        verdict = may_remind_towns(self.actor, call)
        office = self.actor.office
        own = office.region.code if office is not None else ""
        cities = {row.region.code for row in found.places if row.region}
        opened = set(self.opened())
        if EVERY in opened or len(cities) == 1:
            opened = cities
        rows = tables.place_rows(found, listed, opened, own=own)
        return self.page(
            "reviews/cockpit.html",
            {
                "breadcrumbs": [
                    ("申报批次", self.url("rounds")),
                    (call.title, self.url("round", call.pk)),
                    ("进度", None),
                ],
                "call": call,
                "tag": registers.round_tag(call),
                "figures": self._figures(found, listed),
                "unpublished": self._unpublished(),
                "heads": [word for word, _ in STANDINGS.values()],
                "rows": [
                    row | self._folding(row, opened, foldable=len(cities) > 1) for row in rows
                ],
                "total": tables.place_row(found.whole, listed, name="合计"),
                "foldable": len(cities) > 1 and any("city" in row for row in rows),
                "unfold_url": f"{self.url('round-cockpit', call.pk)}&open={EVERY}",
                "fold_url": self.url("round-cockpit", call.pk),
                "open": ",".join(sorted(opened & cities)),
                "reminders": [
                    {"key": key, "text": text, "number": self._number(found, key)}
                    for key, text in WHOM
                ],
                "may_remind": verdict.ok,
                "refusal": verdict.reason,
                "may_export": may_export_list(self.actor).ok,
                "funnel": tables.funnel_of(found, listed),
                "listed": listed,
            },
        )

    def _number(self, found: Cockpit, whom: str) -> int:
        """How many towns a reminder is about, those that were told today included."""
        none = found.whole.standings[NOT_STARTED]
        return {"all": found.whole.waiting, "none": none}.get(whom, found.whole.waiting - none)

    def _folding(self, row: dict[str, Any], opened: set[str], *, foldable: bool) -> dict[str, Any]:
        """The link of a city that shows or hides its counties."""
        code = row.get("city")
        if not code or not foldable:
            return {}
        then = sorted(opened ^ {code})
        url = self.url("round-cockpit", self.call.pk)
        joined = f"&open={','.join(then)}" if then else ""
        return {"fold_url": f"{url}{joined}#place-{code}"}

    def _figures(self, found: Cockpit, listed: str) -> list[dict[str, Any]]:
        call, now = self.call, clock.now()
        closing = timezone.localtime(call.closing)
        if now < call.opening:
            opening = timezone.localtime(call.opening)
            left, note = "未开始", f"{opening:%Y-%m-%d %H:%M} 开始"
        else:
            left = tables.time_left(closing) or "已截止"
            note = f"{closing:%Y-%m-%d %H:%M:%S} 截止"
            if call.open_at(now):
                days = working_days_between(clock.today(), closing.date())
                note = f"{days} 个工作日；{note}"
        filling = sum(found.whole.standings[key] for key in FILLING)
        return [
            {"label": "距截止", "text": left, "note": note},
            self._figure("可申报", found.whole.total, listed),
            self._figure("尚未提交", found.whole.waiting, f"{listed}&waiting=on")
            | {"note": f"未开始 {found.whole.standings[NOT_STARTED]} 个，填报 {filling} 个"},
            self._figure("已延期", found.extended, f"{listed}&extended=on"),
            self._figure("补正逾期", found.overdue, f"{listed}&overdue=on"),
        ]

    @staticmethod
    def _figure(label: str, number: int, url: str) -> dict[str, Any]:
        return {"label": label, "text": f"{number} 个", "url": url if number else ""}

    def _unpublished(self) -> list[int]:
        """Years until the closing whose working days are not entered yet."""
        if clock.now() > self.call.closing:
            return []
        years = range(clock.today().year, self.call.closes_on.year + 1)
        return [year for year in years if not arrangement_published(year)]


class RoundRemindView(CockpitPage):
    """Remind the towns that have not submitted: all, or those of one city or county."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tell them and say how many were told."""
        require(may_remind_towns(self.actor, self.call))
        code, region = request.POST.get("region", ""), None
        if code:
            region = Region.objects.filter(code=code).first()
            if region is None:
                messages.error(request, "没有这个行政区划，请在表中选择。")
                return redirect(self.back())
        try:
            done = remind_towns(
                actor=self.actor,
                call=self.call,
                whom=request.POST.get("whom") or "all",
                region=region,
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            show = messages.success if done.told or done.unheld else messages.info
            show(request, _said(done))
        return redirect(self.back())


def _said(done: Reminded) -> str:
    """What came of a reminder, in words."""
    parts = []
    if done.told:
        counties = f"和 {done.counties} 个县级领导小组办公室" if done.counties else ""
        parts.append(f"已在平台内通知 {done.told} 个专业镇的填报单位{counties}。")
    if done.unheld:
        parts.append(f"{done.unheld} 个专业镇没有授权填报单位，已通知其县级领导小组办公室。")
    if done.earlier:
        parts.append(f"{done.earlier} 个专业镇今天已经通知过，没有重复通知。")
    return "".join(parts) or "没有需要提醒的专业镇，未发出通知。"


class RoundCockpitExportView(CockpitPage):
    """Queue the workbook of the table or of the funnel."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the job and go to it."""
        part = request.POST.get("part", "")
        try:
            job = request_cockpit(self.actor, self.call, part)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.back())
        self.exported(PARTS[part], self.call.title)
        return redirect(self.url("job", job.pk))


class RoundTownListView(ListView):
    """The towns behind a number of the cockpit."""

    spec = ROUND_TOWNS
    template = "reviews/cockpit_towns.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, for offices alone."""
        if self.actor.scope is None:
            raise Http404("没有这个页面。")
        return super().get(request)

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The round whose towns these are."""
        form = listing.form
        call = form.meant if isinstance(form, RoundTownFilter) else None
        if call is None:
            return {}
        back = self.url("round-cockpit", call.pk)
        return {
            "call": call,
            "back_url": back,
            "breadcrumbs": [
                ("申报批次", self.url("rounds")),
                (call.title, self.url("round", call.pk)),
                ("进度", back),
                ("逐个查看", None),
            ],
        }
