"""The door to PocketSphinx: samples become hypotheses, by our grammar and by its general English model.

Used in the child process alone; both models come with the library. Source: pocketsphinx.readthedocs.io.
"""

from __future__ import annotations

from pocketsphinx import Decoder, Vad

from voice.decoding import RATE
from voice.phrases import PHRASES, jsgf
from voice.rule import LONGEST_S, Hypotheses, Phones, fast_enough

_GRAMMAR, _GENERAL = "commands", "_default"  # the second is the library's name for its language model
_FRAME_S = 0.03


def listen(pcm: bytes) -> Hypotheses:
    """Both readings of a recording; the second, which takes longest, only where the first can be right."""
    speech_s = speech_seconds(pcm)
    if not 0 < speech_s <= LONGEST_S:  # no command, whatever it is: the models are not even loaded
        return Hypotheses(phrase="", phones=(), speech_s=speech_s)
    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.add_jsgf_string(_GRAMMAR, jsgf())
    phrase = _words(decoder, _GRAMMAR, pcm)
    phones = _phones(decoder, phrase)
    if not fast_enough(len(phones), speech_s):
        return Hypotheses(phrase=" ".join(phrase), phones=phones, speech_s=speech_s)
    return Hypotheses(
        phrase=" ".join(phrase), phones=phones, speech_s=speech_s,
        free_phones=_phones(decoder, _words(decoder, _GENERAL, pcm)),
        all_phones={one: _phones(decoder, one.split()) for one in PHRASES},
    )  # fmt: skip


def speech_seconds(pcm: bytes) -> float:
    """From the first sound of a voice to the last; 0.0 where there is none."""
    detector = Vad(mode=Vad.STRICT, sample_rate=RATE, frame_length=_FRAME_S)
    size = detector.frame_bytes
    spoken = [at for at in range(0, len(pcm) - size + 1, size) if detector.is_speech(pcm[at : at + size])]
    return (spoken[-1] - spoken[0] + size) / (2 * RATE) if spoken else 0.0


def _words(decoder: Decoder, search: str, pcm: bytes) -> list[str]:
    decoder.activate_search(search)
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr.split() if found is not None else []


def _phones(decoder: Decoder, words: list[str]) -> Phones:
    """By the pronouncing dictionary; a word that it lacks has none."""
    return tuple(phone for word in words for phone in (decoder.lookup_word(word) or "").split())
