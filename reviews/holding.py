"""Who has a case in hand (承办): policies of claiming, taking over, releasing and handing over.

A case belongs to the queue of its office. A post that claims it, or is given it, decides it alone
until it is released, handed over, taken over by a colleague, or moves on.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Post
from portal.core.seats import acting_from
from reviews.models import Case, StepRun
from reviews.policies import may_work_on


def holds(actor: Actor, case: Case) -> bool:
    """Whether the acting post has the case in hand."""
    return actor.post is not None and case.holder_id == actor.post.pk


def may_claim(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """Whoever could decide the open step, while nobody has the case in hand."""
    verdict = may_work_on(actor, case, run)
    if verdict.ok and case.holder_id is not None and not holds(actor, case):
        return refuse(f"该办件已由{case.held_name}承办；需要由您办理的，请写明原因后接办。")
    return verdict


def may_take_over(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """A colleague who could decide the open step, from the one who has the case in hand."""
    verdict = may_work_on(actor, case, run)
    if not verdict.ok:
        return verdict
    if case.holder_id is None:
        return refuse("该办件无人承办，请直接认领。")
    return refuse("该办件已由您承办，不需要接办。") if holds(actor, case) else ALLOWED


def may_release(actor: Actor, case: Case) -> Verdict:
    """The holder, and the directors of the office."""
    if case.state != "open" or case.holder_id is None:
        return refuse("该办件当前无人承办，不需要退回。")
    if holds(actor, case) or _directs(actor, case):
        return ALLOWED
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse("退回待认领由办理该办件的领导小组办公室的承办人或者主任、副主任办理。")
    return refuse(f"该办件由{case.held_name}承办，由其本人或办公室主任、副主任退回待认领。")


def may_hand_over(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """The holder, the directors of the office, and of an unclaimed case whoever could decide it."""
    verdict = may_work_on(actor, case, run)
    if case.state == "open" and (_directs(actor, case) or holds(actor, case)):
        return ALLOWED
    if verdict.ok and case.holder_id is not None:
        return refuse(f"该办件由{case.held_name}承办，由其本人或办公室主任、副主任移交。")
    return verdict


def _directs(actor: Actor, case: Case) -> bool:
    own = actor.office is not None and actor.office.pk == case.office_id
    return own and actor.can(Can.APPOINT) and actor.can(Can.HANDLE)


def holders_of(case: Case) -> list[tuple[Post, list[Actor]]]:
    """The posts of the handling office that take the open step, with who acts from them today."""
    kinds = [key for key, kind in POST_KINDS.items() if case.current.ability in kind.can]
    posts = Post.objects.filter(office=case.office_id, kind__in=kinds)
    found = [(people[0].post, people) for people in acting_from(posts).values()]
    pairs = [(post, people) for post, people in found if post is not None]
    return sorted(pairs, key=lambda pair: (POST_KINDS[pair[0].kind].rank, pair[0].pk))


def names_of(people: Iterable[Actor]) -> str:
    """The people of a post as a list names them, a deputy as one."""
    return "、".join(f"{one.name}（代理）" if one.deputy else one.name for one in people)
