"""IMP-2: how days, moments, numbers and yes or no are written in Korean, Japanese and English tables.

What two readers could take for different values is nobody's: ``01/02/2024`` is no date here.
"""

import datetime
import json
import math
import re
import unicodedata

from contacts.profile_values import MAX_NUMBER

_YES_WORDS = "y yes true t 1 o on ○ ◯ 예 네 참 사용 동의 はい 有 有り あり 真"
_NO_WORDS = "n no false f 0 x off × ✕ 아니오 아니요 거짓 미사용 미동의 いいえ 無 無し なし 偽"
_YES, _NO = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())
_DAY = re.compile(
    r"(?P<year>\d{4})(?:"
    r"-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})"
    r"|/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})"
    r"|\.\s*(?P<m3>\d{1,2})\.\s*(?P<d3>\d{1,2})\.?"
    r"|(?P<m4>\d{2})(?P<d4>\d{2})"
    r"|\s*[년年]\s*(?P<m5>\d{1,2})\s*[월月]\s*(?P<d5>\d{1,2})\s*[일日]"
    r")(?:\s*[(（][월화수목금토일月火水木金土日][요曜]?[일日]?[)）])?"
)
_ERA_DAY = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])(?P<year>元|\d{1,2})"
    r"(?:\s*年\s*(?P<m1>\d{1,2})\s*月\s*(?P<d1>\d{1,2})\s*日|[./](?P<m2>\d{1,2})[./](?P<d2>\d{1,2}))"
)
_BEFORE_ERA = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERAS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_TIME = re.compile(
    r"(?:T|\s+)?(?P<half>오전|오후|午前|午後|[AP]M)?\s*(?P<hour>\d{1,2})(?::|시\s*|時\s*)(?P<minute>\d{2})(?:분|分)?"
    r"(?:(?::|\s*)(?P<second>\d{2})(?:초|秒)?(?:\.(?P<fraction>\d{1,6})\d*)?)?"
    r"\s*(?P<after>[AaPp][Mm])?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
_MONEY = re.compile(r"^(?P<sign>-?)\s*[₩¥$€]?\s*(?P<number>.*?)\s*(?:원|円|KRW|JPY|포인트|점|pt|P)?$")
# As Excel shows a number that is too long for its cell or its 15 digits.
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+\d{2,3}")


def parse_yes_or_no(text: str) -> bool | None:
    """True, False, or None when it is neither."""
    word = unicodedata.normalize("NFKC", text).strip().lower()
    return True if word in _YES else False if word in _NO else None


def is_rounded(text: str) -> bool:
    """Whether Excel has replaced a long number by ``2.5E+11``, and with it its last digits."""
    return "E+" in text and _SCIENTIFIC.fullmatch(text) is not None


def parse_number(text: str) -> int | float | None:
    """A number, with separators of thousands or not, also as an amount of money; None when it is none."""
    if not _PLAIN_NUMBER.fullmatch(text):
        money = _MONEY.match(unicodedata.normalize("NFKC", text).strip())
        text = f"{money['sign']}{money['number']}" if money else text
        if not _PLAIN_NUMBER.fullmatch(text):
            return None
    plain = text.replace(",", "")
    if plain.lstrip("+-").isdigit():
        whole = int(plain) if len(plain) < 20 else MAX_NUMBER + 1
        return whole if abs(whole) <= MAX_NUMBER else None
    number = float(plain)
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        return None
    return int(number) if "e" in plain.lower() and number.is_integer() else number


def parse_day(text: str) -> datetime.date | None:
    """A day in one of the usual spellings; None when it is none, or when there is a time beside it."""
    moment = parse_moment(text)
    return None if isinstance(moment, datetime.datetime) else moment


def parse_moment(text: str) -> datetime.date | datetime.datetime | None:
    """A day, or a moment (with a zone if it names one), in one of the usual spellings; None when it is neither."""
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            return None
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _DAY.match(plain)
    day = _plain_day(match) if match else None
    if match is None and (match := _ERA_DAY.match(plain)) is not None:
        day = _era_day(match)
    if match is None or day is None:
        return None
    rest = plain[match.end() :].rstrip()
    if not rest:
        return day
    time = _TIME.fullmatch(rest) if rest[0] in "T " or match.re is _DAY else None
    return _with_time(day, time) if time else None


def _plain_day(match: re.Match[str]) -> datetime.date | None:
    number = next(n for n in range(1, 6) if match[f"m{n}"])
    return _day(int(match["year"]), int(match[f"m{number}"]), int(match[f"d{number}"]))


def _era_day(match: re.Match[str]) -> datetime.date | None:
    year = 1 if match["year"] == "元" else int(match["year"])
    era = _ERAS.get(match["era"], match["era"])
    return _day(_BEFORE_ERA[era] + year, int(match["m1"] or match["m2"]), int(match["d1"] or match["d2"]))


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _with_time(day: datetime.date, time: re.Match[str]) -> datetime.datetime | None:
    hour, half = int(time["hour"]), time["half"] or (time["after"] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in {"오후", "午後", "PM"} else 0)
    try:
        clock = datetime.time(
            hour, int(time["minute"]), int(time["second"] or 0), int((time["fraction"] or "0").ljust(6, "0"))
        )
        return datetime.datetime.combine(day, clock, tzinfo=_zone(time["zone"]))
    except ValueError:
        return None


def _zone(text: str | None) -> datetime.tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return datetime.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return datetime.timezone(datetime.timedelta(minutes=-minutes if text[0] == "-" else minutes))


_BETWEEN_ITEMS = re.compile(r"\s*[,;\n、，；]\s*")


def parse_list(text: str) -> list[str]:
    """The entries of a list: split at commas, semicolons and line ends, or as JSON (``join_list``)."""
    if text.startswith("["):
        try:
            items = json.loads(text)
        except ValueError:
            items = None
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return items
    return [item for item in _BETWEEN_ITEMS.split(text.strip()) if item]


def join_list(items: list[str]) -> str:
    """The cell from which ``parse_list`` makes ``items`` again."""
    plain = ", ".join(items)
    return plain if parse_list(plain) == items else json.dumps(items, ensure_ascii=False)
