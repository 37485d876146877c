"""The task list (申报清单) of an application: its sections, what is left, until when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from criteria.tables import explained
from portal.core.constants import Can
from towns.missing import gaps_of, waiting_of
from towns.models import Application
from towns.policies import (
    may_edit_application,
    may_give_up_on_behalf,
    may_send_back_to_filer,
)
from towns.prefilling import prefill_context
from towns.presence import Present, present_by_section
from towns.queries import declaration_of, last_touch
from towns.tables import filing
from towns.tables.draft_words import as_draft
from towns.tables.tasks import FILLING, MOST_NAMED, NEW, TONES, Group, Task, left_words, tasks_of
from towns.task_queries import standing_of
from towns.views.correcting import notices
from towns.views.filing import ApplicationPage

Item = dict[str, Any]
# What a submitted application leaves empty is not about to begin.
NOT_FILLED = "没有填写"
# Where the page that shows everything has another name for a section.
CHECK_ANCHORS: dict[str, str] = {}


class ApplicationView(ApplicationPage):
    """The task list: what is to be done, and how the town stands against the criteria."""

    relaxable: set[str]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The task list; an office reads the whole declaration, unless it enters it itself."""
        application = self.fetch(pk)
        editable = may_edit_application(self.actor, application).ok
        if self.actor.scope is not None and not editable:
            return redirect(self.url("application-check", pk))
        self.viewed(application)
        declared = declaration_of(application, self.actor)
        told = explained.explained(
            application.criteria_set,
            declared.verdicts,
            application.category,
            filing.declared_values(declared.data),
        )
        if application.filing.editable:
            told = as_draft(told)
        waiting = waiting_of(application) if editable else []
        gaps = gaps_of(application, declared.data, waiting) if editable else []
        standing = standing_of(application, declared, gaps, waiting)
        groups = tasks_of(spec_of(application.criteria_set), standing)
        self.relaxable = set(standing.relaxable) | set(declared.data.get("relaxations") or {})
        touch = last_touch(application)
        people = present_by_section(application, self.actor) if editable else {}
        return self.page(
            "towns/application.html",
            {
                "breadcrumbs": self.crumbs(application),
                "application": application,
                "sections": [
                    *(self._group(application, group, people, editable) for group in groups),
                    {
                        "title": "核对与提交",
                        "items": [self._checking(application, len(gaps), groups)],
                    },
                ],
                "left": left_words(groups) if editable else "",
                "picture": filing.picture(declared.verdicts, draft=application.filing.editable),
                "summary": explained.summary(told),
                "priority": any(verdict.priority for verdict in declared.verdicts),
                "term": self.term(application) if application.filing.live else None,
                "touch": touch,
                "remark": touch.remark if touch and application.filing.editable else "",
                "editable": editable,
                "may_give_up": may_give_up_on_behalf(self.actor, application).ok,
                **notices(self.actor, application),
                **prefill_context(self.actor, application, editable=editable),
                "may_take_back": self.actor.can(Can.FILL)
                and may_send_back_to_filer(self.actor, application).ok,
            },
        )

    def _group(
        self,
        application: Application,
        group: Group,
        people: dict[str, list[Present]],
        editable: bool,
    ) -> Item:
        return {
            "title": group.title,
            "items": [
                self._task(application, task, people.get(task.key, []), editable)
                for task in group.tasks
            ],
        }

    def _task(
        self, application: Application, task: Task, people: list[Present], editable: bool
    ) -> Item:
        named = "".join(task.missing[:MOST_NAMED])
        more = len(task.missing) - MOST_NAMED
        return {
            "label": task.label,
            "url": self._address(application, task, editable),
            "hint": task.hint,
            "missing": named + (f"另有 {more} 项。" if more > 0 else ""),
            "people": [row.words for row in people],
            "word": NOT_FILLED if task.state == NEW and not editable else task.state,
            "tone": TONES[task.state],
        }

    def _address(self, application: Application, task: Task, editable: bool) -> str:
        if not editable:
            anchor = CHECK_ANCHORS.get(task.key, task.key.replace(".", "-"))
            return self.url("application-check", application.pk) + f"#{anchor}"
        if task.key != "relaxations":
            return self.section_url(application, task.key)
        criterion, condition = next(
            (row.key, item.key)
            for row in spec_of(application.criteria_set).criteria
            for item in row.conditions
            if item.key in self.relaxable
        )
        url = self.url("application-criterion", application.pk, criterion)
        return f"{url}#id_relax_{condition}"

    def _checking(self, application: Application, missing: int, groups: list[Group]) -> Item:
        row = {"label": "核对全部内容", "url": self.url("application-check", application.pk)}
        if application.state == "ready":
            return {**row, "word": "待提交人提交", "tone": "warning"}
        if not application.filing.editable:
            return {**row, "word": application.filing.label, "tone": application.filing.tone}
        if missing:
            wanting = sum(bool(task.missing) for group in groups for task in group.tasks)
            places = f"{wanting} 个部分" if wanting else ""
            return {**row, "word": f"{places}还缺 {missing} 项", "tone": TONES[FILLING]}
        left = sum(task.left for group in groups for task in group.tasks)
        if left:
            return {
                **row,
                "word": f"还有 {left} 个部分没有完成",
                "tone": TONES[FILLING],
                "hint": "没有填写的内容列在核对页；确实没有的，在那里核对后可以送交。",
            }
        return {
            **row,
            "word": "可以送提交人",
            "tone": "success",
            "hint": "核对无误后送提交人，由提交人提交。",
        }
