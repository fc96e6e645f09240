"""Other people's data: e-mail addresses, payment cards and bank accounts that nobody gave the employee.

Cards by the Luhn checksum (ISO/IEC 7812-1) and the known prefixes and lengths, accounts by ISO 13616 (mod 97). Numbers
that schemes publish for tests, and addresses that are reserved for examples (RFC 2606, RFC 6761), are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.prose import word_set

_MAIL = re.compile(
    r"(?<![\w.+/@:-])([A-Za-z0-9][\w.+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@-])(?!:[\w~/])"
)
_EXAMPLE_DOMAIN = re.compile(
    r"(?:^|\.)(?:example(?:\.[a-z]{2,3})?|test|invalid|localhost|local|internal|lan|"
    r"(?:your|my|our|some|the|acme|foo|bar|test|domain|email|mail|company|firma|beispiel|exemple|ejemplo|mysite|"
    r"site|website|"
    r"yourdomain|mydomain|yourcompany|mycompany|acmecorp|contoso|fabrikam|meinefirma|domaine|dominio|empresa|"
    r"entreprise|"
    r"provider|server|host|somewhere|anywhere|xyz|abc)(?:-?(?:corp|company|domain|site|firma))?\.(?:com|org|net|"
    r"de|fr|es|ru|cn|io|co|tld|local))$",
    re.IGNORECASE,
)
_EXAMPLE_NAME = re.compile(
    r"^(?:user\w*|username|you|your[._-]?\w*|name|first\.?last|firstname\.lastname|vorname\.nachname|prenom\.nom|"
    r"someone|somebody|"
    r"foo\w*|bar|test\w*|example|john[._]?doe|jane[._]?doe|max\.mustermann|noreply|no-reply|git|me|xxx+|abc)$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.,/#-])\d(?:[ -]?\d){12,18}(?![\w-])(?!\.\d)")
_CARD = re.compile(
    r"^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|"
    r"5\d\d)\d{12}|35\d{14}|62\d{14,17})$"
)
_TEST_CARDS = word_set(
    "4111111111111111 4242424242424242 4000056655665556 5555555555554444 5105105105105100 2223003122003222 "
    "378282246310005 "
    "371449635398431 6011111111111117 6011000990139424 30569309025904 38520000023237 3530111333300000 "
    "3566002020360505 "
    "4012888888881881 4222222222222 4000000000000002 4000002500003155 6200000000000005 5200828282828210"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")
_TEST_IBANS = word_set(
    "DE89370400440532013000 GB82WEST12345698765432 GB29NWBK60161331926819 FR1420041010050500013M02606 "
    "FR7630006000011234567890189 ES9121000418450200051332 CH9300762011623852957 AT611904300234573201 "
    "NL91ABNA0417164300 "
    "BE68539007547034 IT60X0542811101000000123456 DE75512108001245126199 NL02ABNA0123456789"
)


def find(text: str, given: str) -> Iterator[tuple[str, str]]:
    """(code, what was found) of each item of private data in `text` that is not in `given`."""
    known = given.lower()
    for match in _MAIL.finditer(text):
        address = match.group()
        if address.lower() not in known and not _is_example(match[1], match[2]):
            yield "unknown-email", address
    digits = re.sub(r"[ -]", "", given)
    for match in _DIGITS.finditer(text):
        number = re.sub(r"[ -]", "", match.group())
        if is_card(number) and number not in _TEST_CARDS and number not in digits:
            yield "card-number", f"a card number ending in {number[-4:]}"
    for match in _IBAN.finditer(text):
        account = match.group().replace(" ", "")
        if is_iban(account) and account not in _TEST_IBANS and account not in digits:
            yield "bank-account", f"an account number beginning with {account[:4]}"


def is_card(number: str) -> bool:
    """Whether digits are a payment card's number: prefix, length, Luhn."""
    if not _CARD.match(number) or len(set(number)) < 3:
        return False
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_iban(account: str) -> bool:
    """Whether an account number passes ISO 13616 (15 to 34 signs, mod 97 is 1)."""
    if not 15 <= len(account) <= 34:
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _is_example(name: str, domain: str) -> bool:
    return bool(_EXAMPLE_DOMAIN.search(domain) or _EXAMPLE_NAME.match(name))
