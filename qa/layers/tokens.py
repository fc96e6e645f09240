"""Secrets by their looks: tokens of well-known services, private keys, passwords in assignments and addresses.

Token shapes are the published ones (GitHub secret scanning's list of patterns, each service's own documentation).
Values that documentation uses as examples are allowed, and so are names of variables, gaps and elisions.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from qa.prose import word_set

_I = re.IGNORECASE

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key", re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{16}(?![A-Z0-9])")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})")),
    ("a GitLab token", re.compile(r"\bgl(?:pat|ptt|rt|dt|cbt|soat|agent|ft)-[A-Za-z0-9_-]{20,100}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}|\bxapp-\d-[A-Za-z0-9-]{20,250}")),
    ("a Slack webhook", re.compile(r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,100}")),
    ("a Discord webhook", re.compile(r"discord(?:app)?\.com/api/webhooks/\d{15,20}/[\w-]{50,80}")),
    ("a Discord token", re.compile(r"\b[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,40}")),
    ("a Stripe key", re.compile(r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,250}|\bwhsec_[A-Za-z0-9+/=]{24,100}")),
    ("an Anthropic key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{20,250}")),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-|admin-|or-v1-|None-)?[A-Za-z0-9_-]{20,250}")),
    ("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")),
    ("a Google OAuth secret", re.compile(r"\bGOCSPX-[A-Za-z0-9_-]{28}|\bya29\.[A-Za-z0-9_-]{30,500}")),
    ("a Telegram bot token", re.compile(r"(?<![\w:])\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,60}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}")),
    ("a PyPI token", re.compile(r"\bpypi-[A-Za-z0-9_-]{50,250}")),
    ("a SendGrid key", re.compile(r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}")),
    ("a Mailgun key", re.compile(r"\bkey-[0-9a-f]{32}\b")),
    ("a Mailchimp key", re.compile(r"\b[0-9a-f]{32}-us\d{1,2}\b")),
    ("a Twilio key", re.compile(r"\b(?:SK|AC)[0-9a-f]{32}\b")),
    ("a Shopify token", re.compile(r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b")),
    ("a Square token", re.compile(r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|\bEAAA[A-Za-z0-9_-]{60}")),
    ("a DigitalOcean token", re.compile(r"\bdo[opr]_v1_[0-9a-f]{64}\b")),
    ("a Cloudflare token", re.compile(r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{146}\b")),
    ("a Databricks token", re.compile(r"\bdapi[0-9a-f]{32}\b")),
    ("a Vault token", re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{24,200}")),
    ("a Linear, Notion or Postman key", re.compile(r"\b(?:lin_api_|ntn_|secret_|PMAK-)[A-Za-z0-9-]{32,80}")),
    ("a Groq, xAI, Perplexity or Replicate key", re.compile(r"\b(?:gsk_|xai-|pplx-|r8_)[A-Za-z0-9]{32,100}")),
    ("an Azure storage key", re.compile(r"AccountKey=[A-Za-z0-9+/]{60,100}={0,2}")),
    ("an age key", re.compile(r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,70}")),
    (
        "a private key",
        re.compile(
            r"-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[\s\\nr]{0,9}"
            r"(?:[A-Za-z-]{1,30}: [^\n]{0,99}\n\s?){0,5}[A-Za-z0-9+/=]{24}"
        ),
    ),
    (
        "a signed token (JWT)",
        re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1000}"),
    ),
)  # fmt: skip
"""(what it is, its shape)."""

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+]{1,20}://([^\s:/@'\"`<>]{1,100}):([^\s/@'\"`<>]{1,200})@[\w.-]", _I)
_BEARER = re.compile(
    r"\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|"
    r"token)\s+([A-Za-z0-9._~+/=-]{16,500})",
    _I,
)
_ASSIGNED = re.compile(
    r"((?:password|passwd|passphrase|passwort|kennwort|mot[ _]de[ _]passe|contraseña|пароль|密码|pwd|secret|token|"
    r"credential|api[ _-]?key|(?:access|private|auth|account|encryption|signing)[ _-]?key)s?[A-Za-z0-9_]{0,20})"
    r"[\"'`*]{0,3}\s{0,3}(?::=|=>|[:=：]|\bis\b|\best\b|\bist\b|\bes\b|是)\s{0,3}(?:\*{1,2})?"
    r"([\"'`“«]?)([^\s\"'`”»<>，。]{6,200})",
    _I,
)
_HINTS: dict[str, tuple[str, ...]] = {
    "an AWS access key": ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"),
    "a GitHub token": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "a GitLab token": ("gl",),
    "a Slack token": ("xox", "xapp-"),
    "a Slack webhook": ("hooks.slack.com",),
    "a Discord webhook": ("api/webhooks",),
    "a Discord token": (".",),
    "a Stripe key": ("_live_", "_test_", "whsec_"),
    "an Anthropic key": ("sk-ant-",),
    "an OpenAI key": ("sk-",),
    "a Google API key": ("AIza",),
    "a Google OAuth secret": ("GOCSPX-", "ya29."),
    "a Telegram bot token": (":",),
    "a Hugging Face token": ("hf_",),
    "an npm token": ("npm_",),
    "a PyPI token": ("pypi-",),
    "a SendGrid key": ("SG.",),
    "a Mailgun key": ("key-",),
    "a Mailchimp key": ("-us",),
    "a Twilio key": ("SK", "AC"),
    "a Shopify token": ("shp",),
    "a Square token": ("sq0", "EAAA"),
    "a DigitalOcean token": ("_v1_",),
    "a Cloudflare token": ("v1.0-",),
    "a Databricks token": ("dapi",),
    "a Vault token": ("hv",),
    "a Linear, Notion or Postman key": ("lin_api_", "ntn_", "secret_", "PMAK-"),
    "a Groq, xAI, Perplexity or Replicate key": ("gsk_", "xai-", "pplx-", "r8_"),
    "an Azure storage key": ("AccountKey=",),
    "an age key": ("AGE-SECRET-KEY-1",),
    "a private key": ("-----BEGIN",),
    "a signed token (JWT)": ("eyJ",),
}
"""What a text must hold for a shape to be searched: looking for it costs next to nothing."""
_ASSIGNED_HINTS = (
    "passw", "passphrase", "kennwort", "mot de passe", "mot_de_passe", "contraseña", "пароль", "密码", "pwd", "secret",
    "token", "credential", "key",
)  # fmt: skip
_WORDLIKE = re.compile(r"^[A-Za-z]+(?:[-_. ][A-Za-z]+)*$")
_REFERENCE = re.compile(
    r"^(?:[$%{<\[(@&*]|\.\.\.|…|/|~/|\.{1,2}/|https?:|import\b|vault:|(?:process|os|env|self|this|config|settings|"
    r"secrets)\.)"
    r"|[(\[]|^\w+\.\w+(?:\.\w+)*$"
)
_DUMMY = re.compile(
    r"example|sample|dummy|placeholder|your|change-?_?me|replace|insert|redacted|xxx|\.\.\.|…|\*\*\*|####|_here\b|"
    r"0{8}|1234567890abcdef|abcdef0123456789|deadbeef|foobar|fake|not-?a-?real|beispiel|exemple|ejemplo|пример|示例",
    _I,
)
_DUMMY_PASSWORDS = word_set(
    "password passw0rd password123 password1 pass123 secret secret123 mysecret mysecretpassword mypassword "
    "postgres mysql root "
    "toor admin admin123 changeme change_me test test123 testing guest user hunter2 letmein qwerty 123456 12345678 "
    "123456789 1234567890 correcthorsebatterystaple required optional string integer boolean null none true false "
    "undefined default value hidden rabbitmq mongo redis pass pwd passwort geheim motdepasse contraseña "
    "minioadmin"
)
_DOCUMENTED = (
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAI44QH8DHBEXAMPLE",
    "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l",
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "pk_test_TYooMQauvdEDq54NiTphI7jx",
    "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
    "EXAMPLEKEY",
)


def find(text: str) -> Iterator[tuple[str, str]]:
    """(what it is, its value) of each secret in `text`; the value is for comparing only and must not be shown."""
    lowered = text.lower()
    for name, shape in SHAPES:
        hints = _HINTS.get(name)
        if hints is not None and not any(hint in text for hint in hints):
            continue
        for match in shape.finditer(text):
            if not is_dummy(match.group()):
                yield name, match.group()
    yield from _in_context(text, lowered)


def _in_context(text: str, lowered: str) -> Iterator[tuple[str, str]]:
    """Passwords in addresses, authorization headers, and values that are assigned to a telling name."""
    for match in _ADDRESS.finditer(text) if "://" in text else ():
        if _is_real_password(match[2], quoted=True):
            yield "an address with a password", match[2]
    for match in _BEARER.finditer(text) if "authorization" in lowered else ():
        if not is_dummy(match[1]):
            yield "an authorization header", match[1]
    for match in _ASSIGNED.finditer(text) if any(hint in lowered for hint in _ASSIGNED_HINTS) else ():
        value = match[3].rstrip(".,;:!?)]}*")
        if _is_real_value(match[1], value, quoted=bool(match[2])):
            yield f"a value of “{match[1].strip('_.- ')}”", value


def is_dummy(value: str) -> bool:
    """Whether a value is an example from documentation, a gap or an elision rather than a secret."""
    if any(known in value for known in _DOCUMENTED):
        return True
    tail = value[-24:]
    return bool(_DUMMY.search(value)) or entropy(tail) < 2.2


def entropy(text: str) -> float:
    """Shannon entropy of the characters of `text`, bits per character."""
    total = len(text)
    return -sum(number / total * math.log2(number / total) for number in Counter(text).values()) if total else 0.0


def _is_real_value(name: str, value: str, *, quoted: bool) -> bool:
    lowered = name.lower()
    if any(
        word in lowered
        for word in ("passw", "passphrase", "pwd", "kennwort", "mot de", "mot_de", "contrase", "пароль", "密码")
    ):
        return _is_real_password(value, quoted=quoted)
    if len(value) < 12 or is_dummy(value) or _REFERENCE.search(value) or _WORDLIKE.match(value):
        return False
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return mixed and entropy(value) >= 3.0


def _is_real_password(value: str, *, quoted: bool) -> bool:
    if len(value) < 6 or value.lower() in _DUMMY_PASSWORDS or _REFERENCE.search(value) or is_dummy(value):
        return False
    if _WORDLIKE.match(value) or not value.isascii():
        return False  # a word in a sentence ("the password is required"), the name of a variable
    kinds = sum(any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper, _is_sign))
    return kinds >= 2 and (quoted or entropy(value) >= 2.5)


def _is_sign(sign: str) -> bool:
    return not sign.isalnum()
