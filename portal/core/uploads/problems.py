"""Why a file stays out, in the words people read: the file, the reason, what to do."""

from __future__ import annotations

from django.core.exceptions import ValidationError

SENTENCES: dict[str, str] = {
    "format": "“{name}”不是可上传的格式。{advice}",
    "empty": "“{name}”是空文件。请检查后重新选择。",
    "too_large": "“{name}”超过 {limit}。请压缩或拆分后重新上传。",
    "content": "“{name}”的内容不是 {extension} 文件{what}。请用原软件另存为该格式后再上传。",
    "other": "“{name}”的内容不是 {extension} 文件，实际是{what}。{advice}",
    "broken": "“{name}”不是有效的 {extension} 文件，可能没有传完或已经损坏。"
    "请用原软件重新保存后再上传。",
    "truncated": "“{name}”不完整，缺少结尾。请重新取得完整的文件后再上传。",
    "polyglot": "“{name}”中夹带了{what}。请用原软件重新导出，只保留文件本身后再上传。",
    "header": "“{name}”的开头有不属于 PDF 的内容。请用原软件重新导出 PDF 后再上传。",
    "lying": "“{name}”的内部结构含有{what}，不能确认内容。请用原软件重新保存后再上传。",
    "bomb": "“{name}”{why}，可能损害系统。请用原软件重新保存，去掉多余内容后再上传。",
    "nested": "“{name}”中嵌有压缩包。请取出其中的文件，逐份上传。",
    "traversal": "“{name}”内部含有不安全的文件路径。请用原软件重新保存后再上传。",
    "encrypted": "“{name}”设有密码或权限保护，无法检查和预览。请取消保护、另存后再上传。",
    "macro": "“{name}”含有宏。请另存为不含宏的文件或转换为 PDF 后再上传。",
    "activex": "“{name}”含有 ActiveX 控件。请删除控件或转换为 PDF 后再上传。",
    "program": "“{name}”中嵌有程序或对象包（{what}）。请删除后另存，或转换为 PDF 后再上传。",
    "template": "“{name}”引用了网络上的模板，打开时会自动下载。"
    "请另存到新文档或转换为 PDF 后再上传。",
    "object": "“{name}”链接了网络上的对象，打开时会自动下载。请断开链接或转换为 PDF 后再上传。",
    "dde": "“{name}”含有动态数据交换（DDE）指令，可能运行其他程序。请删除该指令后再上传。",
    "doctype": "“{name}”内部含有不允许的 XML 声明。请用原软件重新保存后再上传。",
    "launch": "“{name}”含有启动其他程序的动作。请重新打印为 PDF 后再上传。",
    "pdf_broken": "“{name}”无法打开，不是有效的 PDF 文件或已经损坏。请重新导出后再上传。",
    "unreadable": "“{name}”使用了无法检查的编码。请重新打印为 PDF 后再上传。",
    "pages": "“{name}”页数过多。请拆分后再上传。",
    "pixels": "“{name}”的图片尺寸过大。请缩小到 8000 万像素以内后再上传。",
    "image_broken": "“{name}”不是完整的图片，可能没有传完或已经损坏。请重新扫描或保存后再上传。",
    "timeout": "“{name}”检查超时，内容过于复杂。请拆分、简化或重新打印为 PDF 后再上传。",
    "infected": "“{name}”被查出病毒（{what}），没有保存。请用杀毒软件检查本机后，换用干净的文件。",
}


def unfit(key: str, **details: str) -> ValidationError:
    """The complaint about a file; ``code`` is the key."""
    return ValidationError(SENTENCES[key].format_map(details), code=key)
