"""The library of phrases for opinions (常用意见): a post's own, shared with its office or not."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.errors import Stale, require
from portal.core.ledger import record
from reviews.chain import OUTCOMES, step_names
from reviews.models import Phrase
from reviews.policies import may_change_phrase, may_keep_phrases

LONGEST_PHRASE = 500
MOST_PHRASES = 200
GONE = "该常用意见已经删除。"


@transaction.atomic
def save_phrase(
    *,
    actor: Actor,
    text: str,
    shared: bool = False,
    step: str = "",
    outcome: str = "",
    phrase_id: int | None = None,
) -> Phrase:
    """Keep a sentence, or change one's own; ``step`` and ``outcome``: where it is offered first.

    Opinions that were given with it keep their words.
    """
    require(may_keep_phrases(actor))
    post = acting_seat(actor)
    type(post).objects.select_for_update(no_key=True).get(pk=post.pk)
    words = " ".join(text.split())
    _check(words, step, outcome)
    if phrase_id is not None:
        phrase = _own(actor, phrase_id)
    else:
        if Phrase.objects.filter(post=post).count() >= MOST_PHRASES:
            raise ValidationError({"text": f"常用意见最多 {MOST_PHRASES} 条，请先删除不用的。"})
        phrase = Phrase(post=post, created_by=acting_user(actor), created_name=actor.name)
        phrase.created_at = clock.now()
    if Phrase.objects.filter(post=post, text=words).exclude(pk=phrase.pk).exists():
        raise ValidationError({"text": "已有相同的常用意见。"})
    phrase.office, phrase.text, phrase.shared = acting_office(actor), words, shared
    phrase.step, phrase.outcome = step, outcome
    phrase.save()
    record(actor, "save_phrase", phrase, "保存常用意见", data=_told(phrase))
    return phrase


def _told(phrase: Phrase) -> dict[str, object]:
    """What the ledger says of a sentence: the words of one that only its post reads stay there."""
    told = {"shared": phrase.shared, "step": phrase.step, "outcome": phrase.outcome}
    return {**told, "text": phrase.text} if phrase.shared else told


def _check(words: str, step: str, outcome: str) -> None:
    errors = {}
    if not words:
        errors["text"] = "请填写常用意见的内容。"
    elif len(words) > LONGEST_PHRASE:
        errors["text"] = f"常用意见请在 {LONGEST_PHRASE} 字以内。"
    if step and step not in step_names():
        errors["step"] = "请选择列出的环节。"
    if outcome and outcome not in OUTCOMES:
        errors["outcome"] = "请选择列出的办理结果。"
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def remove_phrase(*, actor: Actor, phrase_id: int) -> None:
    """Take a sentence of one's own out of the library."""
    require(may_keep_phrases(actor))
    phrase = _own(actor, phrase_id)
    record(actor, "remove_phrase", phrase, "删除常用意见", data=_told(phrase))
    phrase.delete()


def _own(actor: Actor, phrase_id: int) -> Phrase:
    """The sentence, locked, if it is the acting post's."""
    phrase = (
        Phrase.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("post__office")
        .filter(pk=phrase_id)
        .first()
    )
    if phrase is None:
        raise Stale(GONE)
    require(may_change_phrase(actor, phrase))
    return phrase
