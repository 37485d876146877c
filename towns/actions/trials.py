"""A round on trial (试运行): throwing away what was entered, making the round official."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import FilePage, StoredFile, Upload, hold_in_scope
from portal.core.uploads.clearing import discard_stored
from towns.deadlines import moment_words
from towns.models import Application, Round
from towns.round_policies import may_end_trial


@transaction.atomic
def discard_trial(*, actor: Actor, call: Round) -> dict[str, int]:
    """Throw away every application of a round on trial with all that hangs from it.

    The rows are found by the relations themselves, so nothing of a trial is left behind. A stored
    file goes when nothing else holds it; the ledger keeps what was done. Doing it again finds
    nothing and enters nothing. Gives how many rows of each kind went.
    """
    call = _locked(actor, call)
    rows = Application.objects.select_for_update(of=("self",)).filter(round=call, trial=True)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return {}
    files = _files(keys)
    gone: Counter[str] = Counter()
    _remove(Application, keys, gone)
    gone[StoredFile._meta.label] = sum(_remove_file(key) for key in sorted(files))
    hold_in_scope(call, actor)
    record(
        actor,
        "discard_trial",
        call,
        f"清除“{call.title}”的试运行数据：申报 {len(keys)} 件",
        data={"applications": keys, "rows": dict(gone)},
        audience=call.audience,
    )
    return dict(gone)


def end_trial_problems(call: Round) -> list[str]:
    """What stands in the way of making the round official; empty: nothing."""
    found = []
    left = Application.objects.filter(round=call, trial=True).count()
    if left:
        found.append(f"还有 {left} 件试运行的申报。请先清除试运行数据，再转为正式。")
    if call.opening < clock.now().replace(second=0, microsecond=0):
        found.append(
            f"开始时间（{moment_words(call.opening)}）已过。请先把开始时间改为现在或以后，"
            "再转为正式。"
        )
    return found


@transaction.atomic
def end_trial(*, actor: Actor, call: Round) -> Round:
    """Make the round official, once its trial data are gone and before its opening has passed."""
    call = _locked(actor, call)
    if problems := end_trial_problems(call):
        raise ValidationError(problems)
    call.trial = False
    call.save(update_fields=["trial"])
    hold_in_scope(call, actor)
    record(
        actor,
        "end_trial",
        call,
        f"“{call.title}”结束试运行，转为正式批次",
        before={"trial": True},
        after={"trial": False},
    )
    return call


def _locked(actor: Actor, call: Round) -> Round:
    locked = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .get(pk=call.pk)
    )
    require(may_end_trial(actor, locked))
    return locked


def _hanging(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """The models that point at one, with the field that does, hidden relations included."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and not relation.many_to_many:
            yield relation.related_model, relation.field.name  # type: ignore[union-attr,misc]


def _files(keys: Sequence[int]) -> set[int]:
    """The stored files that these applications, and rows that hang from them, point at."""
    pointing: list[tuple[type[models.Model], str]] = [(Application, "pk"), *_hanging(Application)]
    found: set[int | None] = set()
    for model, name in pointing:
        for field in model._meta.concrete_fields:
            if field.related_model is StoredFile:
                rows = model._default_manager.filter(**{f"{name}__in": keys})
                found |= set(rows.values_list(field.attname, flat=True))
    return {key for key in found if key is not None}


def _remove(model: type[models.Model], keys: Sequence[Any], gone: Counter[str]) -> None:
    """Delete rows after those that hang from them, whatever their models are."""
    if not keys:
        return
    for related, name in _hanging(model):
        rows = related._default_manager.filter(**{f"{name}__in": keys})
        if related is model:
            # What was copied from a row that goes no longer says where it came from.
            rows.update(**{name: None})
        else:
            _remove(related, list(rows.order_by("pk").values_list("pk", flat=True)), gone)
    removed, _ = model._default_manager.filter(pk__in=keys).delete()
    gone[model._meta.label] += removed


def _remove_file(key: int) -> int:
    """Delete a stored file with its page images, unless another row holds it."""
    for model, name in _hanging(StoredFile):
        if model in (FilePage, Upload):
            continue
        if model._default_manager.filter(**{name: key}).exists():
            return 0
    stored = StoredFile.objects.select_for_update().filter(pk=key).first()
    if stored is None:
        return 0
    Upload.objects.filter(stored=stored).delete()
    FilePage.objects.filter(source=stored).delete()
    discard_stored(stored)
    return 1
