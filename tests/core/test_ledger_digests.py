"""What a digest covers, and that no two entries share one."""

from __future__ import annotations

import hashlib

import pytest
from django.utils import timezone

from portal.core import digests
from portal.core.digests import (
    LEDGER_SCHEMES,
    SCHEME,
    STREAM_SCHEMES,
    Joined,
    digest_of_text,
    ledger_digest,
    stream_digest,
)
from portal.core.ledger import first_broken_link
from portal.core.models import AccessEntry, LedgerEntry
from portal.core.verification import verify
from tests.core.ledgers import moment, stream, write
from tests.factories import World, make_world


@pytest.fixture
def world() -> World:
    return make_world()


def test_sm3_is_the_standard_one() -> None:
    """GB/T 32905-2016, the first example of its annex."""
    assert digest_of_text("sm3", "abc") == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    best = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
    assert best == digests.ALGORITHM


@pytest.mark.parametrize(
    ("model", "schemes"), [(LedgerEntry, LEDGER_SCHEMES), (AccessEntry, STREAM_SCHEMES)]
)
def test_the_present_scheme_covers_every_field(
    model: type[LedgerEntry | AccessEntry], schemes: dict[int, digests.Scheme]
) -> None:
    columns = {field.attname for field in model._meta.concrete_fields}
    assert set(schemes[SCHEME].fields) == columns - {"id", "digest"}
    assert len(set(schemes[SCHEME].fields)) == len(schemes[SCHEME].fields)


def test_texts_are_not_mistaken_for_each_other() -> None:
    found = set()
    for parts in (["a", "b"], ["ab", ""], ["", "ab"], ["ab"], ["a\nb"], ["1:a", "b"], ["a", "1:b"]):
        joined = Joined("sm3")
        joined.add(*parts)
        found.add(joined.hexdigest())
    assert len(found) == 7


def test_released_schemes_stay_as_they_are() -> None:
    """Entries written years ago are verified with them: a change here breaks every ledger."""
    at = moment(2026, 11, 1)
    entry = LedgerEntry(
        chain="core.office:1", seq=2, at=at, verb="open_round", summary="一\n二", actor_id=7,
        actor_name="张三", office_name="办公室", office_code="141033", post_id=9,
        post_label="经办", address="10.0.0.1", outcome="ok", subject="某", scope_code="141033",
        audience="filer", payload="{}", before='{"a":1}', after='{"a":2}', previous="f" * 64,
    )  # fmt: skip
    old = "\n".join(
        (
            *("f" * 64, "core.office:1", "2", str(int(at.timestamp()) * 1_000_000)),
            *("open_round", "一\n二", "7", "张三", "办公室", "141033", "经办", "{}"),
        )
    )
    assert ledger_digest(entry) == hashlib.sha256(old.encode()).hexdigest()
    entry.scheme, entry.algorithm = 2, "sm3"
    assert (
        ledger_digest(entry) == "0291cef4779b7ba47754c6d0522e13647f5938d9fc72e2274cba8e9d0633f563"
    )
    visit = AccessEntry(
        at=at, kind="view", outcome="ok", actor_id=7, actor_name="张三", office_name="办公室",
        office_code="141033", post_id=9, post_label="经办", address="10.0.0.1", subject="某",
        path="/x/", summary="查阅", scheme=2, algorithm="sm3",
    )  # fmt: skip
    assert (
        stream_digest(visit) == "b6b0ab1929a92e9ea60464dd62ac6286bc9372c1e9785704004dfb2f7bdf361c"
    )


def test_an_unknown_scheme_or_algorithm_has_no_digest() -> None:
    entry = LedgerEntry(chain="x:1", seq=1, at=timezone.now(), scheme=9, algorithm="sm3", digest="")
    assert ledger_digest(entry) == ""
    entry.scheme, entry.algorithm = 2, "md5"
    assert ledger_digest(entry) == ""


@pytest.mark.django_db
def test_new_entries_use_the_present_scheme(world: World) -> None:
    rows: list[LedgerEntry | AccessEntry] = [*write(world), *stream()]
    assert len(rows) == 6
    for row in rows:
        assert (row.scheme, row.algorithm, len(row.digest)) == (SCHEME, digests.ALGORITHM, 64)


@pytest.mark.django_db
def test_a_chain_begun_under_the_old_scheme_goes_on(world: World) -> None:
    """Rows of the first release, and new ones after them, hold together."""
    office = world.offices["puxian"]
    chain, previous = f"core.office:{office.pk}", ""
    for seq in (1, 2):
        entry = LedgerEntry(
            chain=chain, seq=seq, at=timezone.now(), verb="open_round", summary="旧",
            actor_name="张三", subject="某", payload="{}", previous=previous,
        )  # fmt: skip
        assert (entry.scheme, entry.algorithm) == (1, "sha256")
        entry.digest = previous = ledger_digest(entry)
        entry.save(force_insert=True)
    [third] = write(world, 1)
    assert (third.seq, third.previous, third.scheme) == (3, previous, 2)
    assert first_broken_link(chain) is None
    assert verify().findings == []
