"""IMP-2: where columns go, by their names; and what keeps a mapping from being carried out."""

from typing import Any

import pytest

from contacts.importing.columns import check_mapping, guess_columns, guess_type, suggested_key
from contacts.importing.names import FIELDS, field_of, looks_like_header
from contacts.models import FieldType, ProfileField
from contacts.models.profile_field import MAX_PROFILE_FIELDS
from desk.models import Site

NAMES = {
    "name": ["이름", "성명", "고객명", "회원 이름", "氏名", "名前", "お名前", "Name", "Full Name", "CUSTOMER_NAME", "이름*"],
    "mobileNumber": ["휴대폰", "휴대전화", "핸드폰", "전화번호", "휴대폰 번호", "연락처", "携帯電話番号", "電話番号", "携帯",
                     "Phone", "Mobile", "cell-phone", "ＴＥＬ", "휴대폰(필수)"],
    "landlineNumber": ["집전화", "일반전화", "固定電話", "landline"],
    "email": ["이메일", "메일", "이메일 주소", "E-Mail", "e-mail address", "メールアドレス", "Eメール", "メール"],
    "memberId": ["회원아이디", "회원ID", "아이디", "회원 번호", "会員ID", "会員番号", "User ID", "member_id"],
    "birthDate": ["생년월일", "생일", "生年月日", "誕生日", "Date of Birth", "Birthday"],
    "address": ["주소", "住所", "ご住所", "Address"],
    "memo": ["메모", "비고", "メモ", "備考", "Notes"],
    "tags": ["태그", "고객 태그", "タグ", "Tags"],
    "language": ["언어", "言語", "Language"],
    "country": ["국가", "国", "Country"],
    "city": ["도시", "市区町村", "City"],
    "unsubscribeEmail": ["이메일 수신거부", "メール配信停止"],
    "unsubscribeTexting": ["문자 수신거부", "SMS配信停止"],
}  # fmt: skip


def mapping(*columns: dict[str, Any], **said: Any) -> dict[str, Any]:
    given = [{"column": n, "header": f"column {n}", **column} for n, column in enumerate(columns)]
    return {"encoding": "utf-8", "separator": ",", "header": True, "sheet": None, "columns": given} | said


def guessed(header: list[str], site: Site, sample: list[list[str]] | None = None) -> list[str | None]:
    return [column["field"] for column in guess_columns(header, sample or [], site)]


def codes(mapping_: object, site: Site) -> list[str]:
    return [problem.code for problem in check_mapping(mapping_, site)]


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in NAMES.items() for name in names])
def test_a_field_is_known_by_its_names_in_three_languages(field: str, name: str) -> None:
    """IMP-2."""
    assert field_of(name) == field


@pytest.mark.parametrize("field", FIELDS)
def test_every_public_name_means_itself(field: str) -> None:
    """IMP-9: what is exported here is imported here."""
    assert field_of(field) == field


@pytest.mark.parametrize("name", ["적립금", "최근구매일", "등급", "점수", "", "!!!", "네임카드"])
def test_another_name_means_no_field(name: str) -> None:
    assert field_of(name) is None


def test_a_file_of_a_korean_shop_is_mapped(shop: Site) -> None:
    """IMP-2: unknown columns are left out, with a type they could have."""
    header = ["이름", "휴대폰", "이메일", "회원아이디", "적립금", "최근 구매일", "태그"]
    sample = [
        ["김", "010-1234-5678", "a@b.kr", "m1", "1,200", "2024-01-31", "VIP"],
        ["이", "", "", "m2", "300", "", ""],
    ]
    columns = guess_columns(header, sample, shop)
    assert [column["field"] for column in columns] == [
        "name", "mobileNumber", "email", "memberId", None, None, "tags"
    ]  # fmt: skip
    assert [(columns[n]["key"], columns[n]["type"]) for n in (4, 5)] == [("적립금", "number"), ("최근 구매일", "date")]
    assert codes(mapping(*columns), shop) == []


def test_a_general_name_gives_way_to_a_plain_one(shop: Site) -> None:
    """IMP-2: “전화번호” is a mobile number by itself and a landline beside one."""
    assert guessed(["전화번호", "이름"], shop) == ["mobileNumber", "name"]
    assert guessed(["전화번호", "휴대폰"], shop) == ["landlineNumber", "mobileNumber"]
    assert guessed(["id", "회원ID", "수령인", "주문자"], shop) == [None, "memberId", None, "name"]


