"""Rows of the access matrix: 账号."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    AUDITOR,
    BY_REGISTRAR,
    BY_SECURITY,
    BY_SYSTEM,
    DESK,
    OFFICE,
    OWN,
    PEOPLE,
    REGION,
    SECURITY,
    SYSTEM,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
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
)
# fmt: on
