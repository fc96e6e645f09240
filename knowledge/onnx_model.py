"""A model of meaning on this machine, by ONNX Runtime: the one door to `onnxruntime` and `tokenizers`.

The file is yours, named by path and SHA-256; nothing is downloaded. It is loaded when the first passage or question
needs it, and runs in a thread of its own with one thread for sums, so that a machine of two cores does the rest too.
It takes `input_ids` and `attention_mask` (and perhaps `token_type_ids`), as exports of BERT and its kin do, and answers
the vectors of tokens (texts, tokens, dimensions) or of texts (texts, dimensions). What a text gets does not hang on the
texts beside it (but for the rounding of a quantised model): padding is masked out of the mean (N. Reimers, I. Gurevych,
"Sentence-BERT", EMNLP 2019, section 3).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from company.config import OnnxSettings
from company.embedding_records import Vector
from company.errors import ConfigError, ModelUnavailable

AT_ONCE = 4
"""Texts of one run: a run can't be broken off, and a question may wait behind it."""
MEND = "make install GROUPS=onnx"


class OnnxEmbedder:
    """Implements `company.library_ports.Embedder`.

    Args:
        settings: which model, and how to use it.
        root: what its path is relative to.
        question_prefix, passage_prefix: what the model wants to read before each.

    Raises:
        ConfigError: the settings name no file or no hash.
    """

    def __init__(
        self, settings: OnnxSettings, root: Path, *, question_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        digits = settings.sha256.lower()
        if not settings.model.name or len(digits) != 64 or set(digits) - set("0123456789abcdef"):
            raise ConfigError(
                "[knowledge] embeddings is 'onnx', which needs [onnx] model (a file) and sha256 (its 64 hexadecimal "
                "digits)."
            )
        self._settings = settings
        self._file = root / settings.model
        self._sha256 = digits
        self._prefixes = {"question": question_prefix, "passage": passage_prefix}
        how = f"{settings.pooling} {settings.max_tokens} {passage_prefix}"
        self.model = f"onnx/{digits[:12]}-{hashlib.sha256(how.encode()).hexdigest()[:8]}"
        self._thread = ThreadPoolExecutor(1, "knowledge-onnx")
        self._loaded: tuple[Any, Any] | None = None

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See `Embedder`."""
        alike = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # a run costs its longest text for each
        found: dict[int, Vector] = {}
        for begin in range(0, len(texts), AT_ONCE):
            places = alike[begin : begin + AT_ONCE]
            vectors = await self._run([self._prefixes["passage"] + texts[place] for place in places])
            found |= zip(places, vectors, strict=True)
        return [found[place] for place in range(len(texts))]

    async def question(self, text: str, *, person_id: str) -> Vector:
        """See `Embedder`. Nobody is charged."""
        return (await self._run([self._prefixes["question"] + text]))[0]

    async def close(self) -> None:
        """Forget the model; the run that is under way ends first."""
        self._loaded = None
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def _run(self, texts: list[str]) -> list[Vector]:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._vectors, texts)
        except RuntimeError as error:
            raise ModelUnavailable(f"The model {self._file.name} is closed or broken ({error}).") from None

    def _vectors(self, texts: list[str]) -> list[Vector]:
        session, tokenizer = self._loaded = self._loaded or self._load()
        import numpy

        encoded = tokenizer.encode_batch(texts)
        longest = max((len(one.ids) for one in encoded), default=0) or 1
        ids, mask = (numpy.zeros((len(texts), longest), dtype=numpy.int64) for _ in range(2))
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = one.attention_mask
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        try:
            wanted = [one.name for one in session.get_inputs()]
            out = numpy.asarray(session.run(None, {name: fed[name] for name in wanted})[0], dtype=numpy.float32)
        except Exception as error:  # noqa: BLE001 - the library raises what its C++ part calls it
            raise ModelUnavailable(f"The model {self._file.name} can't be used ({type(error).__name__}).") from None
        return [tuple(row.tolist()) for row in self._pooled(out, mask)]

    def _pooled(self, out: Any, mask: Any) -> Any:
        """(texts, dimensions), each of length one or zero."""
        import numpy

        if out.ndim == 3:
            weights = mask[:, :, None].astype(numpy.float32)
            mean = (out * weights).sum(axis=1) / numpy.maximum(weights.sum(axis=1), 1e-9)
            out = mean if self._settings.pooling == "mean" else out[:, 0, :]
        return out / numpy.maximum(numpy.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    def _load(self) -> tuple[Any, Any]:
        if any(find_spec(name) is None for name in ("onnxruntime", "tokenizers")):
            raise ModelUnavailable(f"A model on this machine needs packages that are not there; run: {MEND}")
        beside = self._file.parent / self._settings.tokenizer
        try:
            data = self._file.read_bytes()
            said = beside.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelUnavailable(f"The model of [onnx] can't be read ({error}).") from None
        if (there := hashlib.sha256(data).hexdigest()) != self._sha256:
            raise ModelUnavailable(
                f"{self._file.name} is another file than [onnx] sha256 says ({there[:12]}...), so it is not loaded."
            )
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            tokenizer = Tokenizer.from_str(said)
            tokenizer.enable_truncation(self._settings.max_tokens)
            tokenizer.no_padding()
            # from the bytes that were hashed: the file can't change between the look and the load
            session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - neither library raises anything narrower
            raise ModelUnavailable(f"The model of [onnx] can't be loaded ({type(error).__name__}).") from None
        return session, tokenizer
