"""IMP-1: in which encoding a file of text is written, told from its bytes.

A byte order mark decides; then UTF-8, whose multi-byte characters prove themselves; then UTF-16 by its zero bytes; then
whichever of CP949 (EUC-KR is a part of it), CP932 (Shift_JIS) and CP1252 gives the more plausible text. The answer is
shown to the operator, who may choose another.
"""

import codecs
import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What an operator may choose, by the name Python and the mapping know it by.
ENCODINGS: Mapping[str, str | Promise] = {
    "utf-8": _("Unicode (UTF-8)"),
    "utf-8-sig": _("Unicode (UTF-8 with BOM)"),
    "utf-16-le": _("Unicode (UTF-16 LE)"),
    "utf-16-be": _("Unicode (UTF-16 BE)"),
    "cp949": _("Korean (CP949, EUC-KR)"),
    "cp932": _("Japanese (CP932, Shift_JIS)"),
    "euc_jp": _("Japanese (EUC-JP)"),
    "cp1252": _("Western (Windows-1252)"),
}
_BOMS = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}

_CHUNK = 1 << 20
# So many bytes of lines with something to tell from are looked at, wherever in the file they are.
_TELLING = 1 << 18
# Less plausible than this is no text in any of the encodings.
_PLAUSIBLE = 0.1
_REPLACED = "\ufffd"
_BROKEN = -2.0
_NON_ASCII_RUN = re.compile(r"[^\x00-\x7f]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")


class NotText(Exception):
    """The bytes are no text in any encoding known here."""


@dataclass(frozen=True, slots=True)
class Guess:
    """``sure``: proven by a mark or by the bytes themselves rather than only the most plausible."""

    encoding: str
    sure: bool


def bom_of(encoding: str) -> bytes:
    """The mark with which a file in ``encoding`` begins when this desk writes it; empty for most."""
    return _BOMS.get(encoding, b"")


def skipped_bom(encoding: str, head: bytes) -> int:
    """How many bytes at the start of a file are a mark and not text."""
    bom = codecs.BOM_UTF8 if encoding.startswith("utf-8") else _BOMS.get(encoding, b"")
    return len(bom) if bom and head.startswith(bom) else 0


def guess_encoding(path: Path) -> Guess:
    """The encoding of the text file at ``path``; ``NotText`` when it holds none."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for encoding, bom in _BOMS.items():
        if head.startswith(bom):
            return Guess(encoding, sure=True)
    if (utf_16 := _utf_16(head)) is not None:
        return Guess(utf_16, sure=True)
    if _is_binary(head):
        raise NotText
    telling = _telling_bytes(path)
    if not telling:
        return Guess("utf-8", sure=True)
    share = _share_of_utf_8(telling)
    if share >= 0.9:
        return Guess("utf-8", sure=share == 1.0)
    try:
        return _most_plausible(telling)
    except NotText:
        # A few rows, some of them broken.
        if share < 0.5:
            raise
        return Guess("utf-8", sure=False)


def _is_binary(head: bytes) -> bool:
    """Whether there are more control characters than a text has by accident."""
    return len(_CONTROL.findall(head)) > 8 + len(head) // 500


def _utf_16(head: bytes) -> str | None:
    """UTF-16 without a mark: commas, digits and line ends have a zero on one side, always the same one."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = len(head) // 2
    if not pairs or max(even, odd) < max(2, pairs // 50) or min(even, odd) > max(even, odd) // 20:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head[: pairs * 2])
    except UnicodeDecodeError:
        return None
    odd_ones = sum(unicodedata.category(char) in {"Cn", "Co", "Cc"} and char not in "\t\r\n" for char in text[:20_000])
    return encoding if odd_ones <= len(text[:20_000]) // 100 else None


def _telling_bytes(path: Path) -> bytes:
    """Lines that are not all ASCII, from the whole file: the first may come after a million others."""
    found: list[bytes] = []
    size = 0
    rest = b""
    with path.open("rb") as file:
        while size < _TELLING and (chunk := file.read(_CHUNK)):
            if chunk.isascii() and not rest:
                continue
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop() if len(lines[-1]) < _CHUNK else b""
            for line in lines:
                if not line.isascii():
                    found.append(line)
                    size += len(line)
                    if size >= _TELLING:
                        break
            rest = b"" if rest.isascii() and len(rest) > _TELLING else rest
    if rest and not rest.isascii() and size < _TELLING:
        found.append(rest)
    return b"\n".join(found)


def _share_of_utf_8(data: bytes) -> float:
    """Which share of the non-ASCII characters is right as UTF-8; other encodings hardly ever reach a tenth."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        runs = _NON_ASCII_RUN.findall(data.decode("utf-8", "replace"))
        total = sum(len(run) for run in runs)
        return 1 - sum(run.count("\ufffd") for run in runs) / total
    return 1.0


def _most_plausible(data: bytes) -> Guess:
    scores = {encoding: _mean(data, encoding, weigh) for encoding, weigh in _WEIGHTS.items()}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] < _PLAUSIBLE:
        raise NotText
    return Guess(best, sure=False)


def _mean(data: bytes, encoding: str, weigh: Callable[[str], float]) -> float:
    """How plausible ``data`` is as ``encoding``: from -2 (mostly broken) to 1; long runs count for more."""
    runs = _NON_ASCII_RUN.findall(data.decode(encoding, "replace"))
    characters = sum(len(run) for run in runs)
    return sum(weigh(run) for run in runs) / characters if characters else 0.0


def _weigh_korean(run: str) -> float:
    """The 2,350 syllables of KS X 1001 are nearly all that is ever written; the other 8,822 hardly ever come."""
    return sum(
        _BROKEN
        if char == _REPLACED
        else (1.0 if _is_common_syllable(char) else -0.5)
        if "가" <= char <= "힣"
        else 0.3
        if "一" <= char <= "鿿" or "豈" <= char <= "\ufaff"
        else 0.0
        if char in "·…“”‘’「」『』【】×÷℃㎏㎝￦→←★☆○●◎◇◆□■△▲▽▼"
        else -0.5
        for char in run
    )


@functools.cache
def _is_common_syllable(char: str) -> bool:
    try:
        return len(char.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False


def _weigh_japanese(run: str) -> float:
    """Kana and the 2,965 kanji of the first level; half-width katakana only in words of their own."""
    if all("\uff61" <= char <= "\uff9f" for char in run):
        return 0.5 * len(run)
    return sum(
        _BROKEN
        if char == _REPLACED
        else 1.0
        if "ぁ" <= char <= "ヾ"
        else (0.7 if _is_common_kanji(char) else -0.3)
        if "一" <= char <= "鿿"
        else 0.3
        if "！" <= char <= "～" or char in "　、。々〆〇「」『』【】・ー－〒℃①②③㈱№"
        else -0.5
        for char in run
    )


@functools.cache
def _is_common_kanji(char: str) -> bool:
    try:
        return b"\x88\x9f" <= char.encode("cp932") <= b"\x98\x72"
    except UnicodeEncodeError:
        return False


def _weigh_western(run: str) -> float:
    """A letter with an accent stands between plain ones; only other encodings have many in a row."""
    if len(run) > 2:
        return _BROKEN * len(run)
    return sum(0.6 if "À" <= char <= "ÿ" and char not in "×÷" else -0.2 for char in run)


_WEIGHTS: Mapping[str, Callable[[str], float]] = {
    "cp949": _weigh_korean,
    "cp932": _weigh_japanese,
    "cp1252": _weigh_western,
}
