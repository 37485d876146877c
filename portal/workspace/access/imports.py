"""Rows of the access matrix: 导入."""

from __future__ import annotations

from portal.workspace.access.kinds import DESK, FILER, IN_FORCE, LAW, OWN, PUBLISHERS, Row, Sight

BY_ANY_FILER: Sight = ((FILER, IN_FORCE),)
BY_REGISTRAR: Sight = ((PUBLISHERS, IN_FORCE),)
UPLOADER: Sight = ((FILER, OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("imports", "GET", "导入：可以导入的内容和本岗位的导入", DESK),
    Row("import-new", "GET POST", "上传企业、荣誉、年度数据导入表", BY_ANY_FILER, LAW),
    Row("import-new:certified", "GET POST", "上传已认定专业镇导入表", BY_REGISTRAR, LAW),
    Row("import-template", "GET", "下载企业、荣誉、年度数据导入模板", BY_ANY_FILER, LAW),
    Row("import-template:certified", "GET", "下载已认定专业镇导入模板", BY_REGISTRAR, LAW),
    Row("import", "GET", "一次导入的检查结果", UPLOADER),
    Row("import-commit", "POST", "确认导入", UPLOADER),
    Row("import-abandon", "POST", "放弃导入", UPLOADER),
    Row("import-marked", "GET", "下载标注了问题的工作簿", UPLOADER),
    Row("core.start_import", "", "上传导入表", BY_ANY_FILER),
    Row("core.commit_import", "", "确认导入", UPLOADER),
    Row("core.abandon_import", "", "放弃导入", UPLOADER),
    Row("core.keep_rehearsal", "", "保存检查结果", caller="core.start_import"),
    Row("core.enter_workbook", "", "写入导入表", caller="core.commit_import"),
    Row("core.turn_back_import", "", "退回导入表", caller="core.commit_import"),
)
# fmt: on
