"""The page of the access matrix shows exactly the table."""

from __future__ import annotations

import pytest
from lxml import html

from portal.core.constants import POST_KINDS
from portal.workspace.access import COLUMNS, RELATIONS, SUBJECTS, Answer, answer, rows
from portal.workspace.views.access import words_of
from tests.factories import World, client_of, make_world

pytestmark = pytest.mark.django_db

URL = "/o/puxian/access-matrix/"
READERS = ("system_admin", "security_admin", "auditor")


@pytest.fixture
def world() -> World:
    return make_world()


def shown(world: World, kind: str = "") -> html.HtmlElement:
    """The table on the page, of all kinds of post or of one."""
    actor = world.actor("puxian.auditor")
    response = client_of(actor).get(URL, {"kind": kind} if kind else {})
    assert response.status_code == 200
    table = html.fromstring(response.content.decode()).find(".//table")
    assert table is not None
    return table


def texts(cells: list[html.HtmlElement]) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in cells]


def lines(table: html.HtmlElement) -> list[list[str]]:
    """Label, way and cells of every row that is not the head of a subject."""
    return [
        texts(row.xpath("./th | ./td"))
        for row in table.xpath("./tbody/tr[not(contains(@class, 'matrix-subject'))]")
    ]


def test_page_shows_every_row_for_every_kind_of_post(world: World) -> None:
    table = shown(world)
    assert texts(table.xpath("./thead//th")) == ["事项", "方式", *COLUMNS.values()]
    heads = texts(table.xpath(".//tr[contains(@class, 'matrix-subject')]/th"))
    assert heads == [label for label, _ in SUBJECTS]
    for row, line in zip(rows(), lines(table), strict=True):
        assert line[0] == row.label
        assert line[2:] == [words_of(row, who) for who in COLUMNS]


@pytest.mark.parametrize("kind", POST_KINDS)
def test_page_of_one_kind_shows_every_relation(world: World, kind: str) -> None:
    table = shown(world, kind)
    words = [relation.value for relation in RELATIONS]
    assert texts(table.xpath("./thead//th")) == ["事项", "方式", *words]
    for row, line in zip(rows(), lines(table), strict=True):
        assert line[2:] == [answer(row, kind, relation) for relation in RELATIONS]


def test_words_of_a_cell_name_every_relation_in_which_one_may(world: World) -> None:
    [case] = [row for row in rows() if row.name == "case"]
    assert words_of(case, "clerk") == "本级 下级 上级"
    assert words_of(case, "expert") == "本级 授权"
    assert words_of(case, "auditor") == words_of(case, "anonymous") == "—"


@pytest.mark.parametrize("kind", POST_KINDS)
def test_page_is_for_the_three_who_keep_secure_and_audit(world: World, kind: str) -> None:
    actor = world.actor(f"puxian.{kind}")
    assert actor.office is not None
    response = client_of(actor).get(f"/o/{actor.office.slug}/access-matrix/")
    assert response.status_code == (200 if kind in READERS else 403)
    if kind not in READERS:
        assert "权限总表由系统管理员、安全管理员和审计员查阅" in response.content.decode()
    assert ("/access-matrix/?post=" in response.content.decode()) == (kind in READERS)


def test_unknown_kind_shows_the_whole_table(world: World) -> None:
    assert len(lines(shown(world, "nonsense"))) == len(rows())
    assert Answer.REFUSED in shown(world, "clerk").text_content()
