"""What a browser calls itself, in words a person recognises."""

from __future__ import annotations

SYSTEMS = (
    ("Windows", "Windows 电脑"),
    ("Android", "安卓手机"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Mac OS", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)
BROWSERS = (
    ("Edg/", "Edge 浏览器"),
    ("360SE", "360 浏览器"),
    ("QAXBrowser", "奇安信浏览器"),
    ("Firefox/", "Firefox 浏览器"),
    ("Chrome/", "Chrome 浏览器"),
    ("Safari/", "Safari 浏览器"),
)


def device_of(user_agent: str) -> str:
    """Kind of machine and browser; what is unknown is called so."""
    system = next((label for mark, label in SYSTEMS if mark in user_agent), "未知设备")
    browser = next((label for mark, label in BROWSERS if mark in user_agent), "未知浏览器")
    return f"{system}，{browser}"
