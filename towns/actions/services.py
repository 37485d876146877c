"""Public-service functions and platforms of a town."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from towns.actions.keeping import maintained
from towns.constants import FUNCTION_STATE_CHOICES, PLATFORM_KIND_CHOICES, SERVICE_FUNCTIONS
from towns.models import Platform, Town, TownFunction
from towns.register_conflicts import hold_against


@transaction.atomic
def set_functions(
    *,
    actor: Actor,
    town: Town,
    states: Mapping[str, str],
    platforms: Mapping[str, str],
    opened: Mapping[str, str] | None = None,
) -> None:
    """Record which of the eight public-service functions the town has.

    ``opened``: what the form was opened with, by ``functions_now``; raises Overtaken, and saves
    nothing, when that would undo unseen what somebody else has saved since.
    """
    town = maintained(actor, town)
    before = _states(town)
    typed = {f"state_{key}": state for key, state in states.items()}
    typed |= {f"platform_{key}": platforms.get(key, "") for key in states}
    hold_against(actor, town, opened, functions_now(town), typed, {"functions": True})
    for key, state in states.items():
        if key not in dict(SERVICE_FUNCTIONS):
            raise ValidationError("没有这项公共服务功能。")
        if state not in dict(FUNCTION_STATE_CHOICES):
            raise ValidationError({key: "请选择有、在建或无。"})
        _set_function(town, key, state, platforms.get(key, ""))
    record(
        actor,
        "set_functions",
        town,
        "更新公共服务功能",
        data={"functions": True},
        before=before,
        after=_states(town),
        scope_code=town.scope_code,
        audience="filer",
    )


def functions_now(town: Town) -> dict[str, str]:
    """The eight functions and their platforms as plain texts, by the names of the form."""
    found: dict[str, str] = {}
    rows = {row.key: row for row in TownFunction.objects.on().filter(town=town)}
    for key, _ in SERVICE_FUNCTIONS:
        row = rows.get(key)
        found[f"state_{key}"] = row.state if row is not None else ""
        found[f"platform_{key}"] = row.platform if row is not None else ""
    return found


def _states(town: Town) -> dict[str, str]:
    return dict(TownFunction.objects.on().filter(town=town).values_list("key", "state"))


@dataclass(frozen=True)
class PlatformFacts:
    """What is known of a platform; ``functions`` are keys of the eight functions it serves."""

    kind: str
    name: str
    state: str
    operator: str = ""
    functions: Sequence[str] = ()
    since: date | None = None

    def checked(self) -> PlatformFacts:
        """Raises ValidationError by field."""
        errors: dict[str, str] = {}
        if self.kind not in dict(PLATFORM_KIND_CHOICES):
            errors["kind"] = "请选择平台类型。"
        if not self.name.strip():
            errors["name"] = "请填写平台名称。"
        if self.state not in ("present", "building"):
            errors["state"] = "请选择已建成或在建。"
        if set(self.functions) - set(dict(SERVICE_FUNCTIONS)):
            errors["functions"] = "没有这项公共服务功能，请重新勾选。"
        if self.since is not None and self.since > clock.today() and self.state == "present":
            errors["since"] = "已建成的平台，建成日期不能晚于今天。"
        if errors:
            raise ValidationError(errors)
        return self

    def dated(self) -> PlatformFacts:
        """What stands counts from a day: without one it would count on all days before, too."""
        if self.state == "present" and self.since is None:
            raise ValidationError({"since": "已建成的平台，请填写建成日期，从这一天起计入。"})
        return self


@transaction.atomic
def add_platform(*, actor: Actor, town: Town, facts: PlatformFacts) -> Platform:
    """Enter a public-service platform of a town (晋政办发〔2022〕81号 (五): twelve kinds)."""
    town = maintained(actor, town)
    facts = facts.checked().dated()
    if town.platforms.filter(kind=facts.kind, name=facts.name, until__isnull=True).exists():
        raise ValidationError({"name": "该平台已经登记。如需补充，请在列表中修改。"})
    platform = Platform.objects.create(town=town, **_columns(facts))
    _enter(actor, town, "add_platform", f"登记平台 {platform.name}", after=_columns(facts))
    return platform


@transaction.atomic
def amend_platform(
    *,
    actor: Actor,
    town: Town,
    platform_id: int,
    facts: PlatformFacts,
    opened: Mapping[str, Any] | None = None,
) -> Platform:
    """Correct or complete a platform's entry.

    ``opened``: what the form was opened with, by ``described``; raises Overtaken, and saves
    nothing, when that would undo unseen what somebody else has saved since.
    """
    town = maintained(actor, town)
    facts = facts.checked()
    platform = _standing(town, platform_id)
    key = {"platform": platform.pk}
    hold_against(actor, town, opened, described(platform), described(facts), key)
    if platform.state != "present" or platform.since is not None:  # older entries have no day
        facts = facts.dated()
    before = {name: getattr(platform, name) for name in _columns(facts)}
    if before == _columns(facts):
        raise Stale("没有改动，未作保存。")
    for name, value in _columns(facts).items():
        setattr(platform, name, value)
    platform.save()
    words = f"修改平台 {platform.name}"
    _enter(actor, town, "amend_platform", words, before, _columns(facts), key)
    return platform


@transaction.atomic
def end_platform(*, actor: Actor, town: Town, platform_id: int, on: date) -> Platform:
    """A platform that no longer serves leaves the list as of a day; its row stays."""
    town = maintained(actor, town)
    platform = _standing(town, platform_id)
    if on > clock.today() or (platform.since is not None and on < platform.since):
        raise ValidationError({"on": "停用日期应在建成日期和今天之间。"})
    platform.until = on
    platform.save(update_fields=["until"])
    _enter(actor, town, "end_platform", f"停用平台 {platform.name}", after={"until": str(on)})
    return platform


def _standing(town: Town, platform_id: int) -> Platform:
    platform = town.platforms.filter(pk=platform_id, until__isnull=True).first()
    if platform is None:
        raise Stale("该平台已停用，不能再改。")
    return platform


def described(row: Platform | PlatformFacts) -> dict[str, Any]:
    """What is known of a platform as plain data: texts, and the functions as a list."""
    names = PlatformFacts.__dataclass_fields__
    plain = {name: str(getattr(row, name) or "") for name in names if name != "functions"}
    return {**plain, "functions": sorted(row.functions)}


def _columns(facts: PlatformFacts) -> dict[str, Any]:
    return {**asdict(facts), "functions": sorted(facts.functions)}


def _enter(
    actor: Actor,
    town: Town,
    verb: str,
    summary: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    record(
        actor,
        verb,
        town,
        summary,
        data=data,
        before=before,
        after=after,
        scope_code=town.scope_code,
        audience="filer",
    )


def _set_function(town: Town, key: str, state: str, platform: str) -> None:
    """A changed state begins a new row; what was corrected on the same day stays one."""
    today = clock.today()
    present = TownFunction.objects.filter(town=town, key=key, until__isnull=True).first()
    if present is not None and (present.state == state or present.since == today):
        present.state, present.platform = state, platform
        present.save(update_fields=["state", "platform"])
        return
    if present is not None:
        present.until = today
        present.save(update_fields=["until"])
    TownFunction.objects.create(
        town=town,
        key=key,
        state=state,
        platform=platform,
        since=today if present is not None else None,
    )
