"""From bytes to data: size, depth, encoding, NaN, huge numbers and repeated keys are refused."""

from __future__ import annotations

import json
from typing import Any

from criteria.exchange.shape import MAX_BYTES, MAX_DEPTH, Problem, shown


class Unreadable(Exception):
    """The file is no JSON that this platform reads; ``str()`` says why, in Chinese."""


def read(raw: bytes) -> tuple[Any, list[Problem]]:
    """The data of a file, or None and the reason why it cannot be read at all."""
    try:
        return _parse(raw), []
    except Unreadable as reason:
        return None, [Problem("", str(reason))]


def _parse(raw: bytes) -> Any:
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"文件超过 {MAX_BYTES // 1000:,} KB，不是一套标准的文件。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("文件不是 UTF-8 编码，请另存为 UTF-8 后再上传。") from None
    if _depth(text) > MAX_DEPTH:
        raise Unreadable(f"文件嵌套超过 {MAX_DEPTH} 层，不是标准文件。")
    try:
        return json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_int=_int,
            parse_float=_no_float,
        )
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON，请检查引号、逗号和括号。"
        ) from None


def _depth(text: str) -> int:
    """How deep brackets are nested outside texts; counted before anything is parsed."""
    depth = deepest = 0
    inside = escaped = False
    for mark in text:
        if escaped:
            escaped = False
        elif inside:
            if mark == "\\":
                escaped = True
            elif mark == '"':
                inside = False
        elif mark == '"':
            inside = True
        elif mark in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "}]":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            near = next((str(v) for k, v in pairs if k in ("clause", "key", "title")), "")
            where = f"（在 {shown(near)} 一处）" if near else ""
            raise Unreadable(f"字段“{shown(key)}”在同一处写了两次{where}。")
        found[key] = value
    return found


def _no_constant(word: str) -> Any:
    raise Unreadable(f"文件中的 {word} 不是数值。")


def _no_float(word: str) -> Any:
    raise Unreadable(f'小数 {shown(word)} 须加引号写成文字，如 "{shown(word)}"。')


def _int(word: str) -> int:
    if len(word) > 17:
        raise Unreadable(f"数值 {shown(word)} 过大。")
    return int(word)
