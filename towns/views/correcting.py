"""The rounds of return of an application (补正记录): what was asked, and old and new beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from criteria.queries import indicators
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.web import office_url
from towns.constants import LIVE_FILINGS, Filing
from towns.correcting import (
    asks_of,
    declared_fields,
    is_overdue,
    open_correction,
    rounds_of_return,
)
from towns.models import Application
from towns.policies import may_edit_application, may_start_application
from towns.tables.corrections import ask_panel, term_words
from towns.views.filing import ApplicationPage

Notice = dict[str, Any]


def notices(actor: Actor, application: Application) -> Notice:
    """What the page of an application says of a return that is open, and of beginning again."""
    return {
        "correction": _asked(application),
        "corrections_url": office_url(actor, "application-corrections", application.pk)
        if application.revision > 1 or application.state == Filing.RETURNED
        else "",
        "again": begin_again(actor, application),
    }


def _asked(application: Application) -> Notice | None:
    correction = open_correction(application) if application.revision else None
    if correction is None:
        return None
    return {
        "ordinal": rounds_of_return(application),
        "opinion": correction.opinion,
        "office": correction.office_name,
        "term": term_words(correction),
        "overdue": is_overdue(correction),
        "items": list(correction.items.all()),
    }


def begin_again(actor: Actor, application: Application) -> Notice | None:
    """Of a withdrawn application: the way to a new one begun from it, or why there is none."""
    if application.state != Filing.WITHDRAWN or not (actor.can(Can.FILL) or actor.can(Can.SUBMIT)):
        return None
    town, call = application.town, application.round
    live = Application.objects.visible_to(actor).filter(
        town=town, round=call, state__in=LIVE_FILINGS
    )
    if (now := live.first()) is not None:
        url = office_url(actor, "application", now.pk)
        return {"text": "本批次已重新申报。", "url": url, "action": "打开重新申报的材料"}
    if not actor.can(Can.FILL):
        return {"text": "在申报期内，可由填报人以这份材料为基础重新申报。"}
    verdict = may_start_application(actor, town, call)
    if not verdict.ok:
        return {"text": f"不能重新申报：{verdict.reason}"}
    return {
        "text": "在申报期内可以重新申报，能够复制这份材料的内容；重新申报会得到新的受理编号。",
        "url": f"{office_url(actor, 'application-start', town.pk, call.pk)}&from={application.pk}",
        "action": "以这份材料为基础重新申报",
    }


class CorrectionsView(ApplicationPage):
    """Every round of return, the latest first."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page, for the town and for the offices that see the application."""
        application = self.fetch(pk)
        self.viewed(application)
        asks = asks_of(application)
        measured = {row.key: row for row in indicators("town")} if asks else {}
        fields = declared_fields(application) if asks else ()
        waiting = bool(asks) and asks[-1].correction.resolved_at is None
        return self.page(
            "towns/corrections.html",
            {
                "breadcrumbs": self.crumbs(application, "补正记录"),
                "application": application,
                "asks": [ask_panel(ask, fields, measured) for ask in reversed(asks)],
                "fills_now": waiting
                and self.actor.can(Can.FILL)
                and may_edit_application(self.actor, application).ok,
            },
        )
