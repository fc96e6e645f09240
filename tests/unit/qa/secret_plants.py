"""A hundred planted secrets: random values in the published shapes of real services, each in a different sentence.

They are made when the tests run, so that no file of this repository holds anything that looks like a key.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + "234567"

Maker = Callable[[random.Random], str]


def _of(prefix: str, length: int, signs: str = _ALNUM, suffix: str = "") -> Maker:
    return lambda chance: prefix + "".join(chance.choices(signs, k=length)) + suffix


def _jwt(chance: random.Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    number = chance.randrange(10**6)
    body = part(f'{{"sub":"{number}","name":"Ida Berg","iat":17{number:06d}}}')
    return ".".join((part('{"alg":"HS256","typ":"JWT"}'), body, _of("", 43, _ALNUM + "-_")(chance)))


def _key_block(label: str) -> Maker:
    def make(chance: random.Random) -> str:
        lines = "\n".join("".join(chance.choices(_ALNUM + "+/", k=64)) for _ in range(4))
        return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"

    return make


def _word(chance: random.Random) -> str:
    return chance.choice(("Tulpe", "Regen", "otter", "Vulkan", "nuage", "Lampe")) + str(chance.randrange(100, 9999))


SERVICES: tuple[Maker, ...] = (
    _of("AKIA", 16, _UPPER),
    _of("ASIA", 16, _UPPER),
    _of("ghp_", 36),
    _of("gho_", 36),
    _of("github_pat_", 82, _ALNUM + "_"),
    _of("glpat-", 20, _ALNUM + "-_"),
    _of("xoxb-2847562910-", 24),
    _of("xoxp-9182736455-", 32),
    _of("https://hooks.slack.com/services/T02AB34CD/B05EF67GH/", 24),
    _of("sk_live_", 24),
    _of("rk_live_", 24),
    _of("sk_test_", 24),
    _of("whsec_", 32),
    _of("sk-ant-api03-", 93, _ALNUM + "-_"),
    _of("sk-", 48),
    _of("sk-proj-", 64, _ALNUM + "-_"),
    _of("sk-or-v1-", 64, _HEX),
    _of("AIza", 35, _ALNUM + "-_"),
    _of("GOCSPX-", 28, _ALNUM + "-_"),
    _of("ya29.", 120, _ALNUM + "-_"),
    lambda chance: f"{chance.randrange(10**9, 10**10)}:AA" + _of("", 33, _ALNUM + "-_")(chance),
    _of("hf_", 34),
    _of("npm_", 36),
    _of("pypi-AgEIcHlwaS5vcmc", 120, _ALNUM + "-_"),
    lambda chance: "SG." + _of("", 22)(chance) + "." + _of("", 43)(chance),
    _of("key-", 32, _HEX),
    _of("", 32, _HEX, "-us14"),
    _of("SK", 32, _HEX),
    _of("shpat_", 32, _HEX),
    _of("dop_v1_", 64, _HEX),
    _of("dapi", 32, _HEX),
    _of("hvs.", 90),
    _of("lin_api_", 40),
    _of("gsk_", 52),
    _of("xai-", 80),
    _of("pplx-", 48),
    _of("DefaultEndpointsProtocol=https;AccountName=lager;AccountKey=", 86, _ALNUM + "+/", "=="),
    _jwt,
    _key_block("RSA PRIVATE KEY"),
    _key_block("OPENSSH PRIVATE KEY"),
    _key_block("PRIVATE KEY"),
    lambda chance: f"postgresql://nexus:{_word(chance)}!x@db.intern:5432/books",
    lambda chance: f"redis://default:{_of('', 20)(chance)}@10.0.0.5:6379/0",
    lambda chance: f"mongodb+srv://svc:{_word(chance)}@cluster0.abcde.mongodb.net/x",
    lambda chance: f"password={_word(chance)}!",
    lambda chance: f"DB_PASSWORD: {_word(chance)}#k",
    lambda chance: f'"client_secret": "{_of("", 32)(chance)}"',
    lambda chance: f"API_KEY='{_of('', 40)(chance)}'",
    lambda chance: f"Authorization: Bearer {_of('', 48)(chance)}",
    lambda chance: f"Das Passwort ist {_word(chance)}?!z",
)

FRAMES = (
    "The key is {} and it works.",
    "Use this in your configuration:\n\n```\nvalue {}\n```\n\nThen restart.",
    "Ich habe es gefunden: {}",
)


def planted() -> list[str]:
    """A hundred answers, each with one secret."""
    chance = random.Random(20261118)
    answers = [FRAMES[number % 3].format(make(chance)) for number, make in enumerate(SERVICES)]
    answers += [FRAMES[(number + 1) % 3].format(make(chance)) for number, make in enumerate(SERVICES)]
    return answers
