"""System checks of the document engine. Importing this module registers them.

Without the library that cuts fonts nothing starts but the commands that need no check. Without
fonts the site can still be set up and repaired, so every command only says so; the deployment
check and a worker, which would have to make documents, refuse.
"""

import ctypes
from typing import Any, Final

from django.core.checks import CheckMessage, Error, Info, Warning, register

from portal.core.documents import fonts

TAG: Final = "documents"
HARFBUZZ_SUBSET_NAMES = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")
HOW_TO_INSTALL: Final = "运行 python manage.py install_fonts"


def harfbuzz_subset_loads() -> bool:
    """WeasyPrint cuts fonts with this library; without it a notice takes about ten times longer."""
    for name in HARFBUZZ_SUBSET_NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def faces_found() -> str:
    """Every face of every stack in words, licensed ones marked."""
    return "；".join(
        f"{name}：" + "、".join(face.label for face in fonts.stack(role))
        for role, name in fonts.ROLE_NAMES.items()
    )


def _no_fonts(level: type[Error] | type[Warning], number: str) -> CheckMessage:
    return level(
        f"公文字体尚未安装：{fonts.font_dir()} (document fonts are not installed)",
        hint=HOW_TO_INSTALL,
        id=number,
    )


@register(TAG)
def documents_can_be_made(app_configs: Any, **kwargs: object) -> list[CheckMessage]:
    """Fonts are installed and the fast font cutter is there."""
    messages: list[CheckMessage] = []
    if not harfbuzz_subset_loads():
        messages.append(
            Error(
                "未能加载 libharfbuzz-subset，生成公文会慢约十倍 "
                "(libharfbuzz-subset cannot be loaded; documents would take ten times as long)",
                hint="安装系统软件包 libharfbuzz-subset0",
                id="documents.E002",
            )
        )
    if not fonts.installed():
        messages.append(_no_fonts(Warning, "documents.W001"))
    elif waiting := fonts.not_taken_up():
        messages.append(
            Warning(
                f"licensed 目录中的字体有变化，尚未启用：{'、'.join(waiting)} "
                "(licensed fonts have changed since they were set up)",
                hint=HOW_TO_INSTALL,
                id="documents.W003",
            )
        )
    return messages


@register(TAG, deploy=True)
def faces_of_documents(app_configs: Any, **kwargs: object) -> list[CheckMessage]:
    """Name every face that documents will be set in; without fonts a deployment is not ready."""
    if not fonts.installed():
        return [_no_fonts(Error, "documents.E001")]
    return [Info(f"公文字体 {faces_found()}", id="documents.I001")]


def faults() -> list[CheckMessage]:
    """What keeps this process from making documents."""
    found = [*documents_can_be_made(None), *faces_of_documents(None)]
    return [message for message in found if message.is_serious()]
