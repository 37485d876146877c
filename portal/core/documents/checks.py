"""System checks of the document engine. Importing this module registers them."""

import ctypes
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from portal.core.documents import fonts

HARFBUZZ_SUBSET_NAMES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")


def harfbuzz_subset_loads() -> bool:
    """WeasyPrint cuts fonts with this library; without it a notice takes about ten times longer."""
    for name in HARFBUZZ_SUBSET_NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


@register()
def documents_can_be_made(app_configs: Any, **kwargs: object) -> list[CheckMessage]:
    """Fonts are installed and the fast font cutter is there."""
    messages: list[CheckMessage] = []
    if not fonts.installed():
        messages.append(
            Warning(
                f"公文字体尚未安装:{fonts.font_dir()} (document fonts are not installed)",
                hint="运行 python manage.py install_fonts",
                id="documents.W001",
            )
        )
    if not harfbuzz_subset_loads():
        messages.append(
            Warning(
                "未能加载 libharfbuzz-subset,生成公文会慢约十倍 "
                "(libharfbuzz-subset cannot be loaded; notices will be about ten times slower)",
                hint="安装系统软件包 libharfbuzz-subset0",
                id="documents.W002",
            )
        )
    return messages
