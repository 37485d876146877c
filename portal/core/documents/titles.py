"""Breaks a title into centred lines by meaning (词意完整), evenly, without a word list of its own
growing beyond the words that every title of this office uses.
"""

import re
from functools import cache
from itertools import combinations, pairwise
from typing import Final

from portal.core.documents.composer import NO_END, NO_START
from portal.core.documents.geometry import TITLE_CHARS

# Words that stay whole. Longer first; names of places and organs end in one of the suffixes.
WORDS: Final = (
    "领导小组办公室", "专业镇", "高质量", "领导小组", "办公室", "工作", "发展", "认定", "名单",
    "申报", "推荐",
    "评审", "公示", "公布", "通知", "通报", "关于", "印发", "开展", "组织", "年度", "批次",
    "第一批", "第二批", "第三批", "第四批", "第五批", "省级", "市级", "县级", "特色", "重点",
    "培育", "评价", "考核", "结果", "情况", "意见", "方案", "办法", "实施", "管理", "山西省",
    "企业", "产业", "资金", "奖补", "奖励", "项目", "更正", "撤销", "调整", "公告", "人民政府",
    "工业和信息化", "市场监督管理", "农业农村", "发展和改革", "文化和旅游", "生态环境",
    "开发区", "示范区", "有关", "做好", "进一步", "加快", "推进",
)  # fmt: skip

BAD: Final = 1000.0
# A line should not begin with these, because they belong to what stands before.
CLINGS_TO_BEFORE: Final = frozenset("的了市县区镇省级批年月日号")
# Names of places end in these; two characters before one of them belong together.
PLACES: Final = frozenset("省市县区")
PLACES_END: Final = frozenset("省市县区年度于布的了")

_ASCII = re.compile(r"[0-9A-Za-z]")


def title_lines(title: str) -> tuple[str, ...]:
    return break_title(title, TITLE_CHARS)


@cache
def break_title(title: str, per_line: int) -> tuple[str, ...]:
    """Lines of at most ``per_line`` characters; line ends in the title are obeyed."""
    lines: list[str] = []
    for part in title.splitlines():
        stripped = part.strip()
        if stripped:
            lines.extend(_break_part(stripped, per_line))
    return tuple(lines)


def _break_part(text: str, per_line: int) -> list[str]:
    # Four lines are tried exhaustively; anything longer is cut greedily.
    for count in range(-(-len(text) // per_line), 5):
        best = _best(text, count, per_line)
        if best is not None:
            return best
    return [text[i : i + per_line] for i in range(0, len(text), per_line)]


def _best(text: str, count: int, per_line: int) -> list[str] | None:
    if count <= 1:
        return [text] if len(text) <= per_line else None
    costs = [_break_cost(text, position) for position in range(len(text))]
    candidates = [position for position in range(2, len(text) - 1) if costs[position] < BAD]
    best: tuple[float, tuple[int, ...]] | None = None
    for positions in combinations(candidates, count - 1):
        edges = (0, *positions, len(text))
        lengths = [after - before for before, after in pairwise(edges)]
        if max(lengths) > per_line:
            continue
        mean = len(text) / count
        cost = sum(costs[position] for position in positions)
        cost += sum((length - mean) ** 2 for length in lengths) / mean
        if len(set(lengths)) == 1:
            cost += 1.0  # a rectangle; the standard asks for a trapezoid or a rhombus
        if count >= 3 and lengths[1] < min(lengths[0], lengths[-1]):
            cost += 4.0  # an hourglass
        if best is None or cost < best[0]:
            best = (cost, positions)
    if best is None:
        return None
    edges = (0, *best[1], len(text))
    return [text[before:after] for before, after in pairwise(edges)]


def _break_cost(text: str, position: int) -> float:
    if position == 0 or _is_torn(text, position):
        return BAD
    before, after = text[position - 1], text[position]
    begins = any(text.startswith(word, position) for word in WORDS)
    cost = 3.0
    if before in "的、）》" or text.startswith("关于", position):
        cost = 0.0
    elif after in "（《“和与及":
        cost = 0.5
    elif before in "市县区省镇" or text[:position].endswith("关于"):
        cost = 2.0
    elif begins:
        cost = 1.5
    if after in CLINGS_TO_BEFORE and not (begins and before not in PLACES):
        cost += 8.0
    # The second character of a place: 晋|城市.
    if text[position + 1 : position + 2] in PLACES and not begins and before not in PLACES_END:
        cost += 6.0
    if _inside_word(text, position):
        cost += 12.0
    return cost


def _is_torn(text: str, position: int) -> bool:
    """No break here on any account."""
    before, after = text[position - 1], text[position]
    if after in NO_START or before in NO_END or after == "〔":
        return True
    if _ASCII.match(before) and (_ASCII.match(after) or after in "年月日号个批家"):
        return True
    return text.startswith(("的通知", "的通报", "的函", "的意见", "的公告", "的公示"), position)


def _inside_word(text: str, position: int) -> bool:
    for word in WORDS:
        start = text.rfind(word, max(0, position - len(word) + 1), position + len(word) - 1)
        if start != -1 and start < position < start + len(word):
            return True
    return False
