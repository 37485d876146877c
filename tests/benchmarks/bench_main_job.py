"""The main job: cases a second from filing to issue through the actions, rendering excluded."""

from __future__ import annotations

from tests.benchmarks.measuring import Result, seconds
from tests.factories import World, grant_town, make_town, make_world
from tests.scenario import drive, file
from towns.models import Town

NAMES = ("main_job",)
COUNTY = "puxian"
WARM_UP = 2
CASES = 20


def run(names: frozenset[str]) -> list[Result]:
    """File, review, decide, publish and issue; the longest chain, every step by its own person."""
    world = make_world()
    towns = [_another_town(world, number) for number in range(WARM_UP + CASES)]

    def certify_all(first: int, last: int) -> None:
        for town in towns[first:last]:
            world.towns[COUNTY] = town
            case = drive(world, file(world, "province"))
            if case.outcome != "certified":
                raise RuntimeError(f"{case} ended as {case.outcome or case.state}")

    certify_all(0, WARM_UP)
    taken = seconds(lambda: certify_all(WARM_UP, WARM_UP + CASES))
    return [Result("main_job", CASES / taken, "cases/s")]


def _another_town(world: World, number: int) -> Town:
    town = make_town(world.offices[COUNTY].region, f"基准专业镇{number}")
    for kind in ("filer", "submitter"):
        grant_town(world.actor(f"{COUNTY}.{kind}"), town)
    return town
