"""Tables of the subsidies app."""

from __future__ import annotations

# How a clause pays or helps; the documents' own words stand in each clause.
CLAUSE_KINDS: dict[str, str] = {
    "lump": "定额奖励",
    "range": "区间奖励",
    "ratio": "按比例补助",
    "per_head": "按人数补助",
    "per_day": "按天数补助",
    "annual": "按年补助",
    "match": "配套资金",
    "land": "用地保障",
    "waiver": "费用减免",
    "fund": "专项资金",
    "subsidy": "补贴支持",
    "honor": "荣誉激励",
    "risk_share": "风险分担",
    "case": "一事一议",
    "gate": "门槛要求",
    "target": "目标任务",
}
CLAUSE_KIND_CHOICES = list(CLAUSE_KINDS.items())
VALIDITY_CHOICES = [("valid", "有效"), ("expired", "已过期"), ("unstated", "有效期未载明")]
VALIDITY_TONES = {"有效": "success", "已过期": "neutral", "有效期未载明": "info"}
