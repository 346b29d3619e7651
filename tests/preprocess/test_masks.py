"""Personal data go, by kind; what only looks like them stays."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preprocess.masks import MASKS, cards, emails, mask_steps, phones, resident_numbers


def masked(text, kinds=MASKS):
    for _, step in mask_steps(kinds):
        text, _ = step(text)
    return text


@pytest.mark.parametrize(
    "number",
    [
        "900101-1234568",  # the check digit fits
        "9001011234568",
        "900101 1234568",
        "900101 - 1234568",
        "900101–1234568",
        "900101-1234560",  # a random tail, in the usual form
        "201015-3123450",
        "201015-4999999",
        "2010153123450",  # born since tails are random
        "850505-5123451",  # of another nationality
        "850505-9123451",  # born in 1885
        "040229-3000000",  # 2004 had a 29 February
    ],
)
def test_fault_30_resident_numbers_are_masked(number):
    assert resident_numbers(f"번호{number}이다") == ("번호[주민등록번호]이다", len(number))


def test_fault_30_the_check_digit_of_another_nationality():
    """Two more than that of a Korean number of the same digits, modulo 10."""
    matches = [d for d in range(10) if resident_numbers(f"850505523456{d}")[1]]
    assert len(matches) == 1
    assert (matches[0] - 2) % 10 == (11 - (8 * 2 + 5 * 3 + 5 * 5 + 5 * 7 + 5 * 8 + 2 * 9
                                           + 3 * 2 + 4 * 3 + 5 * 4 + 6 * 5) % 11) % 10  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234",
        "901301-1234568",  # no month 13
        "900230-1234568",  # no 30 February
        "030229-3000000",  # nor 29 February 2003
        "9001011234560",  # the check digit doesn't fit
        "900101 1234560",
        "201015 3123450",
        "880101-3123456",  # born in 2088
        "8801234567893",  # a barcode of Korea
        "1900101-1234568",
        "900101-12345689",
        "3.900101-1234568",
        "978-89-123-4567-8, 9788912345678",
        "1609459200000, 1700000000123",  # milliseconds
        "2020-10-15 3123450",
    ],
)
def test_fault_30_other_numbers_are_no_resident_numbers(text):
    assert resident_numbers(text) == (text, 0)


@pytest.mark.parametrize(
    "number",
    [
        "010-1234-5678",
        "01012345678",
        "010.1234.5678",
        "010 1234 5678",
        "010 - 1234 - 5678",
        "010-12345678",
        "0101234-5678",
        "(010)1234-5678",
        "(010) 1234-5678",
        "010) 1234-5678",
        "011-123-4567",
        "0191234567",
        "02-123-4567",
        "02-1234-5678",
        "02)123-4567",
        "(02) 123-4567",
        "(031)123.4567",
        "031 123 4567",
        "064-1234-5678",
        "070-1234-5678",
        "080-123-4567",
        "0505-123-4567",
        "+82 10-1234-5678",
        "+821012345678",
        "+82-2-123-4567",
        "+82 (0)10 1234 5678",
        "82-10-1234-5678",
        "1588-1234",
        "1544–0000".replace("–", "-"),
        "1899-9999",
    ],
)
def test_fault_30_phone_numbers_are_masked(number):
    assert phones(f"전화:{number}로") == ("전화:[전화번호]로", len(number))


@pytest.mark.parametrize(
    "text",
    [
        "2010-12-34, 2024-01-15, 2024.01.15, 20240115",
        "1592-1598, 1588-1600, 1800-1850, 1636-1637",
        "1234-5678, 1234-1588-1234-5678, 15881234, 1511-1234",
        "0.01012345678, 3.02-123-4567, 02-123-4567-8",
        "가격 1,588,123원, 10,123,456,789",
        "v1.02.1234.5678, 192.168.010.123, 010-123",
        "x01012345678ab, 101012345678, 010123456789",
        "ISBN 978-02-123-4567-8",
        "제02-12345호",
    ],
)
def test_fault_30_other_numbers_are_no_phone_numbers(text):
    assert phones(text) == (text, 0)


@pytest.mark.parametrize(
    "address",
    [
        "hong@example.com",
        "h.g+song_1%2-x@mail.example.co.kr",
        "01012345678@example.com",
        "a@b.museum",
        f"{'a' * 64}@example.com",
    ],
)
def test_fault_30_addresses_are_masked(address):
    assert emails(f"메일{address}로.") == ("메일[이메일]로.", len(address))
    assert masked(f"<{address}>") == "<[이메일]>"


@pytest.mark.parametrize(
    "text",
    [
        "@hong",
        "a@b",
        "a@b.c",
        "a @b.com",
        "a@-",
        "...@b.com",
        "홍@b.com",
        "a@@",
        "값@3.5",
        "a@1.2.3",
    ],
)
def test_fault_30_other_signs_are_no_addresses(text):
    assert emails(text) == (text, 0)


@pytest.mark.parametrize(
    "number",
    [
        "4111-1111-1111-1111",
        "4111 1111 1111 1111",
        "4111111111111111",
        "5555-5555-5555-4444",
        "2223003122003222",
        "3782-822463-10005",
        "378282246310005",
        "3056 930902 5904",
        "3530111333300000",
        "6011 1111 1111 1117",
        "6200000000000005",
        "4222222222222",
        "4000000000000000006",
    ],
)
def test_fault_30_cards_are_masked(number):
    assert cards(f"카드 {number}번, 1234 {number}") == (
        "카드 [카드번호]번, 1234 [카드번호]",
        2 * len(number),
    )


@pytest.mark.parametrize(
    "text",
    [
        "4111-1111-1111-1112",  # Luhn
        "1111-1111-1111-1117, 0000 0000 0000 0000",  # no issuer
        "4111-1111 1111-1111",
        "41111111111111111111, 4111-1111-1111-1111-1",
        "9788912345670",
        "2022010112345678",
        "3.4111111111111111",
        "4,111,111,111,111,111",
    ],
)
def test_fault_30_other_numbers_are_no_cards(text):
    assert cards(text) == (text, 0)


def test_numbers_at_the_ends_of_a_text_and_among_letters():
    for text in (
        "010-1234-5678",
        "가010-1234-5678",
        "010-1234-5678가",
        "((010-1234-5678..",
        "T.02-123-4567T",
    ):
        assert "[전화번호]" in phones(text)[0], text
    assert phones("x01012345678") == ("x01012345678", 0)
    assert phones("01012345678x") == ("01012345678x", 0)


def test_a_mask_does_not_eat_what_another_is_for():
    text = "4111-1111-1111-1111 010-1234-5678 900101-1234568 a1588-1234@example.com 02-123-4567"
    expected = "[카드번호] [전화번호] [주민등록번호] [이메일] [전화번호]"
    assert masked(text) == expected
    assert masked(text, ["phone"]) == (
        "4111-1111-1111-1111 [전화번호] 900101-1234568 a[전화번호]@example.com [전화번호]"
    )
    assert masked(text, []) == text


PIECES = st.lists(
    st.sampled_from(
        ["010-1234-5678", "01012345678", "900101-1234568", "9001011234568", "a.b@c.com", "@", ".",
         "-", " ", "+82", "02-", "4111-1111-1111-1111", "4111111111111111", "1588-1234", "0", "7",
         "가", "x", "(", ")", "\n"]
    ),
    max_size=7,
).map("".join)  # fmt: skip


@given(PIECES | st.text("0123456789-. @a", max_size=40))
@example("a" * 60 + "010-1234-5678bbb@x.com")
@example("a@b.com1588-1234")
@example("010-1234-5678+82010-1234-5678")
def test_masking_twice_is_masking_once(text):
    once = masked(text)
    assert masked(once) == once


@given(PIECES)
def test_counts_are_the_characters_that_went(text):
    for kind, step in MASKS.items():
        result, count = step(text)
        name = {"email": 5, "resident-number": 8, "card": 6, "phone": 6}[kind]
        masks = result.count("[")
        assert len(result) == len(text) - count + name * masks
        assert (count > 0) == (masks > 0)


@pytest.mark.parametrize(
    "unit",
    ["0", "4111 ", "4444-", "010-", "0 ", ".", "-", "@", "a@", "a@a.aa", "@a.a.a.a.a.", "a",
     "010 1234 ", "900101 1234567 ", "+82", "(02)"],
)  # fmt: skip
def test_fault_30_a_line_of_1_mb_takes_less_than_a_second(unit):
    text = (unit * 1_000_000)[:1_000_000]
    for step in MASKS.values():
        start = time.process_time()
        step(text)
        assert time.process_time() - start < 1
