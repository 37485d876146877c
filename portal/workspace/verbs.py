"""What the ledger's verbs are called. A test holds this table against every action."""

from __future__ import annotations

from reviews.chain import OUTCOMES

VERBS: dict[str, str] = {
    "register_town": "登记专业镇",
    "record_figures": "填报年度数据",
    "add_member": "登记企业",
    "end_membership": "移出企业",
    "set_functions": "更新公共服务功能",
    "open_round": "设立批次",
    "start_application": "开始申报",
    "save_overview": "保存概述",
    "save_answer": "保存陈述",
    "request_relaxation": "申请放宽",
    "attach_evidence": "上传材料",
    "remove_evidence": "移除材料",
    "hand_over": "送提交人",
    "send_back_to_filer": "退回填报",
    "submit_application": "提交申报",
    "withdraw_application": "撤回申报",
    **{f"decide:{row.key}": f"办理：{row.done}" for row in OUTCOMES.values()},
    "ask_units": "征求成员单位意见",
    "give_opinion": "会审意见",
    "assign_experts": "指派专家",
    "save_scores": "暂存评分",
    "submit_scores": "提交评分",
    "convene_meeting": "召集会议",
    "record_meeting": "录入会议结果",
    "publish_notice": "发布公示",
    "draft_document": "拟制公文",
    "revise_document": "修改公文",
    "discard_document": "作废拟稿",
    "issue_document": "印发公文",
    "store_rendition": "生成版式文件",
    "publish_criteria_set": "发布认定标准",
    "load_reference": "载入基础数据",
}
