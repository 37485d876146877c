"""What the pages share on which an office chooses whom it asks."""

from __future__ import annotations

from portal.core.errors import Stale, require
from reviews.actions.moving import open_run
from reviews.chain import Mode
from reviews.models import Case, StepRun
from reviews.policies import may_take_step
from reviews.views.cases import CasePage


class GatheringPage(CasePage):
    """Choosing who is asked, at a step of one mode."""

    mode: Mode

    def gather(self, pk: int) -> tuple[Case, StepRun]:
        """The case and its open run, which must be at this page's step."""
        case = self.fetch(pk)
        step = case.current
        require(may_take_step(self.actor, case, step))
        run = open_run(case, reader=self.actor)
        if step.mode != self.mode:
            raise Stale(f"办件当前在“{step.name}”环节。")
        return case, run
