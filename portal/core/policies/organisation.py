"""Who may keep offices, posts and appointments: which rule refuses, and who could do it instead."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can, OfficeKind, PostKind
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Office, Post, User


def may_keep_office(actor: Actor, office: Office) -> Verdict:
    """Keep an office's posts, people, name and history.

    Directors: their own office, its member units, and the filing units of their own region, never
    a lower office's. Administrators: every office of their region.
    """
    if actor.is_system:
        return ALLOWED
    if not actor.can(Can.APPOINT) or actor.office is None:
        return refuse("机构、岗位和任职由本机构办公室主任、副主任或系统管理员办理。")
    if actor.can(Can.ADMINISTER):
        held = actor.jurisdiction is not None and office.region.code in actor.jurisdiction
        return (
            ALLOWED if held else refuse(f"{office.name}不在您的管理范围内，由当地系统管理员办理。")
        )
    own = actor.office
    filing = office.kind == OfficeKind.FILING_UNIT and office.region_id == own.region_id
    if office.pk == own.pk or office.parent_id == own.pk or filing:
        return ALLOWED
    return refuse(f"{office.name}由其领导小组办公室主任、副主任或当地系统管理员办理。")


def may_keep_post(actor: Actor, office: Office, kind: PostKind) -> Verdict:
    """Create, close or fill a post of a kind.

    三员 are made by the administrator of the office above: one who could appoint the security
    administrator and the auditor beside him could be all three through others' accounts.
    """
    verdict = may_keep_office(actor, office)
    if not verdict.ok or actor.is_system or not kind.exclusive:
        return verdict
    if not actor.can(Can.ADMINISTER):
        return refuse(f"{kind.label}由上一级机构的系统管理员任命，办公室主任、副主任不能办理。")
    if actor.office is not None and actor.office.region_id == office.region_id:
        return refuse(
            f"本机构的{kind.label}由上一级机构的系统管理员任免；"
            "省级的由运维人员在服务器上用 create_administrators 命令办理。"
        )
    return verdict


def may_appoint(actor: Actor, post: Post, user: User | None = None) -> Verdict:
    """Appoint a person to a post, or somebody whom the form has yet to name; never oneself."""
    verdict = may_keep_post(actor, post.office, post.kind_row)
    if verdict.ok and user is not None and actor.user is not None and user.pk == actor.user.pk:
        return refuse("不能任命本人，请由本机构其他主任、副主任或系统管理员办理。")
    return verdict


def may_deputise(actor: Actor, post: Post, deputy: Post | None = None) -> Verdict:
    """Let the holder of one post act from another for a period."""
    verdict = may_keep_post(actor, post.office, post.kind_row)
    if not verdict.ok:
        return verdict
    for row in (post, deputy):
        if row is not None and not row.kind_row.deputable:
            return refuse(
                f"{row.kind_row.label}不能代理，也不能由他人代理；如需更换，请办理更换人员。"
            )
    if deputy is not None and deputy.office.house_id != post.office.house_id:
        return refuse(
            "代理人应为同一领导小组办公室及其成员单位的现任人员；填报单位的岗位由本单位人员代理。"
        )
    return ALLOWED


def may_add_unit(actor: Actor, parent: Office) -> Verdict:
    """Add a member unit or a filing unit to a leading-group office's own."""
    if parent.kind != OfficeKind.LEADING_GROUP_OFFICE:
        return refuse("成员单位和填报单位只能设在领导小组办公室之下。")
    return may_keep_office(actor, parent)


def may_reshape(actor: Actor, office: Office) -> Verdict:
    """Merge, split or close a unit. Leading-group offices are only ever renamed."""
    verdict = may_keep_office(actor, office)
    if verdict.ok and office.kind == OfficeKind.LEADING_GROUP_OFFICE:
        return refuse("领导小组办公室只能更名，不能合并、拆分或撤销。")
    return verdict
