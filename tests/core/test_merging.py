"""Three-way comparison of a form: what was opened, what stands, what was typed."""

from __future__ import annotations

from django.http import QueryDict

from portal.core.merging import MINE, THEIRS, Overtaken, compare, merge, overtaken, undecided
from portal.core.opened import Merging, seal, unseal

OPENED = {"title": "特色", "text": "原文", "points": "20"}
PART = "criterion:1"


def test_nobody_else_has_changed_anything() -> None:
    mine = {**OPENED, "title": "特色鲜明"}
    assert not overtaken(OPENED, OPENED, mine)
    (row,) = compare(OPENED, OPENED, mine)
    assert (row.name, row.clash, row.proposed) == ("title", False, MINE)


def test_what_only_they_changed_is_not_undone_unseen() -> None:
    theirs, mine = {**OPENED, "text": "新文"}, {**OPENED, "title": "特色鲜明"}
    assert overtaken(OPENED, theirs, mine)
    changes = compare(OPENED, theirs, mine)
    assert {row.name: row.proposed for row in changes} == {"title": MINE, "text": THEIRS}
    assert undecided(changes, {}) == []
    assert merge(theirs, mine, changes, {}) == {**OPENED, "title": "特色鲜明", "text": "新文"}


def test_where_both_changed_it_the_person_chooses() -> None:
    theirs, mine = {**OPENED, "points": "25"}, {**OPENED, "points": "30"}
    changes = compare(OPENED, theirs, mine)
    assert undecided(changes, {}) == ["points"]
    assert undecided(changes, {"points": "neither"}) == ["points"]
    assert merge(theirs, mine, changes, {"points": THEIRS})["points"] == "25"
    assert merge(theirs, mine, changes, {"points": MINE})["points"] == "30"


def test_the_same_change_on_both_sides_is_none() -> None:
    both = {**OPENED, "points": "25"}
    assert not overtaken(OPENED, both, both)
    assert not compare(OPENED, both, both)[0].clash


def test_what_a_form_carries_cannot_be_changed_or_used_elsewhere() -> None:
    text = seal(PART, OPENED, 3)
    assert unseal(PART, text) == OPENED
    assert unseal("criterion:2", text) is None
    assert unseal(PART, text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    assert unseal(PART, "") is None


def merging() -> Merging:
    labels = {"title": "条目", "text": "原文", "points": "满分"}
    return Merging(PART, labels, lambda name, value: str(value))


def test_a_form_that_does_not_say_what_it_saw_overwrites_nothing() -> None:
    opened = merging().opened(QueryDict("opened=nonsense"))
    assert overtaken(opened, OPENED, {**OPENED, "title": "特色鲜明"})
    assert not overtaken(opened, OPENED, OPENED)


def test_the_page_of_decisions_asks_until_all_are_made() -> None:
    theirs, mine = {**OPENED, "points": "25", "text": "新文"}, {**OPENED, "points": "30"}
    page = merging().page(OPENED, mine, Overtaken(theirs, 4, "李四", None))
    assert [row["name"] for row in page["rows"]] == ["text", "points"]
    assert [row["chosen"] for row in page["rows"]] == [THEIRS, ""]
    answer = QueryDict(mutable=True)
    answer.update({"first": page["first"], "opened": page["theirs"], "mine": page["mine"]})
    assert merging().answered(answer)
    assert merging().decided(answer) is None
    again = merging().again(answer)
    assert again is not None
    assert again["who"] == "李四"
    assert [error["text"] for error in again["errors"]] == ["满分：请选择保留哪一个。"]
    answer["take_points"] = MINE
    assert merging().decided(answer) == {"title": "特色", "text": "新文", "points": "30"}
    answer["mine"] = "changed"
    assert merging().decided(answer) is None and merging().again(answer) is None
