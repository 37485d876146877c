"""Rows of the access matrix: 标准模拟、梯次培育."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_PUBLISHER, DESK, INSIDE, TOWN, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("criteria-simulate", "GET POST", "模拟标准", BY_PUBLISHER, INSIDE),
    Row("simulations", "GET", "标准模拟列表", DESK),
    Row("simulation", "GET", "查看模拟结果", INSIDE),
    Row("simulation-rows", "GET", "模拟结果逐个列表", DESK),
    Row("towns.start_simulation", "", "模拟标准", BY_PUBLISHER),
    Row("town-gap", "GET", "各级标准对照（梯次培育）", TOWN),
    Row("gaps", "GET", "梯次培育列表", DESK),
)
# fmt: on
