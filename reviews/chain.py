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

from portal.core.constants import Can, OfficeKind


class Mode(StrEnum):
    """How a step is worked: which page it has and which rows it gathers."""

    DECIDE = "decide"
    OPINIONS = "opinions"
    SCORES = "scores"
    MEETING = "meeting"
    NOTICE = "notice"
    ISSUE = "issue"
    SHORTLIST = "shortlist"
    VISIT = "visit"


# What officials call the kinds of step.
MODE_NAMES: dict[Mode, str] = {
    Mode.DECIDE: "审核",
    Mode.SHORTLIST: "择优推荐",
    Mode.VISIT: "现场核查",
    Mode.OPINIONS: "征求意见",
    Mode.SCORES: "专家评分",
    Mode.MEETING: "会议审定",
    Mode.NOTICE: "公示",
    Mode.ISSUE: "印发",
}
# Steps that are decided on the case's own page; the others have a page for several cases. What is
# shortlisted is recommended on the list, and returned or refused on the case's own page.
OWN_PAGE = (Mode.DECIDE, Mode.VISIT, Mode.OPINIONS, Mode.SCORES)


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
# The one outcome that gives an application back to be corrected.
RETURN = next(row.key for row in OUTCOMES.values() if row.move == Move.RETURN)


class Step(NamedTuple):
    """A row of a chain.

    ``level``: whose leading-group office takes it. ``ability``: what its post must be able to do.
    ``released``: whether a lower office and the town see the outcome (never scores or notes).
    ``withdrawable``: whether the town may still take its application back. ``told``: what
    applicants call it, as officials do when empty. ``quorum``: how many answers or score sheets
    it takes, None where the documents are silent (未载明): then any number does. ``days``: its term
    in working days, None where they are silent and the office of the round sets it.
    ``office_kind``: what sort of office takes it. It is the leading-group office: queue, scope and
    the way from step to step know no other yet, and ``require_whole`` refuses one.
    """

    key: str
    name: str
    level: str
    mode: Mode
    ability: Can
    outcomes: tuple[str, ...]
    released: bool = True
    withdrawable: bool = True
    told: str = ""
    quorum: int | None = None
    days: int | None = None
    office_kind: OfficeKind = OfficeKind.LEADING_GROUP_OFFICE

    @property
    def applicant_name(self) -> str:
        """What applicants call the step."""
        return self.told or self.name


# Fields that a step of the first versions did not have: they count for the digest where they say
# something, so that the digest of a version released before them stays what it was.
_FIRST_FIELDS = Step._fields.index("told")


class Chain(NamedTuple):
    """A released version of a chain. ``subject``: the kind of subject that runs through it."""

    key: str
    version: int
    name: str
    level: str
    steps: tuple[Step, ...]
    subject: str = "application"

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
        rows = repr((self.key, self.version, [_digested(step) for step in self.steps]))
        return hashlib.sha256(rows.encode()).hexdigest()


# What applications come to stands in an issued document: their chain ends where it is issued.
ENDS_IN: dict[str, Mode] = {"application": Mode.ISSUE}
# Modes that gather rows of which a number may be asked. A meeting keeps who came as words.
COUNTED = (Mode.OPINIONS, Mode.SCORES)


def require_whole(chain: Chain) -> Chain:
    """The chain; ValueError where it asks for something that nothing would hold or do."""
    where = f"{chain.key} {chain.version}"
    for step in chain.steps:
        if step.office_kind != OfficeKind.LEADING_GROUP_OFFICE:
            raise ValueError(f"{where}, {step.key}: a leading-group office takes every step")
        if step.quorum is not None and step.mode not in COUNTED:
            raise ValueError(f"{where}, {step.key}: no number is counted at a {step.mode} step")
    last, ends = chain.steps[-1], ENDS_IN.get(chain.subject)
    if ends is not None and last.mode != ends:
        raise ValueError(f"{where}: a chain of this subject ends in a step of mode {ends}")
    return chain


def _digested(step: Step) -> tuple[object, ...]:
    later = Step._fields[_FIRST_FIELDS:]
    said = [
        (name, getattr(step, name))
        for name in later
        if getattr(step, name) != Step._field_defaults[name]
    ]
    return (*step[:_FIRST_FIELDS], *said)


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


# What applicants call the steps since the second version: they file, and are told the rest.
_TOLD = {
    "county_accept": "县(市、区)受理",
    "county_recommend": "县(市、区)推荐",
    "city_review": "市级审核",
    "city_recommend": "市级择优推荐",
    "city_accept": "市级受理",
    "province_accept": "省级受理",
    "unit_opinions": "征求成员单位意见",
    "expert_scoring": "专家评审",
    "meeting": "会议审定",
    "public_notice": "公示",
}


def _second(chain: Chain) -> Chain:
    """The second version: applicants' names of the steps; the city recommends from one list.

    择优推荐: the city compares what its counties recommended, ranks it and keeps reserves.
    """
    steps = tuple(
        step._replace(
            told=_TOLD.get(step.key, ""),
            mode=Mode.SHORTLIST if step.key == "city_recommend" else step.mode,
        )
        for step in chain.steps
    )
    return chain._replace(version=2, steps=steps)


CHAINS: dict[tuple[str, int], Chain] = {
    (chain.key, chain.version): require_whole(chain)
    for chain in (*_RELEASED, *(_second(chain) for chain in _RELEASED))
}
# What becomes of a run without an outcome of the chain: the town's own moves, a reversal.
WITHDRAW, RESUBMIT, REVERSE = "withdraw", "resubmit", "reverse"
_OWN_MOVES = [(WITHDRAW, "已撤回"), (RESUBMIT, "已补正重报"), (REVERSE, "已撤销办理")]


def step_names() -> dict[str, str]:
    """The name of every step of every chain, for officials."""
    names = {step.key: step.name for chain in CHAINS.values() for step in chain.steps}
    return names | {"issue": "认定"}


def step_choices() -> list[tuple[str, str]]:
    """Steps to choose from; fields take the function, so that a new step is no migration."""
    return list(step_names().items())


def outcome_choices() -> list[tuple[str, str]]:
    """What a finished run may have come to."""
    return [(row.key, row.done) for row in OUTCOMES.values()] + _OWN_MOVES


def current_chain(level: str, subject: str = "application") -> Chain:
    """The newest version of the chain that a kind of subject runs through at a level.

    For applications, of which new rounds are made, it is the certification chain.
    """
    return max(
        (chain for chain in CHAINS.values() if (chain.level, chain.subject) == (level, subject)),
        key=lambda chain: chain.version,
    )


def abilities_of(mode: Mode) -> frozenset[Can]:
    """Abilities that steps of a mode ask for."""
    return frozenset(s.ability for chain in CHAINS.values() for s in chain.steps if s.mode == mode)


def steps_of(mode: Mode) -> frozenset[str]:
    """Keys of the steps that are worked in a mode, over all chains."""
    return frozenset(s.key for chain in CHAINS.values() for s in chain.steps if s.mode == mode)


def steps_for(abilities: frozenset[Can]) -> frozenset[str]:
    """Keys of the steps that a post with these abilities takes; what its queue holds."""
    return frozenset(
        step.key for chain in CHAINS.values() for step in chain.steps if step.ability in abilities
    )
