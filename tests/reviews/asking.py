"""Short words for reading and sending the pages of an actor."""

from __future__ import annotations

from typing import Any

from portal.core.actor import Actor
from portal.core.web import office_url
from tests.factories import client_of


def get(actor: Actor, name: str, *args: object, query: str = "") -> Any:
    """The answer to reading a page of the actor's workspace."""
    return client_of(actor).get(office_url(actor, name, *args) + query)


def post(actor: Actor, name: str, *args: object, **data: object) -> Any:
    """The answer to sending a form as the page does."""
    assert actor.post is not None
    return client_of(actor).post(
        office_url(actor, name, *args), {"acting_post": actor.post.pk, **data}
    )


def followed(actor: Actor, name: str, *args: object, **data: object) -> str:
    """The text of the page that a form leads to."""
    assert actor.post is not None
    answer = client_of(actor).post(
        office_url(actor, name, *args), {"acting_post": actor.post.pk, **data}, follow=True
    )
    assert answer.status_code == 200, answer.status_code
    return text(answer)


def text(answer: Any) -> str:
    """What a page says."""
    return answer.content.decode()
