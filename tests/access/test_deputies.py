"""A deputy (代理) may what the post may, for the period and not a day longer.

The table has no column for deputies: their cells are those of the post they act from.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_seat
from portal.core.constants import POST_KINDS
from portal.core.models import PostGrant
from portal.core.seats import seats_of
from portal.workspace.access import SUBJECTS, Answer, Relation, Row, answer
from tests.access.asking import Asker
from tests.access.ground import HOME, make_nobody
from tests.factories import appoint, make_post

pytestmark = pytest.mark.django_db

# The first page of an object of every subject, and two writes.
NAMES = ("town", "round", "application", "case", "document", "ledger-entry", "office")
ROWS = [row for _, group in SUBJECTS for row in group if row.name in (*NAMES, "document-edit")]
DEPUTABLE = [kind.key for kind in POST_KINDS.values() if kind.deputable]


def lend(post: Actor, until: date) -> Actor:
    """Somebody of a post of the same office who acts from another until a day; that seat."""
    assert post.office is not None
    other = make_post(post.office, "leader", f"deputy.{acting_seat(post).pk}")
    PostGrant.objects.create(
        content_object=acting_seat(post),
        group=acting_seat(other).group,
        permission=PostGrant.permission_named("deputise_post"),
        valid_from=until - timedelta(days=10),
        valid_to=until,
        reason="外出学习",
    )
    return Actor(name=other.name, user=other.user, office=post.office, post=post.post)


def answers(asker: Asker, deputy: Actor, row: Row, method: str) -> Answer | str:
    held = asker.ground.object_of(Relation.OWN)
    assert deputy.office is not None
    slug, post = deputy.office.slug, acting_seat(deputy).pk
    url = asker.url(row, held, None, slug)
    return asker.send(deputy, method, lambda: url, post, asker.form(row, held))


@pytest.mark.parametrize("kind", DEPUTABLE)
def test_deputy_may_what_the_post_may(asker: Asker, kind: str) -> None:
    post = asker.ground.actor(kind, Relation.OWN)
    with transaction.atomic():
        deputy = lend(post, clock.today())
        wrong = [
            (row.label, method, real)
            for row in ROWS
            for method in row.methods.split()
            if (real := answers(asker, deputy, row, method)) != answer(row, kind, Relation.OWN)
        ]
        asker.sessions.clear()
        transaction.set_rollback(True)
    assert wrong == []


@pytest.mark.parametrize("kind", DEPUTABLE)
def test_deputy_of_yesterday_finds_nothing(asker: Asker, kind: str) -> None:
    post = asker.ground.actor(kind, Relation.OWN)
    with transaction.atomic():
        deputy = lend(post, clock.today() - timedelta(days=1))
        found = {answers(asker, deputy, row, row.methods.split()[0]) for row in ROWS}
        asker.sessions.clear()
        transaction.set_rollback(True)
    assert found == {Answer.ABSENT}


def test_a_person_of_two_posts_acts_from_the_one_the_page_names(asker: Asker) -> None:
    """A post elsewhere lends nothing to a post here."""
    with transaction.atomic():
        person = make_nobody()
        assert person.user is not None
        there = acting_seat(asker.ground.actor("clerk", Relation.NEIGHBOUR))
        here = acting_seat(asker.ground.actor("clerk", Relation.NONE))
        appoint(person.user, here)
        seats = {acting_seat(seat) for seat in seats_of(person.user)}
        assert seats == {here} and there not in seats
        case = next(row for row in ROWS if row.name == "case")
        held = asker.ground.object_of(Relation.OWN)
        url = asker.url(case, held, None, HOME)
        assert asker.send(person, "GET", lambda: url, here.pk, {}) == Answer.MAY
        assert asker.send(person, "GET", lambda: url, there.pk, {}) == Answer.ABSENT
        asker.sessions.clear()
        transaction.set_rollback(True)
