"""Two people draft one set at the same moment, on two real connections."""

from __future__ import annotations

import pytest

from criteria.actions.drafting import add_criterion
from criteria.drafts import CriterionFacts
from criteria.models import CriteriaSet
from portal.core.ledger import chain_of, first_broken_link
from portal.core.opened import seal
from portal.core.web import office_url
from tests.factories import World, make_draft, make_world
from tests.test_concurrency import pages, post_at_once

pytestmark = pytest.mark.django_db(transaction=True)
TWO = ("puxian.clerk", "puxian.office_director")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    """Four criteria."""
    made = make_draft(world.offices["puxian"])
    for title in ("特色", "创新能力", "服务体系"):
        facts = CriterionFacts("（十）", title, f"{title}。", "judgement")
        add_criterion(actor=world.actor(TWO[0]), key=made.key, facts=facts)
    return made


def order(draft: CriteriaSet) -> list[tuple[int, str]]:
    return list(draft.criteria.order_by("ordinal").values_list("ordinal", "key"))


def test_the_order_stays_an_order(world: World, draft: CriteriaSet) -> None:
    """Both move the second one up: one does, the other is told."""
    answers = post_at_once(
        draft,
        [
            (
                world.actor(who),
                office_url(world.actor(who), "criterion-move", draft.key, "c1"),
                {"way": "up", "seen": "2"},
            )
            for who in TWO
        ],
    )
    assert sum("位置已被" in page for page in pages(answers)) == 1
    assert order(draft) == [(1, "c1"), (2, "scale"), (3, "c2"), (4, "c3")]
    answers = post_at_once(
        draft,
        [
            (
                world.actor(who),
                office_url(world.actor(who), "criterion-move", draft.key, key),
                {"way": way, "seen": seen},
            )
            for who, key, way, seen in zip(
                TWO, ("c1", "c3"), ("down", "up"), ("1", "4"), strict=True
            )
        ],
    )
    assert [number for number, _ in order(draft)] == [1, 2, 3, 4]
    assert [key for _, key in order(draft)] == ["scale", "c1", "c3", "c2"]
    assert first_broken_link(chain_of(draft)) is None


def test_one_criterion_saved_by_both(world: World, draft: CriteriaSet) -> None:
    """One is saved; the other gets both versions and has lost nothing."""
    row = draft.criteria.get(key="c1")
    opened = seal(f"criterion:{draft.pk}:c1", CriterionFacts.of(row).plain(), row.revision)
    form = {"clause": "（十）", "title": "特色", "text": "特色。", "nature": "judgement"}
    answers = post_at_once(
        draft,
        [
            (
                world.actor(who),
                office_url(world.actor(who), "criterion-edit", draft.key, "c1"),
                {**form, "ask": f"由{who}填写", "opened": opened},
            )
            for who in TWO
        ],
    )
    late = [page for page in pages(answers) if "没有保存：他人已先修改" in page]
    assert len(late) == 1
    assert all(f"由{who}填写" in late[0] for who in TWO)
    row.refresh_from_db()
    assert row.ask in {f"由{who}填写" for who in TWO}
    assert row.revision == 2
