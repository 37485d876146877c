"""Starting a simulation (模拟). It writes rows of its own and one ledger entry, nothing else."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import CriteriaSet
from criteria.queries import sets_in_force
from criteria.simulation_policies import may_simulate
from portal.core import clock, jobs
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.figure_rules import FIRST_YEAR
from towns.models import Simulation
from towns.simulating import digest_of_rules


@transaction.atomic
def start_simulation(*, actor: Actor, criteria_set: CriteriaSet, year: int) -> Simulation:
    """Queue the run; asking again while the same content is still being run gives that one."""
    locked = (
        CriteriaSet.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("region")
        .get(pk=criteria_set.pk)
    )
    require(may_simulate(actor, locked))
    if not locked.criteria.exists():
        raise ValidationError("该标准还没有条目，请先录入条款和条件再模拟。")
    if not FIRST_YEAR <= year <= clock.today().year:
        raise ValidationError(
            {"year": f"请选择 {FIRST_YEAR} 至 {clock.today().year} 之间的数据年度。"}
        )
    digest = digest_of_rules(locked)
    running = Simulation.objects.visible_to(actor).filter(
        criteria_set=locked,
        year=year,
        content_sha256=digest,
        finished_at__isnull=True,
        job__state__in=("queued", "running"),
    )
    found = running.first()
    if found is not None:
        return found
    base = sets_in_force({locked.level: locked.region}, kind=locked.kind).get(locked.level)
    simulation = Simulation.objects.create(
        criteria_set=locked,
        base=base,
        office=acting_office(actor),
        post=acting_seat(actor),
        started_by=acting_user(actor),
        started_name=actor.name,
        year=year,
        content_sha256=digest,
        started_at=clock.now(),
    )
    hold_in_scope(simulation, actor)
    simulation.job = jobs.enqueue(
        "towns.simulate",
        actor=actor,
        label=f"模拟：{locked.title}",
        key=f"simulate:{simulation.pk}",
        arguments={"simulation": simulation.pk},
    )
    simulation.save(update_fields=["job"])
    record(
        actor,
        "start_simulation",
        locked,
        f"以{year}年数据模拟“{locked.title}”（{locked.version_label}）",
        data={
            "simulation": simulation.pk,
            "year": year,
            "content_sha256": digest,
            "base": base.key if base is not None else "",
        },
    )
    return simulation
