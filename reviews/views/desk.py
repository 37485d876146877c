"""The right side of the case page: the decision of the acting post with its helps, and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from criteria.models import Indicator
from criteria.queries import indicators
from portal.core.constants import Can
from reviews import queries
from reviews.chain import OUTCOMES, OWN_PAGE, RETURN, Mode
from reviews.forms.cases import DecisionForm
from reviews.forms.working import NoteForm
from reviews.models import Case, CaseNote, StepRun
from reviews.policies import may_decide, may_note, may_withdraw, sees_inside
from reviews.reaffirming import since_approval, voided_approval
from reviews.tables import case_page as parts
from reviews.tables import cases as shown
from reviews.views.phrases import PhraseHelp
from towns.correcting import Ask, asks_of, declared_fields
from towns.declared import Field
from towns.views.correcting import begin_again

Context = dict[str, Any]


class DeskPart(PhraseHelp):
    """What the acting post works with beside the material."""

    _fields: tuple[Field, ...] | None = None
    _asks: list[Ask] | None = None

    @cached_property
    def measured(self) -> list[Indicator]:
        """How figures are written, read once a page."""
        return list(indicators("town"))

    def fields_of(self, case: Case) -> tuple[Field, ...]:
        """Every field of the declaration, read once a page."""
        if self._fields is None:
            case.application.round = case.round
            self._fields = declared_fields(case.application)
        return self._fields

    def asks_of(self, case: Case, runs: Sequence[StepRun]) -> list[Ask]:
        """Every return of the case with what it asked for, read once a page."""
        if self._asks is None:
            returned = any(run.outcome == RETURN for run in runs)
            self._asks = asks_of(case.application) if returned else []
        return self._asks

    def decision_form(
        self,
        case: Case,
        run: StepRun,
        data: Any = None,
        *,
        typed: Mapping[str, Any] | None = None,
    ) -> DecisionForm:
        """The form of the step that is open; ``typed``: what to show in it, unchecked."""
        step = case.chain.step(run.step)
        return DecisionForm(
            data,
            outcomes=shown.outcome_choices(case, step),
            reason_for=[OUTCOMES[key].label for key in step.outcomes if OUTCOMES[key].needs_reason],
            run=run.pk,
            typed=typed,
        )

    def decision(
        self, case: Case, runs: list[StepRun], open_run: StepRun | None, form: DecisionForm | None
    ) -> Context:
        """What can be done now by the acting post, or who else does it."""
        context: Context = {
            "withdraw_url": self.url("case-withdraw", case.pk)
            if may_withdraw(self.actor, case).ok
            else "",
            "return_reason": case.application.return_reason if case.state == "returned" else "",
            "is_filer": self.actor.can(Can.FILL) or self.actor.can(Can.SUBMIT),
            "again": begin_again(self.actor, case.application)
            if case.outcome == "withdrawn"
            else None,
        }
        if open_run is None or not sees_inside(self.actor, open_run):
            return context
        step, verdict = case.current, may_decide(self.actor, case, open_run)
        context |= {"step": step, "waits_for": "" if verdict.ok else verdict.reason}
        if self.actor.office is not None and self.actor.office.pk == open_run.office_id:
            context |= self.since(case, runs)
        if not verdict.ok:
            return context
        if step.mode in OWN_PAGE:
            context["decision_form"] = form or self.decision_form(case, open_run)
            context["run"] = open_run
            context |= self.phrases(step)
            context["units_url"] = (
                self.url("case-units", case.pk) if step.mode == Mode.OPINIONS else ""
            )
            context["experts_url"] = (
                self.url("case-experts", case.pk) if step.mode == Mode.SCORES else ""
            )
        else:
            place = queries.collective_place(case, runs)
            context["refused_form"] = form
            context["collective"] = shown.collective_link(case, self.actor, place)
        return context

    def since(self, case: Case, runs: list[StepRun]) -> Context:
        """What changed since this office's own approval, where a return made one void."""
        if case.application.revision < 2:
            return {}
        if voided_approval(case, runs) is None:
            return {"since": None}
        submitted = {ask.correction.revision: ask.before for ask in self.asks_of(case, runs)}
        fields = self.fields_of(case)
        found = since_approval(case, runs, fields, self.measured, submitted)
        return {"since": parts.since_panel(found)}

    def notes(self, case: Case, form: NoteForm | None) -> Context:
        """Internal notes for those who may read them, with the form to write one."""
        if not may_note(self.actor).ok:
            return {}
        rows = CaseNote.objects.visible_to(self.actor).filter(case=case).order_by("-pk")
        return {"notes": parts.note_rows(rows), "note_form": form or NoteForm()}