def test_a_custom_field_is_known_by_its_key_and_its_label(shop: Site, elsewhere: Site) -> None:
    """SITE-2: of this site only."""
    ProfileField.objects.create(site=shop, key="points", label="적립금", type=FieldType.NUMBER)
    ProfileField.objects.create(site=elsewhere, key="secret", label="비밀", type=FieldType.TEXT)
    assert guessed(["적립금", "비밀"], shop) == ["profile.points", None]
    assert guessed(["Points"], shop) == ["profile.points"]


def test_the_columns_of_an_export_mean_what_they_meant(shop: Site) -> None:
    """IMP-9: custom fields come with their types; what the desk keeps itself is left out."""
    header = [
        "name",
        "customerNumber",
        "createdAt",
        "profile.size [text]",
        "profile.points [number]",
        "profile.a [b] [date]",
    ]
    columns = guess_columns(header, [["김", "7", "", "1", "x", ""]], shop)
    assert [column["field"] for column in columns] == [
        "name", "customerNumber", None, "profile.size", "profile.points", "profile.a [b]"
    ]  # fmt: skip
    assert [(column["type"], column["new"]) for column in columns[3:]] == [
        ("text", True),
        ("number", True),
        ("date", True),
    ]


def test_a_field_that_exists_is_not_made_again(shop: Site) -> None:
    ProfileField.objects.create(site=shop, key="size", type=FieldType.TEXT)
    ProfileField.objects.create(site=shop, key="odd [text]", type=FieldType.TEXT)
    columns = guess_columns(["profile.size [text]", "profile.odd [text]"], [], shop)
    assert [(column["field"], "new" in column) for column in columns] == [
        ("profile.size", False),
        ("profile.odd [text]", False),
    ]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "2.5", "-3", "1,000"], "number"),
        (["₩1,000", "300원"], "number"),
        (["1", "0"], "number"),
        (["Y", "N", ""], "boolean"),
        (["예", "아니오"], "boolean"),
        (["O", "X"], "boolean"),
        (["2024-01-31", "2024.2.1"], "date"),
        (["2024-01-31 15:00"], "date"),
        (["20240131", "20240201"], "date"),
        (["20240131", "12345678"], "text"),
        (["007", "12"], "text"),
        (["010-1234-5678"], "text"),
        (["01012345678"], "text"),
        (["2.5E+11"], "text"),
        (["1234567890123456"], "text"),
        (['["a","b"]'], "list"),
        (["a, b"], "text"),
        (["", " "], "text"),
        ([], "text"),
    ],
)
def test_a_type_is_guessed_from_values(values: list[str], type_: str) -> None:
    """IMP-2: text when in doubt: it keeps everything."""
    assert guess_type(values) == type_


@pytest.mark.parametrize(
    ("cells", "is_header"),
    [
        (["이름", "연락처"], True),
        (["foo", "bar"], True),
        (["foo", "a@b.kr"], False),
        (["김철수", "01012345678"], False),
        (["김철수", "1985-01-01"], False),
        (["email", "a@b.kr"], True),
    ],
)
def test_a_header_is_told_from_a_person(cells: list[str], is_header: bool) -> None:
    assert looks_like_header(cells) is is_header


def test_a_key_is_suggested_where_the_name_can_be_one() -> None:
    assert [suggested_key(name) for name in ('적립금 "P"', "tags", "7", "x" * 80)] == ["적립금 P", "", "", "x" * 64]


# --- check_mapping -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["memberId", "mobileNumber", "email"])
def test_one_column_to_find_people_by_is_enough(field: str, shop: Site) -> None:
    assert codes(mapping({"field": field}, {"field": None}), shop) == []


def test_a_mapping_by_which_nobody_is_found_is_refused(shop: Site) -> None:
    """IMP-3."""
    assert codes(mapping({"field": "name"}, {"field": "landlineNumber"}), shop) == ["nobody_to_find"]


