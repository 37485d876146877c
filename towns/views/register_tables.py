"""What the table sections of an application show: rows as they are declared, counts, uses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import QueryDict

from portal.core.actor import Actor
from portal.core.formatting import money
from portal.core.web import office_url
from towns.counting import Books, count_all
from towns.declared import TABLES
from towns.enterprise_queries import REVENUE, figures_of
from towns.honours import AWARD, BRAND, STANDARD
from towns.models import Application
from towns.policies import may_maintain_town
from towns.tables import register_sections as tables
from towns.tables.section_fields import Asked
from towns.tables.section_links import section_url
from towns.views.back import back_parameter

GROUPS = {"honours": (AWARD, BRAND), "standards": (STANDARD,)}


class TableSection:
    """A table of an application: the register as it stands, or as it was submitted.

    While a return does not name the table it stays as submitted, whatever the register says.
    """

    def __init__(
        self,
        actor: Actor,
        application: Application,
        key: str,
        asked: Asked,
        query: QueryDict,
    ) -> None:
        self.actor, self.application, self.key, self.query = actor, application, key, query
        self.asked = asked
        self.locked = asked.limited and key not in asked.reasons
        self.keeps = may_maintain_town(actor, application.town).ok
        self.books = Books(application.town)

    @property
    def back(self) -> str:
        """What carries the way back to this page."""
        return back_parameter(self.application, self.key)

    def living(self) -> list[tables.Declared]:
        """The register as it stands."""
        actor = self.actor if self.keeps else None
        if self.key == "enterprises":
            return tables.member_rows(self.books.members, actor, self.back)
        return tables.honour_rows(self.books, GROUPS[self.key], actor, self.back)

    def submitted(self) -> list[tables.Declared]:
        """What was submitted last."""
        data = self.application.snapshot
        if self.key == "enterprises":
            return tables.declared_members(data)
        return tables.declared_honours(data, self.key)

    def values(self) -> dict[str, Decimal]:
        """What is counted from the rows that are shown."""
        keys = tables.counted_keys(self.key)
        if self.locked:
            found = self.application.snapshot.get("values", {})
            return {key: Decimal(found[key]) for key in keys if key in found}
        return {key: row.value for key, row in count_all(self.books, keys).items()}

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        living = self.living()
        submitted = self.submitted() if self.application.revision else []
        rows = submitted if self.locked else living
        group, words = self.query.get("group", ""), self.query.get("q", "").strip()[:60]
        here = section_url(self.actor, self.application, self.key)
        found = tables.narrowed(rows, group, words)
        kept = (f"&group={group}" if group else "") + _words(words)
        page = tables.numbered(found, self.query.get("page", ""), here + kept)
        total = self._fill_revenue(found)
        values = self.values()
        uses = tables.uses_of(self.application, values)
        changed = tables.difference(submitted, living) if self.application.revision else ""
        return {
            "key": self.key,
            "columns": tables.columns_of(self.key, self.application.round.figures_year),
            "rows": [{"cells": row.cells, "actions": row.actions} for row in page.items],
            "pages": page,
            "tabs": tables.tabs_of(self.key, rows, group, here + _words(words)),
            "group": group,
            "words": words,
            "noun": "家" if self.key == "enterprises" else "项",
            "total": total,
            "whole": len(rows),
            "counting": tables.counting_rows(
                self.application,
                self.actor,
                self.key,
                values,
                uses,
                linked=not self.locked,
            ),
            "locked": self.locked,
            "reason": self.asked.reasons.get(self.key, ""),
            "open_tables": self._open_tables(),
            "submitted_at": self.application.submitted_at,
            "difference": changed,
            "keeps": self.keeps,
            **self._links(),
        }

    def _open_tables(self) -> str | None:
        """The tables that the return asks for, in words; None while everything can change."""
        if not self.asked.limited:
            return None
        return (
            "、".join(label for key, label in TABLES.items() if key in self.asked.reasons) or "没有"
        )

    def _links(self) -> dict[str, str]:
        town = self.application.town_id
        if self.key == "enterprises":
            return {
                "add_url": office_url(self.actor, "member-add", town) + self.back,
                "add_text": "添加企业",
                "import_url": self._import_url("enterprises"),
            }
        return {
            "add_url": office_url(self.actor, "honour-add", town) + self.back,
            "add_text": "登记标准" if self.key == "standards" else "登记荣誉、品牌",
            "import_url": self._import_url("honours"),
        }

    def _import_url(self, kind: str) -> str:
        """The upload, for this town, with the way back to this page."""
        url = office_url(self.actor, "import-new", kind)
        return f"{url}&town={self.application.town_id}" + self.back

    def _fill_revenue(self, rows: list[tables.Declared]) -> str:
        """The revenue of the year of these members, and in words what it comes to together."""
        firms = [row.enterprise for row in rows if row.enterprise is not None]
        if not firms:
            return ""
        year = self.application.round.figures_year
        found = figures_of(firms, [year])
        values = {firm: found.get((firm, year, REVENUE)) for firm in firms}
        for row in rows:
            if row.enterprise is not None:
                row.cells[-1] = {"text": money(values[row.enterprise])}
        known = [value for value in values.values() if value is not None]
        if not known:
            return f"这 {len(values)} 家都没有登记{year}年营业收入。"
        return f"{len(values)} 家中 {len(known)} 家有{year}年营业收入，合计 {money(sum(known))}。"


def _words(words: str) -> str:
    return "&" + QueryDict(f"q={words}").urlencode() if words else ""
