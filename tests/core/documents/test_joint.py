"""Several issuers: names in the header, signers, signatures with the places of seals."""

from itertools import pairwise

import pytest

from portal.core.documents import geometry as g
from portal.core.documents.blocks import Block
from portal.core.documents.content import DocumentContent, tidied
from portal.core.documents.kinds import Layout
from portal.core.documents.layout import Plan, lay_out
from portal.core.documents.typesetting import render
from tests.core.documents.pdf import joined_text, open_pdf
from tests.core.documents.samples import JOINT_ORGANS, ORGAN, joint, sample

SEAL = 42 * g.MM


def planned(content: DocumentContent) -> Plan:
    return lay_out(tidied(content))


def signature_of(plan: Plan) -> tuple[list[Block], Block]:
    """The rows of organs, and the block with the date."""
    groups = [group for sheet in plan.sheets for group in sheet.groups]
    rows = [group for group in groups if group.columns]
    return rows, next(group for group in groups if group.css == "signature")


def centres(row: Block) -> list[float]:
    found: list[float] = []
    end = 0.0
    for column in row.columns:
        left = end + column.gap
        found.append(left + column.width / 2)
        end = left + column.width
    return found


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_names_are_stacked_and_spread_with_the_word_file_beside_them(count: int) -> None:
    plan = planned(joint(count))
    names = [item for item in plan.header.placed if item.css == "organ"]
    assert [item.line.text for item in names] == [*JOINT_ORGANS[:count], "文件"]
    *stacked, file = names
    # As wide as one another, one below the other, at even distances.
    lefts = [item.left + item.line.width * (1 - item.stretch) / 2 for item in stacked]
    assert lefts == pytest.approx([lefts[0]] * count)
    widths = [item.line.width * item.stretch for item in stacked]
    assert widths == pytest.approx([widths[0]] * count)
    steps = [after.top - before.top for before, after in pairwise(stacked)]
    assert steps == pytest.approx([steps[0]] * (count - 1))
    assert steps[0] > stacked[0].size
    # 文件 stands at their right, in the middle of their height.
    assert file.left > lefts[0] + widths[0]
    middle = (stacked[0].top + stacked[-1].top + stacked[-1].size) / 2
    assert file.top + file.size / 2 == pytest.approx(middle)
    whole = lefts[0], file.left + file.line.width
    assert whole[0] >= -0.01
    assert whole[1] <= g.TYPE_WIDTH + 0.01
    assert sum(whole) / 2 == pytest.approx(g.TYPE_WIDTH / 2)
    # The first page shows text, not only a header.
    assert any(group.css == "body" for group in plan.sheets[0].groups)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_signatures_stand_in_rows_in_their_order_with_room_for_their_seals(count: int) -> None:
    content = joint(count)
    rows, dated = signature_of(planned(content))
    assert [
        "".join(line.text for line in column.lines) for row in rows for column in row.columns
    ] == list(JOINT_ORGANS[:count])
    assert all(len(row.columns) <= 3 for row in rows)
    assert all(column.hint is not None for row in rows for column in row.columns)
    for row in rows:
        for before, after in pairwise(centres(row)):
            assert after - before > SEAL
        # Seals keep within the type area.
        assert centres(row)[0] - SEAL / 2 >= 0
        assert centres(row)[-1] + SEAL / 2 <= g.TYPE_WIDTH
    for row in rows[1:]:
        assert row.height > SEAL
    # The date ends four characters before the edge; the last organ is centred on it.
    (day,) = dated.lines
    assert day.indent + day.width == pytest.approx(g.TYPE_WIDTH - 4 * g.CELL)
    assert centres(rows[-1])[-1] == pytest.approx(day.indent + day.width / 2)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("layout", [Layout.NOTICE, Layout.LETTER])
def test_joint_documents_are_set_in_one_pass_and_read_in_order(count: int, layout: Layout) -> None:
    found = render(joint(count, layout))
    assert found.passes == 1
    text = joined_text(open_pdf(found.pdf))
    after_body = text[text.index("另行制定") :]
    position = 0
    for organ in JOINT_ORGANS[:count]:
        assert after_body.find(organ, position) >= 0, organ
        position = after_body.index(organ, position)
    assert after_body.index("2026年11月21日") > position
    assert after_body.count("（用印处）") == count
    # A letter bears the name of the organ that keeps its number.
    heads = text[: text.index("根据《")]
    shown = [organ for organ in JOINT_ORGANS[:count] if organ in heads]
    assert len(shown) == (count if layout is Layout.NOTICE else 1)


def test_long_names_of_joint_issuers_are_narrowed_and_broken_within_their_columns() -> None:
    organs = (ORGAN, "山西省高质量专业镇建设工作专班办公室", "运城市财政局")
    plan = planned(joint(3, organs=organs, signatories=organs))
    rows, _ = signature_of(plan)
    for row in rows:
        for column in row.columns:
            assert all(line.width <= column.width + 0.01 for line in column.lines)
    for item in plan.header.placed:
        assert item.line.width * item.stretch <= g.TYPE_WIDTH + 0.01
    assert render(joint(3, organs=organs, signatories=organs)).passes == 1


def test_signers_of_upward_documents_stand_right_and_the_number_left() -> None:
    plan = planned(joint(3, signers=("张建国", "李垚", "王㛃")))
    words = {item.line.text: item for item in plan.header.placed}
    number = words["晋专镇办〔2026〕1号"]
    assert number.left == pytest.approx(g.CELL)
    # On the line of the last name; two names to a row, the third below the first.
    assert number.top == pytest.approx(words["王㛃"].top)
    assert words["张建国"].top == pytest.approx(words["李垚"].top)
    assert words["王㛃"].left == pytest.approx(words["张建国"].left)
    assert words["王㛃"].top - words["张建国"].top == pytest.approx(g.PITCH)
    alone = planned(joint(1, signers=("张建国",)))
    name = next(item for item in alone.header.placed if item.line.text == "张建国")
    assert name.left + name.line.width == pytest.approx(g.TYPE_WIDTH - g.CELL)


def test_secrecy_and_urgency_stand_at_the_upper_left() -> None:
    plan = planned(sample(0, secrecy="秘密★1年", urgency="特急"))
    secrecy, urgency = plan.header.placed[:2]
    assert (secrecy.line.text, urgency.line.text) == ("秘密★1年", "特急")
    assert (secrecy.left, urgency.left) == (0.0, 0.0)
    assert secrecy.top == pytest.approx(g.LEADING)
    assert urgency.top - secrecy.top == pytest.approx(g.PITCH)
    assert {secrecy.line.role, urgency.line.role} == {"heiti"}


def test_without_a_seal_the_date_begins_two_characters_after_the_name() -> None:
    short, long = "晋城市财政局", "晋城市工业和信息化局"
    for organ in (short, long):
        plan = planned(sample(0, seal_hint="", signatories=(organ,)))
        _, block = signature_of(plan)
        name, day = block.lines
        assert day.indent - name.indent == pytest.approx(2 * g.CELL)
        right = g.TYPE_WIDTH - 2 * g.CELL
        assert max(name.indent + name.width, day.indent + day.width) == pytest.approx(right)
