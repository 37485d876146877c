"""Who may keep accounts, and who may lift what protects them: which rule refuses, and who could.

三员分立: the system administrator keeps accounts and signs activation slips; the security
administrator lifts locks, takes second factors back and ends sign-ins; nobody does both, and nobody
does either to himself.
"""

from __future__ import annotations

from django.db.models import Q

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Appointment, Office, User
from portal.core.models.posts import AppointmentQuerySet

EXCLUSIVE_KINDS = [kind.key for kind in POST_KINDS.values() if kind.exclusive]


def may_list_accounts(actor: Actor) -> Verdict:
    """System administrators and security administrators, each of the own region."""
    if not (actor.can(Can.ADMINISTER) or actor.can(Can.SECURE)):
        return refuse("账号由系统管理员和安全管理员管理。办理账号事项请联系本级系统管理员。")
    return ALLOWED


def may_create_account(actor: Actor, office: Office | None = None) -> Verdict:
    """The system administrator, for an office of the own region."""
    if not actor.can(Can.ADMINISTER):
        return refuse("账号由系统管理员登记，您的岗位不能办理。请联系本级系统管理员。")
    if office is not None and not _in_reach(actor, office):
        return refuse("所属机构不在您的管理范围。请联系该机构所在地的系统管理员。")
    return ALLOWED


def may_import_accounts(actor: Actor) -> Verdict:
    """Whoever may create one account may import a workbook of them."""
    return may_create_account(actor)


def may_keep_account(actor: Actor, user: User) -> Verdict:
    """Name, phone and home office: the system administrator of the person's region."""
    if not actor.can(Can.ADMINISTER):
        return refuse("账号资料由系统管理员维护，您的岗位不能办理。请联系本级系统管理员。")
    return _within(actor, user)


def may_disable_account(actor: Actor, user: User) -> Verdict:
    """The system administrator of every place where the person has a post; never one's own."""
    verdict = may_keep_account(actor, user)
    if not verdict.ok:
        return verdict
    verdict = _not_oneself(actor, user, "停用或启用自己的账号须由其他系统管理员办理。")
    if verdict.ok and _of_the_three_beside(actor, user):
        return refuse(
            f"{user}是本机构的系统管理员、安全管理员或审计员，其账号由上一级机构的系统管理员停用或启用。"
        )
    return verdict


def may_enable_account(actor: Actor, user: User) -> Verdict:
    """As disabling."""
    return may_disable_account(actor, user)


def may_issue_activation(actor: Actor, user: User) -> Verdict:
    """The system administrator; the slips of 三员 come from the office above.

    Whoever holds a slip can set the password. A system administrator who could sign one for the
    security administrator or the auditor of his own office would be all three.
    """
    if not actor.can(Can.ADMINISTER):
        return refuse("激活单由系统管理员签发，您的岗位不能办理。请联系本级系统管理员。")
    verdict = _within(actor, user)
    if not verdict.ok:
        return verdict
    verdict = _not_oneself(
        actor,
        user,
        "不能为自己签发激活单。改密码请到“我的账号”，忘记密码请找上级系统管理员。",
    )
    if not verdict.ok:
        return verdict
    if not user.is_active:
        return refuse(f"{user}的账号已停用，不能签发激活单。请先启用账号。")
    if _of_the_three_beside(actor, user):
        return refuse(
            f"{user}是本机构的系统管理员、安全管理员或审计员，其激活单由上一级机构的系统管理员签发；"
            "省级的由运维人员在服务器上用 create_administrators 命令签发。"
        )
    return ALLOWED


def may_lift_lock(actor: Actor, user: User) -> Verdict:
    """The security administrator of every place where the person has a post; never one's own."""
    return _may_secure(actor, user, "解除锁定")


def may_reset_second_factor(actor: Actor, user: User) -> Verdict:
    """As lifting a lock."""
    return _may_secure(actor, user, "重置动态口令")


def may_end_sign_ins(actor: Actor, user: User) -> Verdict:
    """As lifting a lock."""
    return _may_secure(actor, user, "结束登录")


def _may_secure(actor: Actor, user: User, what: str) -> Verdict:
    if not actor.can(Can.SECURE):
        return refuse(f"{what}由安全管理员办理，您的岗位不能办理。请联系本级安全管理员。")
    verdict = _within(actor, user)
    if not verdict.ok:
        return verdict
    return _not_oneself(actor, user, f"不能为自己{what}，请联系其他安全管理员或上级安全管理员。")


def _within(actor: Actor, user: User) -> Verdict:
    """The person belongs to the actor's region, and so does every post the person holds."""
    if user.home_office is None:
        return refuse(f"{user}的账号没有所属机构，须由运维人员处理。")
    if not _in_reach(actor, user.home_office):
        return refuse(f"{user}所属机构不在您的管理范围，请联系该机构所在地的管理员。")
    scope = actor.jurisdiction
    elsewhere = _posts(user).exclude(
        post__office__region__code__gte=scope.lower if scope else "",
        post__office__region__code__lt=scope.upper if scope else "~",
    )
    if scope is not None and elsewhere.exists():
        return refuse(f"{user}还在您管理范围以外的机构任职，其账号由上级管理员管理。")
    return ALLOWED


def _in_reach(actor: Actor, office: Office) -> bool:
    scope = actor.jurisdiction
    return actor.is_system or (scope is not None and office.region.code in scope)


def _not_oneself(actor: Actor, user: User, reason: str) -> Verdict:
    return refuse(reason) if actor.user is not None and actor.user.pk == user.pk else ALLOWED


def _of_the_three_beside(actor: Actor, user: User) -> bool:
    """Whether the person is one of 三员 of the acting administrator's own region."""
    if actor.office is None:
        return False
    beside = {"post__kind__in": EXCLUSIVE_KINDS, "post__office__region": actor.office.region_id}
    return _posts(user).filter(**beside).exists()


def _posts(user: User) -> AppointmentQuerySet:
    """The posts a person holds or is going to hold."""
    running = Q(valid_to__isnull=True) | Q(valid_to__gte=clock.today())
    return Appointment.objects.filter(running, user=user, revoked_at__isnull=True)
