"""A tiny model in ONNX's format, written by hand, and its tokenizer: no download, no package that only tests need.

One node, `Gather(table, input_ids)`: each token's vector is its row of the table. Fields of the messages by
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, their encoding by protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

from company.config import OnnxSettings

FLOAT, INT64 = 1, 7
WORDS = ["[UNK]", "red", "blue", "boat", "ship"]
TABLE = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 4.0]]


def build(folder: Path, **more: object) -> OnnxSettings:
    """Write model.onnx and tokenizer.json; settings that name them."""
    data = model(TABLE)
    (folder / "model.onnx").write_bytes(data)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    given = {"model": Path("model.onnx"), "sha256": hashlib.sha256(data).hexdigest(), **more}
    return OnnxSettings.model_validate(given)


def model(table: Sequence[Sequence[float]]) -> bytes:
    """The bytes of a ModelProto."""
    rows, width = len(table), len(table[0])
    raw = struct.pack(f"<{rows * width}f", *(number for row in table for number in row))
    tensor = _int(1, rows) + _int(1, width) + _int(2, FLOAT) + _text(8, "table") + _bytes(9, raw)
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "out") + _text(4, "Gather")
    inputs = _bytes(11, _value("input_ids", INT64, ["texts", "tokens"]))
    inputs += _bytes(11, _value("attention_mask", INT64, ["texts", "tokens"]))
    outputs = _bytes(12, _value("out", FLOAT, ["texts", "tokens", width]))
    graph = _bytes(1, node) + _text(2, "tiny") + _bytes(5, tensor) + inputs + outputs
    return _int(1, 8) + _bytes(8, _text(1, "") + _int(2, 13)) + _bytes(7, graph)


def _value(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    sizes = b"".join(_bytes(1, _text(2, one) if isinstance(one, str) else _int(1, one)) for one in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _int(1, kind) + _bytes(2, sizes)))


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _int(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
