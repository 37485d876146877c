"""The sections of an application that show the town's registers: typed ones, and tables."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import cached_property

from criteria.queries import spec_of
from portal.core.constants import Can
from portal.core.opened import seal, unseal
from towns.actions.register_sections import save_register_section
from towns.counting import Books, count_all
from towns.declared import TABLES
from towns.figure_queries import confirming_office
from towns.forms.register_sections import FiguresSectionForm, FunctionsSectionForm
from towns.models import Application, DraftField
from towns.policies import may_edit_section, may_maintain_town
from towns.register_sections import FigureTable, figure_table
from towns.sections import Section, Texts, Working, working
from towns.tables import register_sections as tables
from towns.tables.section_fields import Asked, asked_of
from towns.tables.section_links import REGISTERS, section_url
from towns.views.back import back_parameter
from towns.views.register_tables import TableSection
from towns.views.sections import SectionPage, part_of

NEXT_TO = ("industry", *REGISTERS)


class RegisterSectionView(SectionPage):
    """One section by its key: figures and functions are typed, the other registers are tables."""

    def section_key(self) -> str:
        """Which section the address names."""
        return str(self.kwargs["key"])

    def get(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """The section."""
        if self.section_key() in TABLES:
            return self._table(self.fetch(pk))
        return super().get(request, pk)

    def post(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """Save a typed section; tables are changed on the pages of their registers."""
        if self.section_key() in TABLES:
            raise Http404("这一部分在台账页面修改。")
        return super().post(request, pk)

    def neighbours(self, application: Application) -> tuple[str, str]:
        """In the order of the task list."""
        place = NEXT_TO.index(self.section_key())
        first = spec_of(application.criteria_set).criteria[0].key
        order = (*NEXT_TO, f"criterion.{first}")
        before, after = (order[place + step] for step in (-1, 1))
        return (
            section_url(self.actor, application, before),
            section_url(self.actor, application, after),
        )

    # --- typed ------------------------------------------------------------------------------------

    @cached_property
    def bound(self) -> dict[str, Any]:
        """What is read once for a request: the section over its table, and how it stands."""
        return {}

    def section(self, application: Application) -> Section:
        """The section, its register read once for the whole page."""
        if "section" not in self.bound:
            found = super().section(application)
            if found.own:
                raise Http404("该申报没有这一部分。")
            if found.key == "figures":
                self.bound["table"] = table = figure_table(application)
                labels, stored = table.labels(), table.texts()
            else:
                labels, stored = found.labels(application), found.stored(application)
            self.bound["section"] = found._replace(
                labels=lambda application: labels, stored=lambda application: stored
            )
        section: Section = self.bound["section"]
        return section

    def standing(self, application: Application) -> dict[str, Working]:
        """How its fields stand."""
        if "standing" not in self.bound:
            self.bound["standing"] = working(application, self.section(application))
        found: dict[str, Working] = self.bound["standing"]
        return found

    def asks(self, application: Application) -> Asked:
        """What a return asks to be corrected."""
        if "asks" not in self.bound:
            self.bound["asks"] = asked_of(application)
        found: Asked = self.bound["asks"]
        return found

    def open_names(self, application: Application) -> dict[str, str]:
        """The fields that can change now, each with why a return asks for it."""
        section, asked = self.section(application), self.asks(application)
        paths = {name: section.path(name) for name in section.labels(application)}
        return {
            name: asked.reasons.get(path, "")
            for name, path in paths.items()
            if not asked.limited or path in asked.reasons
        }

    def make_form(
        self, application: Application, initial: Texts, data: QueryDict | None = None
    ) -> forms.Form:
        """The form; every field carries what it says now."""
        section = self.section(application)
        shown, names = self.standing(application), self.open_names(application)
        if section.key == "figures":
            table, asked = self.bound["table"], self.asks(application).reasons
            return FiguresSectionForm(data, table=table, shown=shown, names=names, asked=asked)
        labels = section.labels(application)
        return FunctionsSectionForm(data, labels=labels, shown=shown, names=names)

    def save(
        self, application: Application, form: forms.Form, opened: Texts | None, mine: Texts
    ) -> HttpResponse:
        """Into the register, or kept for whoever keeps it."""
        section = self.section(application)
        below = unseal(f"{part_of(application, section)}:below", self.request.POST.get("below", ""))
        entered = save_register_section(
            actor=self.actor,
            application=application,
            key=section.key,
            opened=opened,
            below=below,
            typed=mine,
        )
        if entered:
            messages.success(self.request, f"“{section.title}”已保存，并存入台账。")
        else:
            words = "由填报人核对后存入台账" if not application.trial else "试运行不改动台账"
            messages.success(self.request, f"“{section.title}”已保存，{words}。")
        return redirect(self.after(application))

    def show(
        self,
        application: Application,
        section: Section,
        form: forms.Form | None = None,
        status: int = 200,
        *,
        anew: bool = False,
        **more: Any,
    ) -> HttpResponse:
        """The page: figures of three years, or the matrix of functions."""
        form = form or self.make_form(application, {})
        stored = section.stored(application)
        inside = not self.actor.can(Can.CONTRIBUTE)
        waiting = [name for name, row in self.standing(application).items() if row.waiting]
        if isinstance(form, FiguresSectionForm):
            more |= self._figures(application, form)
        elif isinstance(form, FunctionsSectionForm):
            more |= {"lines": form.lines(stored), **self._functions(application)}
        before, after = self.neighbours(application)
        return self.page(
            f"towns/section_{section.key}.html",
            {
                "breadcrumbs": self.crumbs(application, self.title(section)),
                "application": application,
                "title": self.title(section),
                "form": form,
                "previous_url": before,
                "next_url": after,
                "list_url": self.list_url(application),
                **self.autosaving(application, section, self.standing(application), anew=anew),
                "below": ("" if anew else self.request.POST.get("below", ""))
                or seal(f"{part_of(application, section)}:below", stored),
                "waiting": len(waiting),
                "refresh_url": self.url("application-section-refresh", application.pk, section.key)
                if inside
                else "",
                "inside": inside,
                # Who fills edits only what is theirs: then the register is theirs to keep, too.
                "keeps": self.actor.can(Can.FILL)
                or may_maintain_town(self.actor, application.town).ok,
                "limited": self.asks(application).limited,
                **more,
            },
            status=status,
        )

    def _figures(self, application: Application, form: FiguresSectionForm) -> dict[str, Any]:
        table, town = form.table, application.town
        back = back_parameter(application, "figures")
        lines = form.lines()
        uses = tables.uses_of(application, self._values(form))
        heads, asks = [], self.asks(application)
        for year in table.years:
            row = table.states.get(year)
            heads.append(
                {
                    "year": year,
                    "word": row.get_state_display() if row else "未填报",
                    "tone": row.tone if row else "neutral",
                    # After a return only a year that it names is corrected.
                    "sealed": year in table.sealed and (not asks.limited or asks.names_year(year)),
                    "reason": row.return_reason if row and row.state == "returned" else "",
                    "url": self.url("town-figures", town.pk, year) + back,
                }
            )
        return {
            "heads": heads,
            "confirms": confirming_office(town),
            # A workbook may hold any year, a return asks for single ones.
            "imports": self.actor.can(Can.FILL) and not asks.limited,
            "import_query": f"&town={town.pk}{back}",
            "stranded": self.stranded(application),
            "lines": [(line, uses.get(line.indicator.key, [])) for line in lines],
            "hints": [
                use for line in lines for use in uses.get(line.indicator.key, []) if "word" in use
            ],
            "elsewhere": [
                {"label": label, "url": section_url(self.actor, application, key)}
                for key, label in (*TABLES.items(), ("functions", "公共服务功能"))
            ],
        }

    def stranded(self, application: Application) -> list[tuple[str, DraftField]]:
        """What was typed into a year and not saved before the year was confirmed, with labels."""
        table: FigureTable | None = self.bound.get("table")
        if table is None or not table.sealed:
            return []
        rows = DraftField.objects.filter(application=application, section="figures")
        kept = rows.exclude(name__in=list(table.labels())).order_by("name")
        return [(table.label_of(row.name), row) for row in kept]

    def _values(self, form: FiguresSectionForm) -> dict[str, Decimal | None]:
        """What would be assessed if the form were saved as it stands: its year, and named years."""
        found: dict[str, Decimal | None] = {}
        for line in form.lines():
            for cell in line.cells:
                found[f"{line.indicator.key}@{cell.year}"] = cell.shown
                if cell.year == form.table.years[0]:
                    found[line.indicator.key] = cell.shown
        return found

    def _functions(self, application: Application) -> dict[str, Any]:
        """What is counted from the functions as they are chosen now, and from the platforms."""
        standing = self.standing(application)
        states = [row.text for name, row in standing.items() if name.startswith("state_")]
        counted = count_all(Books(application.town), ["platforms_in_place"])
        values = {
            "service_functions": Decimal(states.count("present")),
            "platforms_in_place": counted["platforms_in_place"].value,
        }
        uses = tables.uses_of(application, values)
        rows = tables.counting_rows(
            application, self.actor, "functions", values, uses, linked=False
        )
        return {"counting": rows}

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, application: Application) -> HttpResponse:
        key, title = self.section_key(), TABLES[self.section_key()]
        if self.actor.can(Can.CONTRIBUTE):
            raise Http404("这一部分由填报人维护。")
        if not may_edit_section(self.actor, application, table_section(key)).ok:
            return self.unreadable(application)
        asked = self.asks(application)
        shown = TableSection(self.actor, application, key, asked, self.request.GET)
        before, after = self.neighbours(application)
        return self.page(
            "towns/section_table.html",
            {
                "breadcrumbs": self.crumbs(application, title),
                "application": application,
                "title": title,
                "previous_url": before,
                "next_url": after,
                "list_url": self.list_url(application),
                "here": section_url(self.actor, application, key),
                **shown.context(),
            },
        )


def table_section(key: str) -> Section:
    """A section without fields, for the rule that says who may change it."""
    return Section(
        key, TABLES[key], False, lambda row: {}, lambda row: {}, _nothing, lambda name: key
    )


def _nothing(actor: Any, application: Application, changed: Mapping[str, str]) -> None:
    raise AssertionError("a table is changed on the pages of its register")
