"""IMP-2: which field a column means by its name, in Korean, Japanese, English and by the public names."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

# Public name -> how people call it. Compared without case, width, spaces and punctuation.
_NAMES: Mapping[str, str] = {
    "name": """
        name, full name, customer name, contact name, user name, member name, recipient
        이름, 성명, 성함, 고객명, 고객이름, 회원명, 회원이름, 유저이름, 사용자명, 사용자이름, 주문자, 주문자명,
        수령인, 구매자, 구매자명, 닉네임,
        담당자명, 신청자명, 신청자
        氏名, 名前, お名前, 姓名, 顧客名, 会員名, 会員氏名, ユーザー名, お客様名, お客様氏名, 注文者, 注文者名,
        氏名漢字, ニックネーム
    """,
    "mobileNumber": """
        mobileNumber, mobile, mobile phone, mobile number, cell, cell phone, cell phone number, phone, phone number,
        telephone, telephone number, tel, contact number, hp
        휴대폰, 휴대폰번호, 휴대전화, 휴대전화번호, 핸드폰, 핸드폰번호, 전화번호, 전화, 연락처, 폰번호, 폰,
        모바일, 모바일번호, 이동전화,
        휴대번호, 고객연락처, 고객전화번호, 회원연락처, 주문자휴대전화, 주문자연락처, 주문자휴대폰, 수령인휴대전화
        携帯電話番号, 携帯電話, 携帯番号, 携帯, 電話番号, 電話, お電話番号, 連絡先, 連絡先電話番号, TEL, スマホ,
        モバイル, ケータイ
    """,
    "landlineNumber": """
        landlineNumber, landline, home phone, office phone, home number, office number, work phone, fixed line
        집전화, 집전화번호, 일반전화, 일반전화번호, 유선전화, 유선전화번호, 자택전화, 자택전화번호, 회사전화,
        회사전화번호, 사무실전화
        固定電話, 固定電話番号, 自宅電話, 自宅電話番号, 会社電話, 会社電話番号, 勤務先電話番号
    """,
    "email": """
        email, e-mail, email address, e-mail address, mail, mail address
        이메일, 이메일주소, 메일, 메일주소, 전자우편, 전자메일, 고객이메일, 회원이메일, 주문자이메일
        メールアドレス, メール, Eメール, Eメールアドレス, 電子メール, メアド, 電子メールアドレス
    """,
    "memberId": """
        memberId, member id, user id, login id, account id, customer id, member number, external id, id
        회원아이디, 회원ID, 아이디, 회원번호, 회원코드, 고객아이디, 고객ID, 유저아이디, 유저ID, 사용자아이디,
        사용자ID, 로그인아이디, 로그인ID,
        멤버아이디, 멤버ID, 주문자아이디, 주문자ID
        会員ID, 会員番号, ユーザーID, メンバーID, ログインID, 会員コード, 顧客ID, お客様ID, アカウントID
    """,
    "customerNumber": """
        customerNumber, customer number, customer no
        고객고유번호, 고객번호
        顧客番号
    """,
    "birthDate": """
        birthDate, birth date, date of birth, birthday, dob, birth
        생년월일, 생일, 출생일
        生年月日, 誕生日, お誕生日
    """,
    "address": """
        address, street address, home address, postal address, full address
        주소, 집주소, 자택주소, 배송지, 배송주소, 배송지주소, 전체주소, 기본주소
        住所, ご住所, 自宅住所, お届け先住所, 配送先住所, 配送先
    """,
    "memo": """
        memo, note, notes, remark, remarks, comment, comments
        메모, 비고, 특이사항, 고객메모, 상담메모, 참고사항, 관리자메모
        メモ, 備考, 顧客メモ, 備考欄, 特記事項
    """,
    "language": """
        language, lang, locale
        언어, 언어코드
        言語, 言語コード
    """,
    "country": """
        country, country code
        국가, 국가코드, 나라
        国, 国コード, 国名
    """,
    "city": """
        city, town
        도시, 시군구
        市区町村, 都市, 市
    """,
    "unsubscribeEmail": """
        unsubscribeEmail, unsubscribe email, email unsubscribed, email opt out, no email
        이메일수신거부, 메일수신거부, 이메일거부
        メール配信停止, メール受信拒否, 配信停止
    """,
    "unsubscribeTexting": """
        unsubscribeTexting, unsubscribe texting, unsubscribe sms, sms opt out, text opt out, no sms
        문자수신거부, SMS수신거부, 문자거부
        SMS配信停止, SMS受信拒否
    """,
    "tags": """
        tags, tag, label, labels, customer tag, customer tags
        태그, 고객태그, 라벨, 태그목록
        タグ, 顧客タグ, ラベル
    """,
}
FIELDS = tuple(_NAMES)
# What an export shows and an import leaves alone: the desk itself keeps these.
KEPT_BY_THE_DESK = frozenset(
    {
        "id", "kind", "member", "age", "grade", "importTags", "blocked", "hasChat", "chatsCount", "lastChatAt",
        "sessionsCount", "createdAt", "lastSeenAt", "lastTouchAt", "updatedAt", "expiresOn", "emailQualified",
        "mobileNumberQualified", "referrer", "web.browser", "web.os", "web.device", "mobile.appName",
        "mobile.appVersion",
    }
)  # fmt: skip

_PERSONAL_DATA = re.compile(r"\S@\S+\.\S|\d{3}-?\d{3,4}-?\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}")


def folded(header: str) -> str:
    """A name of a column without case, width, spaces and punctuation: “E-Mail” and “ｅｍａｉｌ” are one."""
    text = unicodedata.normalize("NFKC", header).lower()
    return "".join(char for char in text if char.isalnum())


_FIELD_OF = {
    folded(name): field for field, names in _NAMES.items() for name in re.split(r"[,\n]", names) if name.strip()
}
_EXACTLY = {name: name for name in FIELDS}


def field_of(header: str) -> str | None:
    """The public name of the field that a column of this name means; None when it is none of the desk's own."""
    text = header.strip()
    if text in _EXACTLY:
        return text
    return _FIELD_OF.get(folded(text)) or _FIELD_OF.get(
        folded(re.sub(r"[(（\[【<].*?[)）\]】>]|[*※]|필수|必須", "", text))
    )


# Names that people give to more than one thing: a plainer one beside them has the field.
_GENERAL_NAMES = """
    phone, phone number, telephone, telephone number, tel, contact number, id, customer id, recipient,
    전화번호, 전화, 연락처, 아이디, 수령인, 닉네임, 배송지, 배송주소, 電話番号, 電話, お電話番号, 連絡先, ニックネーム
"""
_GENERAL = frozenset(map(folded, re.split(r"[,\n]", _GENERAL_NAMES)))


def is_general(header: str) -> bool:
    """Whether the name may mean something else when a plainer one is there too: “전화번호” beside “휴대폰”."""
    return folded(header) in _GENERAL


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether the first row names columns rather than being the first person."""
    if any(field_of(cell) or cell.strip() in KEPT_BY_THE_DESK or cell.startswith("profile.") for cell in cells):
        return True
    return not any(_PERSONAL_DATA.search(cell) for cell in cells)
