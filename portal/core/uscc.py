"""Unified social credit codes (统一社会信用代码), GB 32100-2015.

Eighteen characters: registration authority (1), kind of body (1), region of registration
(6 digits), organisation code (9) and a check character (ISO 7064 MOD 31-3 over the first 17).
The organisation code's own check character (GB 11714) is not enforced: codes that were issued
before 2015 exist in which it does not hold.
"""

import unicodedata
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
REGION = slice(2, 8)
_ALLOWED = frozenset(ALPHABET)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(LENGTH - 1))


def check_digit(first17: str) -> str:
    """The 18th character for the first seventeen, which must already be normalised."""
    if len(first17) != LENGTH - 1:
        raise ValueError(f"计算校验位需要前17位，现有{len(first17)}位，请补全后重试。")
    _refuse_illegal_characters(first17)
    total = sum(map(mul, map(_VALUES.__getitem__, first17), _WEIGHTS))
    return ALPHABET[-total % 31]


def normalise(code: str) -> str:
    """Full-width and lower-case forms folded to the printed form, blanks removed."""
    folded = code if code.isascii() else unicodedata.normalize("NFKC", code)
    return "".join(folded.split()).upper()


def validate(code: str) -> str:
    """The normalised code, or a ValueError whose sentence says what is wrong and what to do."""
    normalised = normalise(code)
    if not normalised:
        raise ValueError("统一社会信用代码没有填写，请按营业执照填写18位代码。")
    if len(normalised) != LENGTH:
        raise ValueError(
            f"统一社会信用代码应为18位，现为{len(normalised)}位，请对照营业执照补全或删去多余字符。"
        )
    _refuse_illegal_characters(normalised)
    region = normalised[REGION]
    for position, character in enumerate(region if not region.isdigit() else "", REGION.start + 1):
        if not character.isdigit():
            raise ValueError(
                f"统一社会信用代码第{position}位“{character}”应为数字"
                "（第3至8位是登记机关行政区划码），请对照营业执照更正。"
            )
    if normalised[-1] != check_digit(normalised[:-1]):
        raise ValueError(
            f"统一社会信用代码“{normalised}”的校验位不符，可能有一位写错或两位写反，"
            "请对照营业执照逐位核对后重新填写。"
        )
    return normalised


def _refuse_illegal_characters(text: str) -> None:
    if _ALLOWED.issuperset(text):
        return
    for position, character in enumerate(text, start=1):
        if character in _VALUES:
            continue
        hint = "代码不使用字母I、O、S、V、Z" if character in "IOSVZ" else "只能是数字和大写字母"
        raise ValueError(
            f"统一社会信用代码第{position}位“{character}”不是允许的字符（{hint}），"
            "请对照营业执照更正。"
        )
