"""The chains of review (评审链) as tables: steps, who takes them, and what each outcome does.

A chain is keyed (key, version). A changed chain is a new version: running cases keep theirs, and a
test pins the digest of every released version. Adding a step is adding a row. The order 受理, 成员
单位会审, 专家评分, 会议审定, 公示, 认定 is the leading group's; who recommends to whom follows
晋政办发〔2022〕80号 四(一), 附件三 and 晋市政办〔2023〕39号 一(四) (择优推荐). Terms of handling
are 未载明 in the documents and set by each round.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import NamedTuple

from portal.core.constants import Can


class Mode(StrEnum):
    """How a step is worked: which page it has and which rows it gathers."""

    DECIDE = "decide"
    OPINIONS = "opinions"
    SCORES = "scores"
    MEETING = "meeting"
    NOTICE = "notice"
    ISSUE = "issue"


class Move(StrEnum):
    """What an outcome does to the case."""

    NEXT = "next"
    RETURN = "return"
    REJECT = "reject"
    STAY = "stay"


class Outcome(NamedTuple):
    """A labelled move. ``label`` is the button's verb, ``done`` what the timeline says."""

    key: str
    label: str
    done: str
    move: Move
    tone: str
    needs_reason: bool


OUTCOMES: dict[str, Outcome] = {
    row.key: row
    for row in (
        Outcome("accept", "予以受理", "已受理", Move.NEXT, "primary", False),
        Outcome("recommend", "推荐上报", "已推荐", Move.NEXT, "primary", True),
        Outcome("pass", "审核通过", "审核通过", Move.NEXT, "primary", False),
        Outcome("conclude", "汇总完成", "已汇总", Move.NEXT, "primary", False),
        Outcome("approve", "同意认定", "会议同意", Move.NEXT, "primary", False),
        Outcome("defer", "暂缓", "会议暂缓", Move.STAY, "secondary", True),
        Outcome("clear", "公示无异议", "公示期满", Move.NEXT, "primary", False),
        Outcome("issue", "印发认定通知", "已认定", Move.NEXT, "primary", False),
        Outcome("return", "退回补正", "退回补正", Move.RETURN, "warning", True),
        Outcome("reject", "不予通过", "未通过", Move.REJECT, "danger", True),
    )
}


class Step(NamedTuple):
    """A row of a chain.

    ``level``: whose leading-group office takes it. ``ability``: what its post must be able to do.
    ``released``: whether a lower office and the town see the outcome (never scores or notes).
    ``withdrawable``: whether the town may still take its application back.
    """

    key: str
    name: str
    level: str
    mode: Mode
    ability: Can
    outcomes: tuple[str, ...]
    released: bool = True
    withdrawable: bool = True


class Chain(NamedTuple):
    """A released version of a chain."""

    key: str
    version: int
    name: str
    level: str
    steps: tuple[Step, ...]

    def step(self, key: str) -> Step:
        """The step of a key."""
        return next(step for step in self.steps if step.key == key)

    def after(self, key: str) -> Step | None:
        """The step that follows, or None after the last."""
        position = [step.key for step in self.steps].index(key)
        return self.steps[position + 1] if position + 1 < len(self.steps) else None

    @property
    def digest(self) -> str:
        """SHA-256 of the table, pinned by a test."""
        rows = repr((self.key, self.version, [tuple(step) for step in self.steps]))
        return hashlib.sha256(rows.encode()).hexdigest()


_COUNTY = (
    Step("county_accept", "县级受理", "county", Mode.DECIDE, Can.HANDLE,
         ("accept", "return", "reject")),
    Step("county_recommend", "县级推荐", "county", Mode.DECIDE, Can.RECOMMEND,
         ("recommend", "return", "reject")),
)  # fmt: skip


def _certifying(level: str, adjective: str) -> tuple[Step, ...]:
    """The steps of the level that certifies."""
    return (
        Step("unit_opinions", "成员单位会审", level, Mode.OPINIONS, Can.HANDLE,
             ("conclude", "return"), released=False),
        Step("expert_scoring", "专家评分", level, Mode.SCORES, Can.HANDLE,
             ("conclude", "return"), released=False),
        Step("meeting", "会议审定", level, Mode.MEETING, Can.CONVENE,
             ("approve", "defer", "return", "reject"), withdrawable=False),
        Step("public_notice", "公示", level, Mode.NOTICE, Can.PUBLISH,
             ("clear", "reject"), withdrawable=False),
        Step("issue", f"{adjective}认定", level, Mode.ISSUE, Can.ISSUE,
             ("issue",), withdrawable=False),
    )  # fmt: skip


_RELEASED: tuple[Chain, ...] = (
    Chain(
        "certification_province",
        1,
        "省级专业镇申报认定",
        "province",
        (
            *_COUNTY,
            Step("city_review", "市级审核", "city", Mode.DECIDE, Can.HANDLE,
                 ("pass", "return", "reject")),
            Step("city_recommend", "市级推荐", "city", Mode.DECIDE, Can.RECOMMEND,
                 ("recommend", "return", "reject")),
            Step("province_accept", "省级受理", "province", Mode.DECIDE, Can.HANDLE,
                 ("accept", "return", "reject")),
            *_certifying("province", "省级"),
        ),
    ),
    Chain(
        "certification_city",
        1,
        "市级专业镇申报认定",
        "city",
        (
            *_COUNTY,
            Step("city_accept", "市级受理", "city", Mode.DECIDE, Can.HANDLE,
                 ("accept", "return", "reject")),
            *_certifying("city", "市级"),
        ),
    ),
    Chain(
        "certification_county",
        1,
        "县级专业镇申报认定",
        "county",
        (_COUNTY[0], *_certifying("county", "县级")),
    ),
)  # fmt: skip

CHAINS: dict[tuple[str, int], Chain] = {(chain.key, chain.version): chain for chain in _RELEASED}
STEP_NAMES: dict[str, str] = {
    step.key: step.name for chain in _RELEASED for step in chain.steps if step.key != "issue"
} | {"issue": "认定"}
STEP_CHOICES = list(STEP_NAMES.items())
OUTCOME_CHOICES = [(row.key, row.done) for row in OUTCOMES.values()] + [
    ("withdraw", "已撤回"),
    ("resubmit", "已补正重报"),
]


def current_chain(level: str) -> Chain:
    """The newest version of the certification chain of a level, for new rounds."""
    return max(
        (chain for chain in _RELEASED if chain.level == level), key=lambda chain: chain.version
    )


def abilities_of(mode: Mode) -> frozenset[Can]:
    """Abilities that steps of a mode ask for."""
    return frozenset(s.ability for chain in _RELEASED for s in chain.steps if s.mode == mode)


def steps_of(mode: Mode) -> frozenset[str]:
    """Keys of the steps that are worked in a mode, over all released chains."""
    return frozenset(s.key for chain in _RELEASED for s in chain.steps if s.mode == mode)


def steps_for(abilities: frozenset[Can]) -> frozenset[str]:
    """Keys of the steps that a post with these abilities takes; what its queue holds."""
    return frozenset(
        step.key for chain in _RELEASED for step in chain.steps if step.ability in abilities
    )
