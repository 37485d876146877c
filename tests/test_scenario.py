"""Every released chain can be walked from its first step to its last with the real actions."""

from __future__ import annotations

import pytest

from reviews.chain import CHAINS, current_chain
from tests.factories import make_world
from tests.scenario import drive, file, fresh
from towns.models import Certification


@pytest.mark.django_db
@pytest.mark.parametrize("level", sorted({chain.level for chain in CHAINS.values()}))
def test_every_chain_ends_in_a_certification(level: str) -> None:
    world = make_world()
    case = file(world, level)
    taken = []
    for step in current_chain(level).steps:
        case = drive(world, case, step.key)
        taken.append(case.step)
    case = drive(world, fresh(case))
    assert taken == [step.key for step in current_chain(level).steps]
    assert (case.state, case.outcome) == ("closed", "certified")
    assert [run.step for run in case.runs.all()] == taken
    assert Certification.objects.get(application=case.application).level == level
