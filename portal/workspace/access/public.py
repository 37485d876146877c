"""Rows of the access matrix: 公开页面和登录."""

from __future__ import annotations

from portal.workspace.access.kinds import EVERYBODY, SIGNED_IN, Row

# fmt: off
ROWS: tuple[Row, ...] = (
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
    Row("account-email", "GET POST", "设定通知邮箱", SIGNED_IN),
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
    Row("public-document-rendition", "GET", "公布的公文的签章版、扫描版", EVERYBODY),
    Row("verify", "GET", "公文核验", EVERYBODY),
    Row("verify-document", "GET", "按核验码核验公文", EVERYBODY),
    Row("verify-compare", "GET POST", "核对电子文件", EVERYBODY),
    Row("public-criteria-list", "GET", "公布的认定标准列表", EVERYBODY),
    Row("public-criteria", "GET", "公布的认定标准", EVERYBODY),
    Row("self-check", "GET", "自测", EVERYBODY),
    Row("self-check-carry", "GET", "自测数据带入申报填报", SIGNED_IN),
    Row("public-policies", "GET", "公布的政策列表", EVERYBODY),
    Row("public-policy", "GET", "公布的政策条款", EVERYBODY),
)
# fmt: on
