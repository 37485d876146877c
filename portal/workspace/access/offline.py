"""Rows of the access matrix: 离线填报和打印."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_FILER, DRAFT, FILER, OWN, Row, Sight

# Who sent a workbook in goes on with it; others that fill send their own.
SENDER: Sight = ((FILER, OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("application-offline", "GET", "离线填报和打印", DRAFT),
    Row("application-offline", "POST", "上传申报表格", BY_FILER, DRAFT),
    Row("application-skeleton", "GET", "下载申报表格", BY_FILER, DRAFT),
    Row("towns.start_offline", "", "上传申报表格", BY_FILER),
    Row("offline-import", "GET", "申报表格的检查结果", SENDER),
    Row("offline-commit", "POST", "确认写入申报表格", SENDER),
    Row("offline-abandon", "POST", "放弃申报表格", SENDER),
    Row("offline-marked", "GET", "下载标注了问题的申报表格", SENDER),
    Row("towns.commit_offline", "", "确认写入申报表格", SENDER),
    Row("towns.abandon_offline", "", "放弃申报表格", SENDER),
    Row("towns.rehearse_offline", "", "检查申报表格", caller="towns.start_offline"),
    Row("towns.keep_offline", "", "保存检查结果", caller="towns.start_offline"),
    Row("towns.enter_offline", "", "写入申报表格", caller="towns.commit_offline"),
)
# fmt: on
