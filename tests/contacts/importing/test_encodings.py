"""IMP-1: the encoding of a file is found from its bytes."""

import random
from pathlib import Path

import pytest

from contacts.importing.encodings import NotText, guess_encoding

KOREAN = (
    "이름,휴대폰,이메일,메모\n김철수,010-1234-5678,kim@example.com,단골 손님\n이영희,010-2222-3333,lee@example.com,\n"
)
JAPANESE = "氏名,携帯電話番号,メールアドレス,備考\n山田太郎,090-1234-5678,yamada@example.jp,常連のお客様\n"
NAMES_KO = "김민준\n이서연\n박도윤\n최지우\n정하은\n"
KANJI = "氏名,住所\n佐藤花子,東京都港区\n鈴木一郎,大阪府堺市\n高橋健,北海道札幌市\n"
HALF_WIDTH = "ﾅﾏｴ,ﾃﾞﾝﾜ\nｻﾄｳ ﾊﾅｺ,0901234\nｽｽﾞｷ ｲﾁﾛｳ,0902345\nﾀｶﾊｼ ｹﾝ,0903456\n"
ENGLISH = "name,email\nAlice,alice@example.com\n"
WESTERN = "name,city\nJosé Müller,Zürich\nRené Lefèvre,Besançon\n"
HANJA = "성명,주소\n金哲洙,서울특별시 강남구\n李英姬,부산광역시\n"
MIXED = "이름,메모\n김철수,ＶＩＰ 고객 ★ “단골” 100㎡\n田中さん,일본 손님\n"

SAMPLES = {
    "korean-utf-8": (KOREAN, "utf-8", "utf-8"),
    "korean-utf-8-bom": (KOREAN, "utf-8-sig", "utf-8-sig"),
    "korean-utf-16-bom-le": ("\ufeff" + KOREAN, "utf-16-le", "utf-16-le"),
    "korean-utf-16-bom-be": ("\ufeff" + KOREAN, "utf-16-be", "utf-16-be"),
    "korean-utf-16-le": (KOREAN, "utf-16-le", "utf-16-le"),
    "korean-utf-16-be": (KOREAN, "utf-16-be", "utf-16-be"),
    "korean-cp949": (KOREAN, "cp949", "cp949"),
    "korean-euc-kr": (KOREAN, "euc_kr", "cp949"),
    "korean-rare-syllables-cp949": ("이름,메모\n뷁,똠방각하 펲시콜라\n김철수,단골\n", "cp949", "cp949"),
    "korean-names-only-cp949": (NAMES_KO, "cp949", "cp949"),
    "korean-hanja-cp949": (HANJA, "cp949", "cp949"),
    "korean-mixed-cp949": (MIXED, "cp949", "cp949"),
    "japanese-utf-8": (JAPANESE, "utf-8", "utf-8"),
    "japanese-utf-16-le": (JAPANESE, "utf-16-le", "utf-16-le"),
    "japanese-cp932": (JAPANESE, "cp932", "cp932"),
    "japanese-shift-jis": (JAPANESE, "shift_jis", "cp932"),
    "japanese-kanji-cp932": (KANJI, "cp932", "cp932"),
    "japanese-half-width-cp932": (HALF_WIDTH, "cp932", "cp932"),
    "english-ascii": (ENGLISH, "ascii", "utf-8"),
    "english-utf-16-le": (ENGLISH, "utf-16-le", "utf-16-le"),
    "western-cp1252": (WESTERN, "cp1252", "cp1252"),
    "one-korean-name-cp949": ("name\n홍길동\n", "cp949", "cp949"),
    "one-japanese-name-cp932": ("name\n田中さくら\n", "cp932", "cp932"),
}


@pytest.mark.parametrize(("text", "written", "found"), SAMPLES.values(), ids=SAMPLES)
def test_the_encoding_is_found(text: str, written: str, found: str, tmp_path: Path) -> None:
    """IMP-1: a set of samples such as they come out of the programs of the field."""
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(written))
    assert guess_encoding(path).encoding == found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("encoding", ["cp949", "cp932"])
def test_lists_of_names_are_told_apart(encoding: str, seed: int, tmp_path: Path) -> None:
    """IMP-1: short lists of names and nothing else, where there is least to tell from."""
    chance = random.Random(seed)
    if encoding == "cp949":
        family, given = "김이박최정강조윤장임한오서신권황안송류홍", "민서지우하준도윤현수영희은주성호진경아름"
        names = [chance.choice(family) + "".join(chance.choices(given, k=2)) for _ in range(6)]
    else:
        families = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"]
        givens = ["花子", "一郎", "さくら", "健太", "美咲", "ユイ", "大輔", "陽菜", "誠", "あかり"]
        names = [chance.choice(families) + chance.choice(givens) for _ in range(6)]
    path = tmp_path / "names.csv"
    path.write_bytes("\n".join(names).encode(encoding))
    assert guess_encoding(path).encoding == encoding


def test_the_first_telling_line_may_come_very_late(tmp_path: Path) -> None:
    """IMP-1: a file that is ASCII for its first megabytes is not UTF-8 for that."""
    path = tmp_path / "late.csv"
    path.write_bytes(b"name,email\n" + b"Alice,alice@example.com\n" * 150_000 + "김철수,단골 손님\n".encode("cp949"))
    assert guess_encoding(path).encoding == "cp949"


def test_one_broken_character_does_not_make_utf_8_another_encoding(tmp_path: Path) -> None:
    """IMP-1: the broken row is told later; the others are read as what they are."""
    path = tmp_path / "broken.csv"
    path.write_bytes(KOREAN.encode() * 5 + b"\xed\x95,broken\n" + KOREAN.encode())
    guess = guess_encoding(path)
    assert (guess.encoding, guess.sure) == ("utf-8", False)


def test_a_file_that_is_cut_off_inside_a_character_is_still_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(KOREAN.encode() + "김".encode()[:2])
    assert guess_encoding(path).encoding == "utf-8"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(random.Random(1).randbytes(20_000), id="noise"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, id="picture"),
        pytest.param(b"%PDF-1.7\n" + random.Random(2).randbytes(5_000), id="pdf"),
        pytest.param(bytes(4_000), id="zeros"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "binary.csv"
    path.write_bytes(data)
    with pytest.raises(NotText):
        guess_encoding(path)
