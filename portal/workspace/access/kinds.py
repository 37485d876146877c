"""What the rows of the access matrix are made of: relations, answers, groups of posts, sights.

Who may do what: one row for every address and every action, one cell for every kind of post.

The table decides nothing. ``visible_to`` and the policies decide; ``tests/access`` asks every cell
of the table and compares, and ``access-matrix`` shows it in Chinese. A new address, action or kind
of post fails the tests until it has its row here.

A row says who ``may`` and who ``sees``: who sees and may not is refused with a reason in words; to
whomever sees nothing the address does not exist.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from portal.core.constants import POST_KINDS


class Relation(StrEnum):
    """How the acting post stands to the object of the request."""

    OWN = "本级"
    LOWER = "下级"
    UPPER = "上级"
    NEIGHBOUR = "同级"
    GRANTED = "授权"
    EXPIRED = "授权到期"
    NONE = "已卸任"


class Answer(StrEnum):
    """What comes of it."""

    MAY = "可"
    REFUSED = "拒绝"
    ABSENT = "不存在"
    SIGN_IN = "登录"


RELATIONS: dict[Relation, str] = {
    Relation.OWN: "事项由本机构办理，或者就是交给本岗位办理的",
    Relation.LOWER: "事项属于辖区内下级机构",
    Relation.UPPER: "事项由上级机构办理（如本县专业镇的省级办件），或者属于上级机构",
    Relation.NEIGHBOUR: "事项属于辖区以外的同级机构",
    Relation.GRANTED: "事项属于辖区以外，但已授权给本岗位，授权在有效期内",
    Relation.EXPIRED: "事项属于辖区以外，授权给本岗位的期限已过",
    Relation.NONE: "事项由本机构办理，但本人的任职已经结束",
}
ANSWERS: dict[Answer, str] = {
    Answer.MAY: "可以办理或查看",
    Answer.REFUSED: "看得到，但不能办理；页面写明依据哪一条规则拒绝、应由谁办理",
    Answer.ABSENT: "不在可见范围内，与没有这个地址一样（404）",
    Answer.SIGN_IN: "先到登录页登录",
}

# Whoever asks without acting from a post.
ANONYMOUS, NOBODY = "anonymous", "nobody"
WITHOUT_POST = {ANONYMOUS: "公众", NOBODY: "无任职账号"}
COLUMNS = {kind.key: kind.label for kind in POST_KINDS.values()} | WITHOUT_POST

Kinds = tuple[str, ...]
Sight = tuple[tuple[Kinds, tuple[Relation, ...]], ...]


class Row(NamedTuple):
    """An address with a method, or an action; ``name`` may carry a state after a colon.

    ``caller`` is the action, address or command through which alone an internal write is reached.
    """

    name: str
    methods: str
    label: str
    may: Sight = ()
    sees: Sight = ()
    caller: str = ""

    @property
    def target(self) -> str:
        """The name of the address or of the action."""
        return self.name.partition(":")[0]


# --- kinds of post in groups --------------------------------------------------------------------

POSTS: Kinds = tuple(POST_KINDS)
OFFICE: Kinds = ("leader", "deputy_leader", "office_director", "office_deputy_director", "clerk",
                 "checker", "signer")  # fmt: skip
HANDLERS: Kinds = ("office_director", "office_deputy_director", "clerk", "checker")
PUBLISHERS: Kinds = ("office_director", "office_deputy_director", "clerk")
ISSUERS: Kinds = ("office_director", "signer")
UNIT: Kinds = ("member",)
EXPERT: Kinds = ("expert",)
FILER: Kinds = ("filer",)
SUBMITTER: Kinds = ("submitter",)
FILING: Kinds = FILER + SUBMITTER
CONTACT: Kinds = ("contact",)
JUDGES: Kinds = UNIT + EXPERT
DIRECTORS: Kinds = ("office_director", "office_deputy_director")
SYSTEM: Kinds = ("system_admin",)
SECURITY: Kinds = ("security_admin",)
AUDITOR: Kinds = ("auditor",)
KEEPERS: Kinds = SYSTEM + SECURITY + AUDITOR

OWN = (Relation.OWN,)
REGION = (Relation.OWN, Relation.LOWER)
CALLED = (Relation.OWN, Relation.UPPER)
CONCERNED = (Relation.OWN, Relation.LOWER, Relation.UPPER)
GIVEN = (Relation.OWN, Relation.GRANTED)
ANYWHERE = (Relation.OWN, Relation.UPPER, Relation.GRANTED)
IN_FORCE = tuple(relation for relation in Relation if relation != Relation.NONE)
ALWAYS = tuple(Relation)

EVERYBODY: Sight = (((*POSTS, ANONYMOUS, NOBODY), ALWAYS),)
SIGNED_IN: Sight = (((*POSTS, NOBODY), ALWAYS),)
DESK: Sight = ((POSTS, OWN),)  # a page of one's own workspace: lists hold only what one sees
LAW: Sight = ((POSTS, IN_FORCE),)  # published for everybody
TOWN: Sight = ((OFFICE, REGION), (FILING, GIVEN))
CALL: Sight = ((OFFICE, CONCERNED), (FILING + CONTACT + JUDGES + KEEPERS, CALLED))
DRAFT: Sight = ((FILING, ANYWHERE),)
STARTS: Sight = ((OFFICE, CONCERNED), (FILING, CALLED))
SUBMITTED: Sight = ((OFFICE, CONCERNED), (FILING, ANYWHERE))
CASE: Sight = (*SUBMITTED, (JUDGES, GIVEN))
# A unit reads the evidence of what it was asked about; a case alone opens no evidence to it.
EVIDENCE: Sight = (*SUBMITTED, (EXPERT, GIVEN), (UNIT, OWN))
ISSUED: Sight = SUBMITTED
INSIDE: Sight = ((OFFICE, OWN),)
TOLD: Sight = ((OFFICE + FILING + UNIT, OWN),)  # whose office is told, by posts that read it
BY_FILER: Sight = ((FILER, ANYWHERE),)
BY_SUBMITTER: Sight = ((SUBMITTER, ANYWHERE),)
BY_HANDLER: Sight = ((HANDLERS, OWN),)
BY_REGISTER: Sight = ((PUBLISHERS, REGION),)
BY_PUBLISHER: Sight = ((PUBLISHERS, OWN),)
BY_ISSUER: Sight = ((ISSUERS, OWN),)
KEPT: Sight = ((FILER, GIVEN),)
BY_DIRECTOR: Sight = ((DIRECTORS, OWN),)
BY_APPOINTER: Sight = ((DIRECTORS, OWN), (SYSTEM, REGION))
BY_SYSTEM: Sight = ((SYSTEM, REGION),)
BY_SECURITY: Sight = ((SECURITY, REGION),)
BY_AUDITOR: Sight = ((AUDITOR, OWN),)
BY_REGISTRAR: Sight = ((SYSTEM, OWN),)
# A leading-group office and its posts; a member unit; a filing unit's posts.
BODY: Sight = ((OFFICE + KEEPERS, REGION), (EXPERT, OWN))
MEMBER: Sight = ((OFFICE + KEEPERS, REGION), (UNIT, OWN))
FILING_POST: Sight = ((OFFICE + KEEPERS, REGION), (FILING, OWN))
GRANTING: Sight = ((OFFICE, REGION), (FILING, OWN))
PEOPLE: Sight = ((OFFICE + KEEPERS, REGION),)