def test_two_columns_on_one_field_are_refused_and_named(shop: Site) -> None:
    problems = check_mapping(mapping({"field": "email"}, {"field": "email"}), shop)
    assert [(problem.code, problem.column) for problem in problems] == [("field_twice", 1)]
    assert "“column 0”" in problems[0].message
    assert "“column 1”" in problems[0].message


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ({"field": "kind"}, "field_unknown"),
        ({"field": "Email"}, "field_unknown"),
        ({"field": "profile.nothing"}, "field_unknown"),
        ({"field": "profile.new", "new": True}, "type_missing"),
        ({"field": "profile.new", "new": True, "type": "blob"}, "type_unknown"),
        ({"field": "profile.tags", "new": True, "type": "text"}, "key_reserved"),
        ({"field": "profile.email", "new": True, "type": "text"}, "key_reserved"),
        ({"field": "profile.7", "new": True, "type": "text"}, "key_invalid"),
        ({"field": "profile. x", "new": True, "type": "text"}, "key_invalid"),
        ({"field": "profile." + "x" * 65, "new": True, "type": "text"}, "key_invalid"),
        ({"field": "profile.", "new": True, "type": "text"}, "key_invalid"),
        ({"field": "name", "mode": "add"}, "mode_unknown"),
        ({"field": "tags", "mode": "overwrite"}, "mode_unknown"),
    ],
    ids=str,
)
def test_a_column_that_cannot_be_taken_is_named(column: dict[str, Any], code: str, shop: Site) -> None:
    """IMP-2: an error names the column."""
    problems = check_mapping(mapping({"field": "email"}, column), shop)
    assert [(problem.code, problem.column) for problem in problems] == [(code, 1)]
    assert "column 1" in problems[0].message


def test_a_column_twice_is_refused(shop: Site) -> None:
    twice = [{"column": 0, "field": "email"}, {"column": 0, "field": "name"}]
    assert codes(mapping(*twice), shop) == ["column_twice", "column_twice"]


def test_a_column_that_the_file_does_not_have_is_refused(shop: Site) -> None:
    wide = mapping({"field": "email"}, {"field": "name"})
    assert [problem.code for problem in check_mapping(wide, shop, width=1)] == ["column_unknown"]
    assert check_mapping(wide, shop, width=2) == []


def test_another_sites_field_is_unknown(shop: Site, elsewhere: Site) -> None:
    """SITE-2."""
    ProfileField.objects.create(site=elsewhere, key="points", type=FieldType.NUMBER)
    assert codes(mapping({"field": "email"}, {"field": "profile.points"}), shop) == ["field_unknown"]


def test_no_more_fields_are_made_than_a_site_may_have(shop: Site) -> None:
    ProfileField.objects.bulk_create(
        ProfileField(site=shop, key=f"f{n}", type=FieldType.TEXT) for n in range(MAX_PROFILE_FIELDS - 1)
    )
    one, two = ({"field": f"profile.{key}", "new": True, "type": "text"} for key in ("a", "b"))
    assert codes(mapping({"field": "email"}, one), shop) == []
    assert codes(mapping({"field": "email"}, one, two), shop) == ["too_many_fields"]


@pytest.mark.parametrize(
    "broken",
    [
        None, [], "x", {}, {"columns": []}, mapping(encoding="klingon"), mapping(separator="|"), mapping(header="yes"),
        mapping(sheet=3), mapping(columns={}), mapping(columns=[1]), mapping(columns=[{"column": 0}]),
        mapping({"field": 5}), mapping({"column": True, "field": "email"}), mapping({"column": -1, "field": "email"}),
        mapping({"column": 300, "field": "email"}), mapping({"header": None, "field": "email"}),
        mapping({"field": "email", "mode": 1}), mapping({"field": "email", "type": []}),
        mapping({"field": "email", "new": "yes"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_mapping_is_refused(broken: object, shop: Site) -> None:
    """It comes from outside: whatever it is, it is no exception."""
    assert codes(broken, shop) == ["mapping_invalid"]


def test_every_known_problem_has_a_sentence(shop: Site) -> None:
    wide = mapping(*[{"field": None}] * 301)
    wide["columns"] = [column | {"column": 0} for column in wide["columns"]]
    (problem,) = check_mapping(wide, shop)
    assert problem.message == "The file has 301 columns; up to 300 can be imported."
