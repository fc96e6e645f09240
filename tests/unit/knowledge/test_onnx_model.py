"""A model of meaning on this machine: loaded by its hash alone, the same for a text whatever stands beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from company.config import OnnxSettings
from company.errors import ConfigError, ModelUnavailable
from knowledge.onnx_model import OnnxEmbedder
from tests.unit.knowledge.onnx_files import TABLE, build, model

pytest.importorskip("onnxruntime")


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., OnnxEmbedder]]:
    made: list[OnnxEmbedder] = []

    def make(settings: OnnxSettings, root: Path, **more: str) -> OnnxEmbedder:
        made.append(OnnxEmbedder(settings, root, **more))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_a_text_is_the_mean_of_its_tokens(tmp_path: Path, opened: Callable[..., OnnxEmbedder]) -> None:
    embedder = opened(build(tmp_path), tmp_path)
    red_boat, boat, ship, unknown = await embedder.passages(["red boat", "boat", "ship ship ship ship", "zebra"])
    assert red_boat == pytest.approx((0.447, 0.0, 0.894), abs=0.001)  # (1, 0, 2) at length one
    assert boat == ship == pytest.approx((0.0, 0.0, 1.0))
    assert unknown == (0.0, 0.0, 0.0)
    assert (await embedder.passages(["red boat"]))[0] == pytest.approx(red_boat)  # padding counts for nothing
    assert await embedder.question("boat", person_id="ada") == pytest.approx(boat)


async def test_the_first_token_alone_when_the_model_is_made_so(
    tmp_path: Path, opened: Callable[..., OnnxEmbedder]
) -> None:
    embedder = opened(build(tmp_path, pooling="cls"), tmp_path)
    assert (await embedder.passages(["red boat"]))[0] == pytest.approx((1.0, 0.0, 0.0))


async def test_vectors_come_in_the_order_of_their_texts(tmp_path: Path, opened: Callable[..., OnnxEmbedder]) -> None:
    """They are read by length; red, blue and boat have three different vectors."""
    embedder = opened(build(tmp_path), tmp_path)
    words = ["boat", "red", "blue", "red", "boat", "blue", "blue"]
    texts = [" ".join([word] * (7 - place * 3 % 7)) for place, word in enumerate(words)]
    alone = {word: (await embedder.passages([word]))[0] for word in words}
    assert len(set(alone.values())) == 3
    assert await embedder.passages(texts) == [alone[word] for word in words]


async def test_prefixes_and_length(tmp_path: Path, opened: Callable[..., OnnxEmbedder]) -> None:
    embedder = opened(build(tmp_path, max_tokens=8), tmp_path, question_prefix="blue ")
    assert await embedder.question("boat", person_id="ada") == pytest.approx((0.0, 0.447, 0.894), abs=0.001)
    long = " ".join(["red"] * 8 + ["blue"] * 100)
    assert (await embedder.passages([long]))[0] == pytest.approx((1.0, 0.0, 0.0))


async def test_another_file_is_not_loaded(tmp_path: Path, opened: Callable[..., OnnxEmbedder]) -> None:
    settings = build(tmp_path)
    (tmp_path / "model.onnx").write_bytes(model([[9.0, 9.0, 9.0], *TABLE[1:]]))
    with pytest.raises(ModelUnavailable, match="another file than"):
        await opened(settings, tmp_path).passages(["boat"])
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(ModelUnavailable, match="can't be read"):
        await opened(settings, tmp_path).passages(["boat"])


async def test_what_is_no_model_is_said(tmp_path: Path, opened: Callable[..., OnnxEmbedder]) -> None:
    settings = build(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        await opened(settings, tmp_path).passages(["boat"])


@pytest.mark.parametrize("more", [{"sha256": ""}, {"sha256": "z" * 64}, {"model": Path()}])
def test_a_file_without_a_hash_is_refused_at_the_start(tmp_path: Path, more: dict[str, object]) -> None:
    settings = build(tmp_path)
    with pytest.raises(ConfigError, match="sha256"):
        OnnxEmbedder(settings.model_copy(update=more), tmp_path)


def test_what_makes_other_vectors_is_another_model(tmp_path: Path) -> None:
    settings = build(tmp_path)
    variants = [
        OnnxEmbedder(settings, tmp_path), OnnxEmbedder(settings, tmp_path, passage_prefix="p: "),
        OnnxEmbedder(settings.model_copy(update={"pooling": "cls"}), tmp_path),
        OnnxEmbedder(settings.model_copy(update={"max_tokens": 64}), tmp_path),
    ]  # fmt: skip
    assert len({one.model for one in variants}) == 4
    assert OnnxEmbedder(settings, tmp_path, question_prefix="q: ").model == variants[0].model
