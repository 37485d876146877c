"""Samples of assessments for the style guide."""

from __future__ import annotations

from typing import Any

ASSESSMENT: dict[str, Any] = {
    "headline": "共 2 条：达到 1 条，未达到 1 条。总体：未达到。",
    "tone": "danger",
    "near": ["（三） 企业集聚：配套企业 19家，还差 1家。"],
    "near_note": "与标准相差 5% 以内的标为“接近标准”，是本平台的显示约定，不是文件规定。",
    "to_do": ["（三） 企业集聚：配套企业再增加 1家即达到。"],
    "note": "评定结果只列明数据与标准的对照，是否认定由审定环节决定。",
}


def verdicts() -> list[dict[str, Any]]:
    clause = {
        "text": "（示例条款）主导产业年营业收入原则上达到20亿元以上。",
        "document_title": "示例办法",
        "document_number": "示政办发〔2022〕00号",
        "clause_number": "第四条第（二）项",
        "url": "#clause",
    }
    return [
        {
            "number": "（一）",
            "title": "主导产业突出",
            "word": "达到",
            "tone": "success",
            "near": False,
            "reason": "主导产业营业收入超出 3.41亿元。",
            "figures": [
                {
                    "label": "主导产业营业收入",
                    "text": "23.41亿元",
                    "threshold": "原则上不低于 20亿元",
                    "distance": "超出 3.41亿元",
                    "source": "演示数据",
                    "word": "达到",
                    "tone": "success",
                }
            ],
            "clause": clause,
        },
        {
            "number": "（二）",
            "title": "经济规模",
            "word": "可申请放宽",
            "tone": "warning",
            "reason": "主导产业营业收入还差 13.8亿元。",
            "figures": [
                {
                    "label": "主导产业营业收入",
                    "text": "6.2亿元",
                    "threshold": "原则上不低于 20亿元",
                    "distance": "还差 13.8亿元",
                    "word": "可申请放宽",
                    "tone": "warning",
                }
            ],
            "sentences": ["未达到标准，可说明理由申请放宽。放宽下限：1亿元；由谁决定：未载明。"],
            "changes": ["主导产业营业收入再增加 13.8亿元即达到。"],
            "clause": clause,
        },
        {
            "number": "（三）",
            "title": "企业集聚",
            "word": "未达到",
            "tone": "danger",
            "near": True,
            "reason": "配套企业还差 1家。",
            "figures": [
                {
                    "label": "配套企业",
                    "text": "19家",
                    "threshold": "不低于 20家",
                    "distance": "还差 1家",
                    "near": True,
                    "word": "未达到",
                    "tone": "danger",
                }
            ],
        },
        {"number": "（四）", "title": "创新能力", "word": "需研判", "tone": "info"},
        {
            "number": "（五）",
            "title": "带动就业",
            "word": "缺少数据",
            "tone": "neutral",
            "reason": "尚未填报 2025 年从业人员数。",
        },
    ]
