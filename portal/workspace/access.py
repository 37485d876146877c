"""Who may do what: one row for every address and every action, one cell for every kind of post.

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
CALL: Sight = ((OFFICE, CONCERNED), (FILING + JUDGES + KEEPERS, CALLED))
DRAFT: Sight = ((FILING, ANYWHERE),)
STARTS: Sight = ((OFFICE, CONCERNED), (FILING, CALLED))
SUBMITTED: Sight = ((OFFICE, CONCERNED), (FILING, ANYWHERE))
CASE: Sight = (*SUBMITTED, (JUDGES, GIVEN))
ISSUED: Sight = SUBMITTED
INSIDE: Sight = ((OFFICE, OWN),)
BY_FILER: Sight = ((FILER, ANYWHERE),)
BY_SUBMITTER: Sight = ((SUBMITTER, ANYWHERE),)
BY_HANDLER: Sight = ((HANDLERS, OWN),)
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

# --- the table ----------------------------------------------------------------------------------

# fmt: off
SUBJECTS: tuple[tuple[str, tuple[Row, ...]], ...] = (
    ("公开页面和登录", (
        Row("root", "GET", "首页", EVERYBODY),
        Row("healthz", "GET", "运行状态", EVERYBODY),
        Row("login", "GET POST", "登录", EVERYBODY),
        Row("logout", "POST", "退出", EVERYBODY),
        Row("styleguide", "GET", "界面样例（只在开发时有）"),
        Row("account_login", "GET POST", "登录（旧地址名）", EVERYBODY),
        Row("activate", "GET POST", "凭激活单设置密码", EVERYBODY),
        Row("mfa_authenticate", "GET POST", "登录时输入动态口令", EVERYBODY),
        Row("session-left", "GET", "离登录到期还有多久", EVERYBODY),
        Row("session-stay", "POST", "继续保持登录", EVERYBODY),
        Row("home", "GET", "登录后首页、选择岗位", SIGNED_IN),
        Row("kept", "GET POST", "重新登录后取回未提交的内容", SIGNED_IN),
        Row("account-home", "GET", "我的账号", SIGNED_IN),
        Row("account_change_password", "GET POST", "修改密码", SIGNED_IN),
        Row("account_reauthenticate", "GET POST", "重新输入密码确认", SIGNED_IN),
        Row("usersessions_list", "GET POST", "查看、结束本人的登录", SIGNED_IN),
        Row("mfa_index", "GET", "动态口令", SIGNED_IN),
        Row("mfa_activate_totp", "GET POST", "启用动态口令", SIGNED_IN),
        Row("mfa_deactivate_totp", "GET POST", "停用动态口令", SIGNED_IN),
        Row("mfa_reauthenticate", "GET POST", "输入动态口令确认", SIGNED_IN),
        Row("mfa_view_recovery_codes", "GET", "查看恢复码", SIGNED_IN),
        Row("mfa_generate_recovery_codes", "GET POST", "重新生成恢复码", SIGNED_IN),
        Row("public-notices", "GET", "公示公告列表", EVERYBODY),
        Row("public-notice", "GET", "公示公告", EVERYBODY),
        Row("public-roster", "GET", "公布的认定名单", EVERYBODY),
        Row("api-public-roster", "GET", "公布的认定名单（接口）", EVERYBODY),
        Row("public-document", "GET", "公布的认定通知", EVERYBODY),
        Row("public-document-file", "GET", "公布的认定通知文件", EVERYBODY),
        Row("public-criteria-list", "GET", "公布的认定标准列表", EVERYBODY),
        Row("public-criteria", "GET", "公布的认定标准", EVERYBODY),
        Row("public-policies", "GET", "公布的政策列表", EVERYBODY),
        Row("public-policy", "GET", "公布的政策条款", EVERYBODY),
    )),
    ("工作台", (
        Row("workspace", "GET", "工作台", DESK),
        Row("criteria", "GET", "认定标准列表", DESK),
        Row("criteria-set", "GET", "认定标准", LAW),
        Row("policies", "GET", "政策列表", DESK),
        Row("policy", "GET", "政策条款", LAW),
        Row("jobs", "GET", "我的任务列表", DESK),
        Row("job", "GET POST", "我的任务、重新执行", DESK),
        Row("job-progress", "GET", "我的任务进度", DESK),
        Row("job-file", "GET", "下载我的任务的结果", DESK),
    )),
    ("专业镇", (
        Row("towns", "GET", "专业镇列表", DESK),
        Row("town", "GET", "查看专业镇", TOWN),
        Row("town-figures", "GET POST", "填写年度数据", KEPT, TOWN),
        Row("towns.record_figures", "", "登记年度数据", KEPT),
        Row("member-add", "GET POST", "添加成员企业", KEPT, TOWN),
        Row("towns.add_member", "", "登记成员企业", KEPT),
        Row("member-end", "GET POST", "成员企业退出", KEPT, TOWN),
        Row("towns.end_membership", "", "登记成员企业退出", KEPT),
        Row("town-functions", "GET POST", "填写公共服务功能", KEPT, TOWN),
        Row("towns.set_functions", "", "登记公共服务功能", KEPT),
    )),
    ("批次", (
        Row("rounds", "GET", "申报批次列表", DESK),
        Row("round", "GET", "查看申报批次", CALL),
        Row("round-new", "GET POST", "设立申报批次", BY_PUBLISHER, DESK),
        Row("towns.open_round", "", "设立本机构的申报批次", BY_PUBLISHER),
    )),
    ("申报", (
        Row("applications", "GET", "我的申报列表", DESK),
        Row("application-start", "GET POST", "发起申报", ((FILER, CALLED),), STARTS),
        Row("towns.start_application", "", "发起申报", BY_FILER),
        Row("application", "GET", "查看填报中的申报", DRAFT),
        Row("application:submitted", "GET", "查看已提交的申报", SUBMITTED),
        Row("application-overview", "GET", "查看基本情况", DRAFT),
        Row("application-overview", "POST", "填写基本情况", BY_FILER, DRAFT),
        Row("towns.save_overview", "", "保存基本情况", BY_FILER),
        Row("application-criterion", "GET", "查看逐条填写的内容", DRAFT),
        Row("application-criterion", "POST", "逐条填写", BY_FILER, DRAFT),
        Row("towns.save_answer", "", "保存情况说明", BY_FILER),
        Row("towns.save_criterion", "", "保存一条的全部内容", BY_FILER),
        Row("towns.request_relaxation", "", "申请放宽", BY_FILER),
        Row("towns.attach_evidence", "", "上传佐证材料", BY_FILER),
        Row("evidence-file", "GET", "下载填报中的佐证材料", DRAFT),
        Row("evidence-remove", "GET POST", "删除佐证材料", BY_FILER, DRAFT),
        Row("towns.remove_evidence", "", "删除佐证材料", BY_FILER),
        Row("application-check", "GET", "核对全部内容", DRAFT),
        Row("application-hand-over", "GET", "回到核对页", DRAFT),
        Row("application-hand-over", "POST", "送提交人", BY_FILER, DRAFT),
        Row("towns.hand_over", "", "送提交人", BY_FILER),
        Row("application-send-back", "GET POST", "退回填报", DRAFT),
        Row("towns.send_back_to_filer", "", "退回填报", DRAFT),
        Row("application-submit", "GET", "核对提交页", DRAFT),
        Row("application-submit", "POST", "提交申报", BY_SUBMITTER, DRAFT),
        Row("reviews.submit_application", "", "提交申报", BY_SUBMITTER),
        Row("application-receipt", "GET", "受理回执", SUBMITTED),
    )),
    ("办件", (
        Row("cases", "GET", "办件列表", DESK),
        Row("api-cases", "GET", "办件列表（接口）", DESK),
        Row("case", "GET", "查看办件", CASE),
        Row("api-case", "GET", "查看办件（接口）", CASE),
        Row("case-evidence-file", "GET", "下载已提交的佐证材料", CASE),
        Row("case-decide", "GET", "回到办件页", CASE),
        Row("case-decide", "POST", "受理、审核、推荐、退回", BY_HANDLER, CASE),
        Row("reviews.decide_step", "", "受理、审核、推荐、退回", BY_HANDLER),
        Row("case-units", "GET POST", "征求成员单位意见", BY_HANDLER, CASE),
        Row("reviews.ask_units", "", "征求成员单位意见", BY_HANDLER),
        Row("opinion", "GET POST", "填写会审意见", ((UNIT, OWN),)),
        Row("reviews.give_opinion", "", "提出会审意见", ((UNIT, OWN),)),
        Row("case-experts", "GET POST", "指派专家", BY_HANDLER, CASE),
        Row("reviews.assign_experts", "", "指派专家", BY_HANDLER),
        Row("sheet", "GET POST", "填写评分表", ((EXPERT, OWN),)),
        Row("reviews.save_scores", "", "保存、提交评分", ((EXPERT, OWN),)),
        Row("case-withdraw", "GET POST", "撤回申报", BY_SUBMITTER, CASE),
        Row("reviews.withdraw_application", "", "撤回申报", BY_SUBMITTER),
    )),
    ("会议、公示、公文、名单", (
        Row("meetings", "GET", "会议列表", DESK),
        Row("meeting-new", "GET POST", "安排会议", BY_PUBLISHER, DESK),
        Row("reviews.convene_meeting", "", "安排会议", BY_PUBLISHER),
        Row("meeting", "GET", "查看会议", INSIDE),
        Row("meeting", "POST", "录入会议结果", BY_PUBLISHER, INSIDE),
        Row("reviews.record_meeting", "", "录入会议结果", BY_PUBLISHER),
        Row("notices", "GET", "公示列表", DESK),
        Row("notice-new", "GET POST", "发布公示", BY_PUBLISHER, DESK),
        Row("reviews.publish_notice", "", "发布公示", BY_PUBLISHER),
        Row("notice", "GET", "查看公示办理情况", INSIDE),
        Row("notice", "POST", "公示办结", BY_PUBLISHER, INSIDE),
        Row("reviews.close_notice", "", "公示办结", BY_PUBLISHER),
        Row("documents", "GET", "认定公文列表", DESK),
        Row("document-new", "GET POST", "拟写认定通知", BY_PUBLISHER, DESK),
        Row("reviews.draft_document", "", "拟写认定通知", BY_PUBLISHER),
        Row("document", "GET", "查看已印发的公文", ISSUED),
        Row("document:draft", "GET", "查看拟稿", INSIDE),
        Row("document-edit", "GET POST", "修改拟稿", BY_PUBLISHER, INSIDE),
        Row("reviews.revise_document", "", "修改拟稿", BY_PUBLISHER),
        Row("reviews.discard_document", "", "撤销拟稿", BY_PUBLISHER),
        Row("document-preview", "POST", "生成样稿", INSIDE),
        Row("document-issue", "GET POST", "印发", BY_ISSUER, INSIDE),
        Row("reviews.issue_document", "", "印发", BY_ISSUER),
        Row("document-file", "GET", "下载已印发的公文", ISSUED),
        Row("document-file", "POST", "重新生成版式文件", BY_ISSUER, ISSUED),
        Row("roster", "GET", "认定名单", DESK),
        Row("api-roster", "GET", "认定名单（接口）", DESK),
        Row("roster-export", "POST", "导出认定名单", ((OFFICE, OWN),), DESK),
    )),
    ("台账", (
        Row("ledger", "GET", "办理台账", DESK),
        Row("ledger-entry", "GET", "查看一条台账", ((OFFICE + AUDITOR, REGION),)),
        Row("ledger-export", "POST", "导出台账", ((OFFICE + AUDITOR, OWN),), DESK),
        Row("access-log", "GET", "访问记录", BY_AUDITOR, DESK),
        Row("access-log-export", "POST", "导出访问记录", BY_AUDITOR, DESK),
        Row("anchors", "GET", "日锚和封存", BY_AUDITOR, DESK),
        Row("access-matrix", "GET", "权限总表", ((KEEPERS, OWN),), DESK),
    )),
    ("机构和岗位", (
        Row("offices", "GET", "机构列表", DESK),
        Row("office", "GET", "查看领导小组办公室", BODY),
        Row("office:unit", "GET", "查看成员单位", MEMBER),
        Row("office-leading-group", "GET", "领导小组名册", BODY),
        Row("office-leading-group-export", "POST", "导出领导小组名册", BODY),
        Row("unit-new", "GET POST", "增设成员单位、填报单位", BY_APPOINTER, BODY),
        Row("core.add_unit", "", "增设成员单位、填报单位", BY_APPOINTER),
        Row("office-rename", "GET POST", "机构更名", BY_APPOINTER, BODY),
        Row("core.rename_office", "", "机构更名", BY_APPOINTER),
        Row("office-merge", "GET POST", "合并单位", BY_APPOINTER, BODY),
        Row("core.merge_offices", "", "合并单位", BY_APPOINTER),
        Row("office-split", "GET POST", "拆分单位", BY_APPOINTER, MEMBER),
        Row("core.split_office", "", "拆分单位", BY_APPOINTER),
        Row("office-close", "GET POST", "撤销单位", BY_APPOINTER, MEMBER),
        Row("core.close_office", "", "撤销单位", BY_APPOINTER),
        Row("post", "GET", "查看填报单位的岗位", FILING_POST),
        Row("post-new", "GET POST", "设立岗位", BY_APPOINTER, BODY),
        Row("core.create_post", "", "设立岗位", BY_APPOINTER),
        Row("post-close", "GET POST", "撤销岗位", BY_APPOINTER, FILING_POST),
        Row("core.close_post", "", "撤销岗位", BY_APPOINTER),
        Row("post-appoint", "GET POST", "任命", BY_APPOINTER, FILING_POST),
        Row("core.appoint", "", "任命", BY_APPOINTER),
        Row("post-succeed", "GET POST", "接任", BY_APPOINTER, FILING_POST),
        Row("core.succeed", "", "接任", BY_APPOINTER),
        Row("appointment-end", "GET POST", "卸任", BY_APPOINTER, BODY),
        Row("core.end_appointment", "", "卸任", BY_APPOINTER),
        Row("appointment-revoke", "GET POST", "撤销任职登记", BY_APPOINTER, BODY),
        Row("core.revoke_appointment", "", "撤销任职登记", BY_APPOINTER),
        Row("appointment-leave", "GET POST", "登记请假、离岗", BY_APPOINTER, BODY),
        Row("core.record_leave", "", "登记请假、离岗", BY_APPOINTER),
        Row("leave-end", "GET POST", "销假", BY_APPOINTER, BODY),
        Row("core.end_leave", "", "销假", BY_APPOINTER),
        Row("post-deputy", "GET POST", "安排代理", BY_APPOINTER, FILING_POST),
        Row("core.deputise", "", "安排代理", BY_APPOINTER),
        Row("deputy-end", "GET POST", "终止代理", BY_APPOINTER, BODY),
        Row("core.end_deputy", "", "终止代理", BY_APPOINTER),
        Row("town-grant", "GET POST", "授权填报", BY_DIRECTOR, FILING_POST),
        Row("towns.grant_town", "", "授权填报", BY_DIRECTOR),
        Row("town-grant-revoke", "GET POST", "撤销填报授权", BY_DIRECTOR, GRANTING),
        Row("towns.revoke_town_grant", "", "撤销填报授权", BY_DIRECTOR),
    )),
    ("账号", (
        Row("accounts", "GET", "账号列表", ((SYSTEM + SECURITY, OWN),), DESK),
        Row("account", "GET", "查看账号", ((SYSTEM + SECURITY, REGION),), PEOPLE),
        Row("account-new", "GET POST", "登记账号", BY_REGISTRAR, DESK),
        Row("core.create_account", "", "登记账号", BY_SYSTEM),
        Row("account-edit", "GET POST", "修改账号资料", BY_SYSTEM, PEOPLE),
        Row("core.update_account", "", "修改账号资料", BY_SYSTEM),
        Row("account-step", "GET POST", "停用账号", BY_SYSTEM, PEOPLE),
        Row("core.disable_account", "", "停用账号", BY_SYSTEM),
        Row("core.enable_account", "", "启用账号", BY_SYSTEM),
        Row("account-slips", "POST", "签发、打印激活单", BY_REGISTRAR, DESK),
        Row("core.issue_activation", "", "签发激活单", BY_SYSTEM),
        Row("account-import", "GET POST", "导入账号", BY_REGISTRAR, DESK),
        Row("account-import-template", "GET", "下载导入模板", BY_REGISTRAR, DESK),
        Row("account-import-report", "POST", "下载试导入报告", BY_REGISTRAR, DESK),
        Row("core.rehearse_import", "", "试导入账号", BY_SYSTEM),
        Row("account-import-confirm", "POST", "确认导入", BY_REGISTRAR, DESK),
        Row("core.import_accounts", "", "导入账号", BY_SYSTEM),
        Row("account-import-job", "GET", "导入进度和结果", BY_REGISTRAR),
        Row("account-import-done", "GET", "导入结果", BY_REGISTRAR, ((OFFICE + AUDITOR, REGION),)),
        Row("account-step:unlock", "GET POST", "解除锁定", BY_SECURITY, PEOPLE),
        Row("core.lift_lock", "", "解除锁定", BY_SECURITY),
        Row("core.reset_second_factor", "", "重置动态口令", BY_SECURITY),
        Row("core.end_sign_ins", "", "结束登录", BY_SECURITY),
    )),
    ("系统内部", (
        Row("reviews.lock_case", "", "锁定办件", caller="reviews.decide_step"),
        Row("reviews.lock_cases", "", "锁定多个办件", caller="reviews.draft_document"),
        Row("reviews.move_case", "", "办件流转", caller="reviews.decide_step"),
        Row("reviews.finish_run", "", "结束环节", caller="reviews.move_case"),
        Row("reviews.request_rendition", "", "生成版式文件", caller="reviews.issue_document"),
        Row("reviews.request_preview", "", "生成样稿", caller="document-preview"),
        Row("towns.freeze_application", "", "冻结申报", caller="reviews.move_case"),
        Row("towns.certify_town", "", "登记认定", caller="reviews.issue_document"),
        Row("core.begin_office", "", "设立三员（运维命令）", caller="create_administrators"),
        Row("core.enter_change", "", "登记机构变更", caller="core.merge_offices"),
        Row("core.enter_in_ledger", "", "记入台账", caller="core.add_unit"),
    )),
)
# fmt: on


def rows() -> list[Row]:
    """Every row of the table."""
    return [row for _, group in SUBJECTS for row in group]


def answer(row: Row, who: str, relation: Relation) -> Answer:
    """The cell of a row for a kind of post, or for somebody without one, in a relation."""
    if _holds(row.may, who, relation):
        return Answer.MAY
    if not row.methods or _holds(row.sees, who, relation):
        return Answer.REFUSED
    return Answer.SIGN_IN if who == ANONYMOUS and row.may else Answer.ABSENT


def _holds(sight: Sight, who: str, relation: Relation) -> bool:
    return any(who in kinds and relation in relations for kinds, relations in sight)
