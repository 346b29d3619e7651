"""
Masks: personal data give way to a name of their kind in brackets, such as [전화번호].

They find what is written in the usual ways, in ASCII digits; full-width ones are made so before,
by `characters: plain`. Names and addresses are not looked for, and nothing here is a promise that a
text is anonymous. Each mask is `text -> (text, number of characters masked)`; all take linear time.
"""

import re
import string
from collections.abc import Callable, Collection, Iterator
from datetime import date

from preprocess.losses import Step

Match = re.Match[str]

# No mask begins or ends inside a longer number, dotted or hyphenated.
_START, _END = r"(?<![0-9])(?<![0-9][-.])", r"(?![0-9])(?![-.][0-9])"
# What any of the numbers lies within: found fast, where the patterns themselves are slow.
_STRETCH_RE = re.compile("[0-9+(][-0-9+(). \u2010-\u2015\u2212]{6,}")
_HYPHEN = "[-\u2010-\u2015\u2212]"
_SEPARATOR = "(?: ?[-\u2010-\u2015\u2212.] ?| )"

_RESIDENT_RE = re.compile(rf"{_START}([0-9]{{6}})( ?{_HYPHEN} ?| ?)([0-9]{{7}}){_END}")
_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
# By the tail's first digit: 1 to 4 are men and women of Korean nationality, 5 to 8 of another.
_CENTURIES = (1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800)
_LAST_BIRTH_YEAR = 2049  # a fixed bound: no stage asks what year it is
_RANDOM_TAILS_FROM = date(2020, 10, 1)

_AREA = "2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|50[2-8]"  # 070, 080 and 050x are of no area
_COMPANY = (  # nation-wide numbers; not all of 15xx to 18xx, which are years too
    "15(?:22|33|44|51|66|77|88|99)|16(?:00|11|18|33|44|60|61|66|68|70|88)"
    "|18(?:00|11|33|55|66|77|78|99)"
)
_LAST_YEAR = 2100  # 1588-1600 is a span of years
_PHONE_RE = re.compile(
    rf"(?:(?<![A-Za-z_]){_START}01[016-9][0-9]{{7,8}}(?![A-Za-z_])"
    rf"|(?:\(|{_START})01[016-9]\)?"
    rf"(?:{_SEPARATOR}[0-9]{{3,4}}{_SEPARATOR}?|[0-9]{{3,4}}{_SEPARATOR})[0-9]{{4}}"
    rf"|(?:\(|{_START})0(?:{_AREA})(?:\) ?|{_SEPARATOR})[0-9]{{3,4}}{_SEPARATOR}[0-9]{{4}}"
    rf"|(?:\+82{_SEPARATOR}?|{_START}82-)(?:\(0\)|0)?(?:1[016-9]|{_AREA}){_SEPARATOR}?"
    rf"[0-9]{{3,4}}{_SEPARATOR}?[0-9]{{4}}"
    rf"|{_START}(?P<company>{_COMPANY})-(?P<line>[0-9]{{4}})"
    rf"){_END}"
)

_CARD_RE = re.compile(
    rf"{_START}(?:[0-9]{{13,19}}"
    r"|[0-9]{4}(?P<a>[- ])[0-9]{4}(?P=a)[0-9]{4}(?P=a)[0-9]{4}(?:(?P=a)[0-9]{3})?"
    r"|[0-9]{4}(?P<b>[- ])[0-9]{6}(?P=b)[0-9]{4,5}"
    rf"|[0-9]{{4}}(?P<c>[- ])[0-9]{{3}}(?P=c)[0-9]{{3}}(?P=c)[0-9]{{3}}){_END}"
)
# Issuers by first digits and length: Visa; American Express; Diners Club; JCB; Mastercard twice;
# Discover and UnionPay; cards for Korea only.
_ISSUER_RE = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|3[47]\d{13}|3(?:0[0-5]|09|[689]\d)\d{11}|35\d{14,17}"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|6(?:0|2|4|5)\d{14,17}|9\d{15}"
)
_DOUBLED = str.maketrans("0123456789", "0246813579")  # the digit sum of twice the digit

_DOMAIN_RE = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z])")
_LOCAL_CHARACTERS = string.ascii_letters + string.digits + "._%+-"
_LOCAL_SIZE = 64  # characters before the @, at most (RFC 5321, section 4.5.3.1.1)


def mask_steps(kinds: Collection[str]) -> list[tuple[str, Step]]:
    """
    Return the masks of the kinds asked for, in one order, by the reason they are counted under.

        >>> [reason for reason, _ in mask_steps(["phone", "email"])]
        ['mask_email', 'mask_phone']

    Raises:
        ValueError: a kind that there is not.
    """
    unknown = sorted(set(kinds) - MASKS.keys())
    if unknown:
        raise ValueError(f"clean.mask has {unknown[0]!r}; there are {', '.join(sorted(MASKS))}")
    return [(f"mask_{kind.replace('-', '_')}", MASKS[kind]) for kind in MASKS if kind in kinds]


