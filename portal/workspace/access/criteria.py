"""Rows of the access matrix: 认定标准的编制和发布."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_PUBLISHER,
    DESK,
    EVERYBODY,
    IN_FORCE,
    INSIDE,
    LAW,
    PUBLISHERS,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("criteria-new", "GET POST", "新建标准", BY_PUBLISHER, DESK),
    Row("criteria.create_criteria_set", "", "新建标准草稿", ((PUBLISHERS, IN_FORCE),)),
    Row("criteria-edit", "GET", "编制标准", BY_PUBLISHER, INSIDE),
    Row("criteria-facts", "GET POST", "修改标准基本信息", BY_PUBLISHER, INSIDE),
    Row("criteria.amend_criteria_set", "", "修改标准基本信息", BY_PUBLISHER),
    Row("criteria-preview", "GET", "预览标准", BY_PUBLISHER, INSIDE),
    Row("criterion-new", "GET POST", "添加认定条件", BY_PUBLISHER, INSIDE),
    Row("criteria.add_criterion", "", "添加认定条件", BY_PUBLISHER),
    Row("criterion-edit", "GET POST", "修改认定条件", BY_PUBLISHER, INSIDE),
    Row("criteria.amend_criterion", "", "修改认定条件", BY_PUBLISHER),
    Row("criterion-move", "POST", "调整条件顺序", BY_PUBLISHER, INSIDE),
    Row("criteria.move_criterion", "", "调整条件顺序", BY_PUBLISHER),
    Row("criterion-remove", "GET POST", "移除认定条件", BY_PUBLISHER, INSIDE),
    Row("criteria.remove_criterion", "", "移除认定条件", BY_PUBLISHER),
    Row("condition-new", "GET POST", "添加条件", BY_PUBLISHER, INSIDE),
    Row("criteria.add_condition", "", "添加条件", BY_PUBLISHER),
    Row("condition-edit", "GET POST", "修改条件", BY_PUBLISHER, INSIDE),
    Row("criteria.amend_condition", "", "修改条件", BY_PUBLISHER),
    Row("condition-move", "POST", "调整条件的先后", BY_PUBLISHER, INSIDE),
    Row("criteria.move_condition", "", "调整条件的先后", BY_PUBLISHER),
    Row("condition-remove", "GET POST", "移除条件", BY_PUBLISHER, INSIDE),
    Row("criteria.remove_condition", "", "移除条件", BY_PUBLISHER),
    Row("criterion-rules", "GET POST", "设定条件组和优先评定", BY_PUBLISHER, INSIDE),
    Row("criteria.set_criterion_rules", "", "设定条件组和优先评定", BY_PUBLISHER),
    Row("criteria-import", "GET POST", "导入标准文件", BY_PUBLISHER, DESK),
    Row("criteria.import_criteria_set", "", "导入标准草稿", ((PUBLISHERS, IN_FORCE),)),
    Row("criteria-export", "GET", "导出已发布的标准", LAW),
    Row("criteria-export:draft", "GET", "导出标准草稿", INSIDE),
    Row("criteria-compare", "GET", "比较已发布的标准", LAW),
    Row("criteria-compare:draft", "GET", "比较标准草稿", INSIDE),
    Row("criteria-check", "GET", "检查标准草稿", INSIDE),
    Row("public-criteria-export", "GET", "导出公布的标准", EVERYBODY),
    Row("public-criteria-compare", "GET", "比较公布的标准", EVERYBODY),
)
# fmt: on
