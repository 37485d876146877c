"""GB 32100-2015: published codes pass, every single slip is caught and named."""

import pytest

from portal.core.uscc import ALPHABET, check_digit, normalise, validate

# Codes that their holders publish (licence pages and annual reports), plus the standard's example.
PUBLISHED = [
    "91350100M000100Y43",
    "9144030071526726XG",
    "914403001922038216",
    "91330100799655058B",
    "91110000802100433B",
]


@pytest.mark.parametrize("code", PUBLISHED)
def test_validate_accepts_published_codes(code: str) -> None:
    assert validate(code) == code


@pytest.mark.parametrize("code", PUBLISHED)
def test_check_digit_is_the_eighteenth_character(code: str) -> None:
    assert check_digit(code[:17]) == code[17]


@pytest.mark.parametrize("code", PUBLISHED)
def test_validate_refuses_every_single_substitution(code: str) -> None:
    for position, original in enumerate(code):
        for replacement in ALPHABET:
            if replacement == original:
                continue
            with pytest.raises(ValueError, match="请对照营业执照"):
                validate(code[:position] + replacement + code[position + 1 :])


@pytest.mark.parametrize("code", PUBLISHED)
def test_validate_refuses_every_swap_of_unequal_neighbours(code: str) -> None:
    for i in range(17):
        if code[i] == code[i + 1]:
            continue
        with pytest.raises(ValueError, match="请对照营业执照"):
            validate(code[:i] + code[i + 1] + code[i] + code[i + 2 :])


@pytest.mark.parametrize(
    "typed",
    ["91350100m000100y43", "91350100M000100Y43", " 9135 0100M000100Y43 "],
)
def test_validate_normalises_case_width_and_blanks(typed: str) -> None:
    assert validate(typed) == "91350100M000100Y43"
    assert normalise(typed) == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "没有填写"),
        ("   ", "没有填写"),
        ("91350100M000100Y4", "应为18位，现为17位"),
        ("91350100M000100Y433", "应为18位，现为19位"),
        ("91350100I000100Y43", "第9位“I”不是允许的字符（代码不使用字母I、O、S、V、Z）"),
        ("91350100M000100Y-3", "第17位“-”不是允许的字符（只能是数字和大写字母）"),
        ("9135A100M000100Y43", "第5位“A”应为数字"),
        ("91350100M000100Y44", "校验位不符"),
    ],
)
def test_validate_says_what_is_wrong(typed: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        validate(typed)
    assert message in str(caught.value)
    assert "请" in str(caught.value)


@pytest.mark.parametrize("first", ["", "91350100M000100Y", "91350100M000100Y43"])
def test_check_digit_refuses_another_length(first: str) -> None:
    with pytest.raises(ValueError, match="前17位"):
        check_digit(first)


def test_check_digit_refuses_an_illegal_character() -> None:
    with pytest.raises(ValueError, match="第1位“O”不是允许的字符"):
        check_digit("O1350100M000100Y4")
