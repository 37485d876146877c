"""What a mail server answered, in words that everybody of an office may read: without addresses."""

from __future__ import annotations

import re
import smtplib

LONGEST = 300
HIDDEN = "（地址略）"
# Anything around an at-sign, plain, full-width or escaped as servers do in what they quote.
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:，；：]*(?:@|＠|%40|=40)[^\s<>()\[\]\"',;:，；：]*")

# The first that fits; the answer of the server follows where there is one.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPRecipientsRefused, "邮件服务器不接收这个收件地址"),
    (smtplib.SMTPSenderRefused, "邮件服务器不接受平台的发件地址"),
    (smtplib.SMTPAuthenticationError, "平台登录邮件服务器没有成功"),
    (smtplib.SMTPConnectError, "邮件服务器拒绝连接"),
    (smtplib.SMTPResponseException, "邮件服务器没有接受邮件"),
    (smtplib.SMTPServerDisconnected, "与邮件服务器的连接中断"),
    (smtplib.SMTPException, "邮件服务器没有接受邮件"),
    (TimeoutError, "邮件服务器超过时限没有答复"),
    (OSError, "没有连接上邮件服务器"),
)


def words_of(error: Exception, address: str = "") -> str:
    """Chinese words first, then the code and the text of the server without any address."""
    found = next((words for kind, words in _WORDS if isinstance(error, kind)), "")
    if not found:
        return f"邮件没有能够生成或者交出（{type(error).__name__}），请联系系统管理员"
    code, said = _answer(error)
    answered = isinstance(error, smtplib.SMTPException)
    text = _without_address(said, address if answered else "")
    return f"{found}{f'（{code}）' if code else ''}{f'：{text}' if text else ''}"[:LONGEST]


def _answer(error: Exception) -> tuple[int | None, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()), (None, b""))
        return code, _plain(said)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _plain(error.smtp_error)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return error.errno, error.strerror or ""
    return None, str(error)


def _plain(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def _without_address(text: str, address: str) -> str:
    text = _ADDRESS.sub(HIDDEN, text.replace(address, HIDDEN) if address else text)
    for part in address.split("@"):
        if part:
            whole = rf"(?<![\w-]){re.escape(part)}(?![\w-])"
            text = re.sub(whole, HIDDEN, text, flags=re.IGNORECASE | re.ASCII)
    return " ".join(text.split())
