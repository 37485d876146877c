"""The pages of the issuing process: send, check, cosign, issue, recall, act on; what each person is
told, and errors beside their fields."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse

from portal.core import clock
from portal.core.actions.documents import (
    Draft,
    begin_document,
    revise_document,
    set_number_rule,
)
from portal.core.actor import Actor
from portal.core.documents.kinds import Texts
from portal.core.models import OfficialDocument
from portal.core.web import office_url
from tests.factories import World, client_of, make_world

pytestmark = pytest.mark.django_db
BODY = "现将有关事项通知如下：\n一、报送时间。请于本月底前报送。\n（一）报送内容\n1.年度数据"
TEXTS = Texts(
    "关于报送年度数据的通知", "各县（市、区）办公室", BODY, "市财政局、市统计局", "此件公开发布"
)


@pytest.fixture
def world() -> World:
    return make_world()


def begin(world: World, kind: str = "notice", **content: Any) -> OfficialDocument:
    clerk = world.actor("linfen.clerk")
    return begin_document(actor=clerk, kind=kind, draft=Draft(TEXTS, content))


def get(actor: Actor, name: str, *args: object, more: str = "") -> str:
    answer = client_of(actor).get(office_url(actor, name, *args) + more)
    assert answer.status_code == 200, (name, answer.status_code)
    return words(answer)


def post(actor: Actor, name: str, *args: object, **fields: Any) -> HttpResponse:
    assert actor.post is not None
    url = office_url(actor, name, *args)
    answer: Any = client_of(actor).post(url, {**fields, "acting_post": actor.post.pk})
    return answer


def words(answer: Any) -> str:
    return unescape(re.sub(r"<[^>]+>|\s+", "", answer.content.decode()))


def lines(*organs: tuple[str, bool, str]) -> dict[str, str]:
    fields = {"organ-TOTAL_FORMS": str(len(organs)), "organ-INITIAL_FORMS": "0"}
    for number, (name, joint, place) in enumerate(organs):
        fields |= {f"organ-{number}-name": name, f"organ-{number}-place": place}
        if joint:
            fields[f"organ-{number}-joint"] = "on"
    return fields


def state(document: OfficialDocument) -> str:
    document.refresh_from_db()
    return document.state


def test_a_document_goes_its_whole_way_by_its_pages(world: World) -> None:
    document = begin(world)
    clerk, checker = world.actor("linfen.clerk"), world.actor("linfen.checker")
    signer, unit = world.actor("linfen.signer"), world.actor("linfen.member")
    pk = document.pk
    page = get(clerk, "document", pk)
    assert "现在办理" in page and "送核稿" in page
    assert "一、报送时间。请于本月底前报送。" in page
    assert "核稿由本办公室审核或主任岗位办理" not in page

    # More lines keep what was typed; a name twice stays with its message.
    typed = lines(("临汾市工信局", True, "2"), ("市税务局", False, "1"))
    answer = post(clerk, "document-send", pk, **typed, opinion="依据会议精神拟稿", more="1")
    text = answer.content.decode()
    assert text.count("-joint") > 4 and "临汾市工信局" in text and "依据会议精神拟稿" in text
    twice = lines(("市税务局", False, ""), ("市税务局", False, ""))
    answer = post(clerk, "document-send", pk, **twice)
    assert answer.status_code == 422 and "会签机关不能重复" in words(answer)
    assert state(document) == "draft"

    answer = post(clerk, "document-send", pk, **typed, opinion="依据会议精神拟稿")
    assert answer.status_code == 302 and state(document) == "checking"
    organs = document.cosigners.values_list("organ_name", "joint", "office__slug")
    assert list(organs) == [("市税务局", False, None), ("临汾市工信局", True, "linfen-unit")]
    page = get(clerk, "document", pk)
    assert "核稿由本办公室审核或主任岗位办理。" in page
    assert "撤回修改" in page

    assert "请选择同意" in words(post(checker, "document-check", pk))
    answer = post(checker, "document-check", pk, decision="return")
    assert answer.status_code == 422 and "退回修改请写明理由" in words(answer)
    post(checker, "document-check", pk, decision="return", opinion="时间写具体")
    assert state(document) == "draft"
    page = get(clerk, "document", pk)
    assert "退回修改时间写具体" in page
    assert "依据会议精神拟稿" in page  # the record keeps what was said before
    post(clerk, "document-send", pk, **typed)
    post(checker, "document-check", pk, decision="agree", opinion="同意")
    assert state(document) == "cosigning"

    own, other = document.cosigners.get(office__isnull=False), document.cosigners.get(office=None)
    page = get(unit, "document", pk)
    assert "会签：临汾市工信局" in page
    assert clerk.name not in page  # names of the office are not for the unit
    assert post(unit, "document-cosign", pk, other.pk, decision="agree").status_code == 403
    post(unit, "document-cosign", pk, own.pk, decision="agree", opinion="无意见")
    assert post(clerk, "document-cosign", pk, other.pk, decision="agree").status_code == 403
    page = get(checker, "document-cosign", pk, other.pk)
    for said in ("发文稿纸", "无意见", "依据会议精神拟稿", "预览样稿"):
        assert said in page
    post(checker, "document-cosign", pk, other.pk, decision="agree", opinion="来函同意")
    assert state(document) == "signing"
    assert post(checker, "document-cosign", pk, other.pk, decision="agree").status_code == 302

    page = get(signer, "document-issue", pk)
    for said in (
        "发文稿纸",
        "无意见",
        "来函同意",
        "抄送：市财政局、市统计局",
        "（此件公开发布）",
        "预览样稿",
    ):
        assert said in page
    assert "临专镇办〔" in page and "按顺序编定" in page
    assert (
        'name="number"'
        not in client_of(signer).get(office_url(signer, "document-issue", pk)).content.decode()
    )
    late = {"issued_on": "2099-01-01", "confirmed": "on"}
    answer = post(signer, "document-issue", pk, **late)
    assert answer.status_code == 422 and "成文日期不能晚于今天" in words(answer)
    today = {"issued_on": clock.today().isoformat(), "confirmed": "on", "opinion": "印发"}
    assert post(signer, "document-issue", pk, **today).status_code == 302
    assert state(document) == "issued"
    page = get(signer, "document-sheet", pk)
    for said in ("发文稿纸", "无意见", "来函同意", "印发", clerk.name, checker.name, signer.name):
        assert said in page
    assert "时间写具体" in page
    # Who only reads the document has no sheet.
    assert (
        client_of(world.actor("xixian.clerk"))
        .get(office_url(world.actor("xixian.clerk"), "document-sheet", pk))
        .status_code
        == 404
    )


def test_recall_return_by_the_signer_and_stale_pages(world: World) -> None:
    document = begin(world)
    clerk, checker = world.actor("linfen.clerk"), world.actor("linfen.checker")
    signer, pk = world.actor("linfen.signer"), document.pk
    post(clerk, "document-send", pk, **lines())
    assert "作废" in get(clerk, "document-recall", pk)
    assert post(clerk, "document-recall", pk).status_code == 302
    assert state(document) == "draft"
    assert client_of(clerk).get(office_url(clerk, "document-recall", pk)).status_code == 403
    post(clerk, "document-send", pk, **lines())
    assert post(clerk, "document-check", pk, decision="agree").status_code == 403
    post(checker, "document-check", pk, decision="agree")
    assert state(document) == "signing"
    answer = post(signer, "document-issue", pk, **{"return": "1"})
    assert answer.status_code == 422 and "退回修改请写明理由" in words(answer)
    post(signer, "document-issue", pk, **{"return": "1", "opinion": "暂缓"})
    assert state(document) == "draft"
    assert clerk.post is not None
    form = {"acting_post": clerk.post.pk}
    url = office_url(clerk, "document-recall", pk)
    page = words(client_of(clerk).post(url, form, follow=True))
    assert "该公文已在拟稿人处" in page


def hidden(actor: Actor, name: str, *args: object) -> str:
    """The revision that the form of a page carries."""
    page = client_of(actor).get(office_url(actor, name, *args)).content.decode()
    found = re.search(r'<input type="hidden" name="revision" value="(\d+)"', page)
    assert found is not None, (name, page[-2000:])
    return found[1]


def test_a_form_opened_before_the_text_was_changed_does_nothing(world: World) -> None:
    document = begin(world)
    clerk, checker = world.actor("linfen.clerk"), world.actor("linfen.checker")
    signer, pk = world.actor("linfen.signer"), document.pk
    changed = Draft(TEXTS._replace(body="完全不同的内容。"), {})
    drafts = {name: hidden(clerk, name, pk) for name in ("document-send", "document-edit")}
    revise_document(actor=clerk, document_id=pk, draft=changed)
    post(clerk, "document-send", pk, **lines(), revision=drafts["document-send"])
    post(clerk, "document-edit", pk, discard="1", revision=drafts["document-edit"])
    assert state(document) == "draft"
    post(clerk, "document-send", pk, **lines(), revision=hidden(clerk, "document-send", pk))
    assert state(document) == "checking"
    old = hidden(checker, "document-check", pk)
    post(clerk, "document-recall", pk, revision=hidden(clerk, "document-recall", pk))
    post(clerk, "document-send", pk, **lines())
    assert checker.post is not None
    form = {"decision": "agree", "revision": old, "acting_post": checker.post.pk}
    url = office_url(checker, "document-check", pk)
    page = words(client_of(checker).post(url, form, follow=True))
    assert "正文已经修改，请重新打开公文核对后再办理。" in page and state(document) == "checking"
    now = hidden(checker, "document-check", pk)
    post(checker, "document-check", pk, decision="agree", revision=now)
    assert state(document) == "signing"
    today = {"issued_on": clock.today().isoformat(), "confirmed": "on"}
    post(signer, "document-issue", pk, **today, revision=old)
    post(signer, "document-issue", pk, **{"return": "1", "opinion": "暂缓", "revision": old})
    assert state(document) == "signing"
    seen = hidden(signer, "document-issue", pk)
    post(signer, "document-issue", pk, **today, revision=seen)
    assert state(document) == "issued"


def test_lines_of_organs_keep_their_place_and_say_what_is_wrong(world: World) -> None:
    document, clerk = begin(world), world.actor("linfen.clerk")
    wrong = lines(("市税务局", False, "甲"), ("长" * 121, False, "0"))
    answer = post(clerk, "document-send", document.pk, **wrong)
    assert answer.status_code == 422
    page, text = answer.content.decode(), words(answer)
    assert text.count("顺序请填1至99的整数；不填的按所在行的先后。") == 4  # beside and on top
    assert text.count("会签机关名称请用规范简称，不超过120个字。") == 2
    for name in ("organ-0-place", "organ-1-place", "organ-1-name"):
        field = re.search(rf'<input[^>]+name="{name}"[^>]+>', page)
        assert field and 'aria-invalid="true"' in field[0] and f"id_{name}_error" in field[0]
        assert f'id="id_{name}_error"' in page and f'href="#id_{name}"' in page
    many = lines(*[(f"市第{n}局", True, "") for n in range(5)])
    answer = post(clerk, "document-send", document.pk, **many)
    assert answer.status_code == 422 and "连同本机关最多5个" in words(answer)
    assert 'href="#organ-lines"' in answer.content.decode()
    # An empty number is the line's own place: the third goes before the second.
    order = lines(
        ("甲局", False, ""), ("乙局", False, "4"), ("丙局", False, ""), ("丁局", False, "1")
    )
    assert post(clerk, "document-send", document.pk, **order).status_code == 302
    names = list(document.cosigners.order_by("position").values_list("organ_name", flat=True))
    assert names == ["甲局", "丁局", "丙局", "乙局"]


def test_the_number_of_the_own_register_is_asked_for_where_it_is_kept(world: World) -> None:
    clerk, signer = world.actor("linfen.clerk"), world.actor("linfen.signer")
    year = clock.today().year
    set_number_rule(actor=clerk, genre="通知", word="临专镇办发", source="register")
    document = begin(world)
    pk = document.pk
    post(clerk, "document-send", pk, **lines())
    post(world.actor("linfen.checker"), "document-check", pk, decision="agree")
    assert f"临专镇办发〔{year}〕1号" in get(signer, "document-issue", pk)
    today = {"issued_on": clock.today().isoformat(), "confirmed": "on"}
    answer = post(signer, "document-issue", pk, **today)
    assert answer.status_code == 422 and "请填写本单位发文登记簿上的字号" in words(answer)
    answer = post(signer, "document-issue", pk, **today, number="第七号")
    assert answer.status_code == 422 and "发文字号的写法是" in words(answer)
    post(signer, "document-issue", pk, **today, number=f"临专镇办发[{year}]7号")
    assert state(document) == "issued" and document.number == f"临专镇办发〔{year}〕7号"

    # The gap is explained and can be voided; the rule is shown and changed on its page.
    page = get(clerk, "document-numbers")
    assert f"临专镇办发〔{year}〕1至6号" in page and TEXTS.title in page
    assert "临专镇办发" in get(clerk, "number-rules", more="&genre=通知")
    answer = post(clerk, "number-rules", genre="函", word="临2号", source="portal")
    assert answer.status_code == 422 and "只写代字本身" in words(answer)
    assert (
        post(clerk, "number-rules", genre="函", word="临专镇函", source="portal").status_code == 302
    )
    answer = post(clerk, "number-void", word="临专镇办发", serial="7", year=year, reason="重号")
    assert answer.status_code == 422 and "已经使用或作废" in words(answer)
    post(clerk, "number-void", word="临专镇办发", serial="3", year=year, reason="纸质文件占用")
    page = get(clerk, "document-numbers")
    assert "作废：纸质文件占用" in page and f"〔{year}〕1至2号" in page and "4至6号" in page
    assert client_of(signer).get(office_url(signer, "number-void")).status_code == 403


def test_a_revoked_document_says_so_on_top_with_the_link(world: World) -> None:
    clerk, signer = world.actor("linfen.clerk"), world.actor("linfen.signer")
    document = begin(world)
    today = {"issued_on": clock.today().isoformat(), "confirmed": "on"}

    def way(pk: int) -> None:
        post(clerk, "document-send", pk, **lines())
        post(world.actor("linfen.checker"), "document-check", pk, decision="agree")
        assert post(signer, "document-issue", pk, **today).status_code == 302

    way(document.pk)
    answer = post(clerk, "document-act-on", document.pk, relation="revokes")
    assert answer.status_code == 422 and "请写明原因" in words(answer)
    post(clerk, "document-act-on", document.pk, relation="revokes", reason="依据已经失效")
    later = document.acted_on_by.get().document
    page = get(clerk, "document", document.pk)
    assert "撤销本公文" in page and "尚未印发" in page and "本公文已撤销" not in page
    assert "尚未印发" not in get(world.actor("sx.clerk"), "document", document.pk)
    way(later.pk)
    page = client_of(clerk).get(office_url(clerk, "document", document.pk)).content.decode()
    assert re.search(r'inset-danger">\s*<p class="inset-title">本公文已撤销', page)
    assert office_url(clerk, "document", later.pk) in page
    assert "依据已经失效" in page
    document.refresh_from_db()
    assert f"本公文撤销：{document.number}" in get(clerk, "document", later.pk)
    # A second person is told that it has been done.
    answer = post(clerk, "document-act-on", document.pk, relation="corrects", reason="错字")
    assert answer.status_code == 302
