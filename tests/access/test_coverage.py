"""The table covers every address with every method, every kind of post and nothing that is gone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from portal.core.constants import POST_KINDS
from portal.workspace.access import (
    ANONYMOUS,
    ANSWERS,
    COLUMNS,
    NOBODY,
    RELATIONS,
    SUBJECTS,
    Answer,
    Relation,
    Row,
    answer,
    rows,
)
from tests.access.filling import FIELDS, STATES
from tests.test_access import parameters, patterns

ADDRESSES = [row for row in rows() if row.methods]
WRITING = ("POST", "PUT", "PATCH", "DELETE")


def handled(pattern: URLPattern) -> set[str]:
    """The methods a view answers; Django's forms answer PUT as POST."""
    callback: Any = pattern.callback
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        return {"GET"}
    names = {name for name in ("GET", *WRITING) if name.lower() in view.http_method_names}
    found = {name for name in names if hasattr(view, name.lower())}
    return found - {"PUT"} if "POST" in found else found


def test_every_address_is_in_the_table_with_its_methods() -> None:
    """A new page or route fails here until the table says who may."""
    found = patterns(get_resolver().url_patterns)
    there = {str(pattern.name): handled(pattern) for pattern, _ in found}
    listed: dict[str, set[str]] = {}
    for row in ADDRESSES:
        listed.setdefault(row.target, set()).update(row.methods.split())
    assert {name: methods for name, methods in there.items() if listed.get(name) != methods} == {}
    assert set(listed) - set(there) == set(), "rows of addresses that are gone"


def test_no_cell_is_said_twice() -> None:
    keys = Counter((row.name, method) for row in rows() for method in (row.methods.split() or [""]))
    assert [key for key, count in keys.items() if count > 1] == []
    assert len(rows()) == sum(len(group) for _, group in SUBJECTS)


def test_columns_and_words_are_complete() -> None:
    """Every kind of post has its column; every relation and answer has its words."""
    assert list(COLUMNS) == [*POST_KINDS, ANONYMOUS, NOBODY]
    assert list(RELATIONS) == list(Relation)
    assert list(ANSWERS) == list(Answer)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.name} {row.methods}")
def test_row_names_known_kinds_and_gives_nothing_to_strangers(row: Row) -> None:
    """Kinds are known ones, each said once; nothing but public pages is open without a post."""
    for sight in (row.may, row.sees):
        named = [kind for kinds, _ in sight for kind in kinds]
        assert set(named) <= set(COLUMNS)
        assert len(named) == len(set(named)), f"{row.name} names a kind of post twice"
    if row.methods and "office" in parameters()[row.target]:
        for who in COLUMNS:
            assert answer(row, who, Relation.NONE) in (Answer.ABSENT, Answer.SIGN_IN)
        assert answer(row, ANONYMOUS, Relation.OWN) == Answer.SIGN_IN
        assert answer(row, NOBODY, Relation.OWN) == Answer.ABSENT


def test_grants_that_ended_give_no_more_than_none() -> None:
    """授权到期 is 同级 in every row."""
    for row in rows():
        for who in POST_KINDS:
            assert answer(row, who, Relation.EXPIRED) == answer(row, who, Relation.NEIGHBOUR)


def test_what_the_tests_prepare_is_used() -> None:
    names = {row.name for row in ADDRESSES} | {f"{row.name} {row.methods}" for row in ADDRESSES}
    assert set(STATES) - names == set()
    assert set(FIELDS) - {row.target for row in ADDRESSES} == set()