def emails(text: str) -> tuple[str, int]:
    """
    Mask e-mail addresses in ASCII, and what has their form, such as git@example.com:project.

        >>> emails("문의: hong.gildong+song@mail.example.co.kr로")
        ('문의: [이메일]로', 36)
    """
    parts, end, count = [], 0, 0
    for found in _DOMAIN_RE.finditer(text):
        before = text[max(end, found.start() - _LOCAL_SIZE) : found.start()]
        local = before[len(before.rstrip(_LOCAL_CHARACTERS)) :]
        if any(map(str.isalnum, local)):
            start = found.start() - len(local)
            parts += [text[end:start], "[이메일]"]
            end = found.end()
            count += end - start
    return "".join([*parts, text[end:]]), count


def resident_numbers(text: str) -> tuple[str, int]:
    """
    Mask 주민등록번호: six digits of a birth date, then seven of which the first is the century.

    With a hyphen it is masked when the date is one: numbers given since October 2020 have random
    tails, whenever the holder was born. Without, so that not every number of 13 digits goes, the
    check digit must fit too (of another nationality, theirs), or the holder be born since then and
    no space part the two. Left: barcodes such as 8801234567893, ISBNs, most times in milliseconds.

        >>> resident_numbers("850505-2345674, 850505-2345670, 8505052345674, 8505052345670")
        ('[주민등록번호], [주민등록번호], [주민등록번호], 8505052345670', 41)
    """
    return _masked(text, _RESIDENT_RE, _is_resident_number, "[주민등록번호]")


def cards(text: str) -> tuple[str, int]:
    """
    Mask card numbers: 13 to 19 digits, in their groups or in one, of an issuer's first digits.

    The last digit must fit (Luhn). One number of 13 digits in ten that begins with 4, such as
    barcodes of Germany and Japan, passes for an old Visa.

        >>> cards("4111-1111-1111-1111, 4111-1111-1111-1112")
        ('[카드번호], 4111-1111-1111-1112', 19)
    """
    return _masked(text, _CARD_RE, _is_card, "[카드번호]")


def phones(text: str) -> tuple[str, int]:
    """
    Mask Korean phone numbers: mobile, of an area, of a company (1588-1234), with +82 or without.

    A mobile number may be written in one, the others are parted by hyphens, dots or spaces. Left:
    spans of years (1592-1598, 1600-1650), and so the company's numbers that look like one. Three
    numbers that look like an area's, such as "02 2023 2024", are masked.

        >>> phones("010-1234-5678, 02)123-4567, +82 10 1234 5678, 1588-1234, 1800-1850")
        ('[전화번호], [전화번호], [전화번호], [전화번호], 1800-1850', 49)
    """
    return _masked(text, _PHONE_RE, _is_phone, "[전화번호]")


# In this order: an address may hold a phone number, and a card number the digits of another.
MASKS: dict[str, Step] = {
    "email": emails,
    "resident-number": resident_numbers,
    "card": cards,
    "phone": phones,
}


def _masked(
    text: str, pattern: re.Pattern[str], is_real: Callable[[Match], bool], name: str
) -> tuple[str, int]:
    """Put a name in place of what is found and real."""
    parts, end, count = [], 0, 0
    for found in _numbers(text, pattern, is_real):
        parts += [text[end : found.start()], name]
        end = found.end()
        count += found.end() - found.start()
    return "".join([*parts, text[end:]]), count


def _numbers(
    text: str, pattern: re.Pattern[str], is_real: Callable[[Match], bool]
) -> Iterator[Match]:
    """Yield what is found and real; what isn't real may hold a number that begins later."""
    for stretch in _STRETCH_RE.finditer(text):
        place, end = stretch.start(), stretch.end() + 1  # a pattern looks one character ahead
        while (found := pattern.search(text, place, end)) is not None:
            real = is_real(found)
            place = found.end() if real else found.start() + 1
            if real:
                yield found


def _is_resident_number(found: Match) -> bool:
    birth, separator, tail = found.groups()
    century = int(tail[0])
    try:
        born = date(_CENTURIES[century] + int(birth[:2]), int(birth[2:4]), int(birth[4:]))
    except ValueError:
        return False
    if born.year > _LAST_BIRTH_YEAR:
        return False
    if separator.strip():
        return True
    return born.year >= 1900 and (
        _check_digit(birth + tail) == int(tail[-1])
        or (not separator and born >= _RANDOM_TAILS_FROM)
    )


def _check_digit(number: str) -> int:
    """Return what the last of 13 digits must be; those of another nationality count two more."""
    pairs = zip(_RESIDENT_WEIGHTS, number, strict=False)
    remainder = sum(weight * int(digit) for weight, digit in pairs) % 11
    return (11 - remainder + (2 if number[6] in "5678" else 0)) % 10


def _is_card(found: Match) -> bool:
    digits = found[0].replace("-", "").replace(" ", "")
    if not _ISSUER_RE.fullmatch(digits):
        return False
    added = digits[-1::-2] + digits[-2::-2].translate(_DOUBLED)
    return (sum(added.encode()) - ord("0") * len(added)) % 10 == 0


def _is_phone(found: Match) -> bool:
    if found["company"] is None:
        return True
    return not int(found["company"]) <= int(found["line"]) <= _LAST_YEAR
