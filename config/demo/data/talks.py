"""What was talked about in the demo's chats: shops' everyday, in Korean, Japanese and English."""

from dataclasses import dataclass

# Who does a line: a customer, Alice or Bob; “memo” is written by the one named before the colon.
VISITOR, ALICE, BOB = "visitor", "alice", "bob"


@dataclass(frozen=True, slots=True)
class Line:
    """``after``: minutes since the line before. ``deed``: says, memo, takes, gives (to ``text``), holds, closes,
    reopens, or tags (``text``, split at commas).
    """

    after: int
    who: str
    text: str = ""
    deed: str = "says"


@dataclass(frozen=True, slots=True)
class Talk:
    """``hours``: how long ago it began. ``graded``: with somebody who carries a grade."""

    hours: float
    language: str
    lines: tuple[Line, ...]
    channel: str = "web"
    page: str = ""
    category: tuple[str, ...] = ()
    graded: bool = False


CATEGORIES: dict[str, tuple[str, ...]] = {
    "배송": ("지연", "파손", "주소 변경"),
    "교환·반품": ("교환", "반품", "환불"),
    "상품": ("재입고", "사용법", "선물 포장"),
    "회원": ("등급", "로그인"),
}
ANSWERS: dict[str, str] = {
    "첫 인사": "안녕하세요, {name|고객}님. {site} {agent}입니다. 무엇을 도와드릴까요?",
    "배송 조회 안내": "{name|고객}님, 주문하신 상품의 배송 상황을 확인해 보겠습니다. 잠시만 기다려 주세요.",
    "반품 안내": "반품은 받으신 날부터 7일 이내에 신청하실 수 있습니다. 상품과 포장을 그대로 보내 주세요.",
    "마무리 인사": "더 궁금하신 점이 있으면 언제든지 말씀해 주세요. 좋은 하루 보내세요!",
    "お待ちください": "{name|お客}様、ただいま確認いたします。少々お待ちください。",
    "Thank you": "Thank you for writing to {site}, {name|there}. Is there anything else we can do for you?",
}

TALKS: tuple[Talk, ...] = (
    Talk(
        1900,
        "ko",
        (
            Line(0, VISITOR, "로그인이 자꾸 풀리는데 왜 그런가요?"),
            Line(6, BOB, deed="takes"),
            Line(1, BOB, "안녕하세요. 혹시 시크릿 창으로 접속하고 계신가요?"),
            Line(3, VISITOR, "아 맞아요. 일반 창으로 하니까 되네요. 감사합니다!"),
            Line(1, BOB, "다행입니다. 좋은 하루 보내세요!"),
            Line(2, BOB, deed="closes"),
        ),
        category=("회원", "로그인"),
    ),
    Talk(
        410,
        "ja",
        (
            Line(0, VISITOR, "注文した茶碗が割れて届きました。交換できますか?"),
            Line(9, ALICE, deed="takes"),
            Line(
                2,
                ALICE,
                "ご迷惑をおかけして申し訳ございません。割れた箇所のお写真を一枚お送りいただけますか?",
            ),
            Line(14, VISITOR, "箱も少しつぶれていました。写真は後で送ります。"),
            Line(1, ALICE, "택배사 파손 접수 번호 JP-2291. 사진 오면 교환품 발송하기", deed="memo"),
            Line(600, VISITOR, "今撮りました。蓋の部分が欠けています。"),
            Line(
                20,
                ALICE,
                "確認いたしました。本日、新しいお品を発送いたします。",
            ),
            Line(4, VISITOR, "ありがとうございます!助かりました。"),
            Line(1, ALICE, deed="closes"),
        ),
        category=("배송", "파손"),
    ),
    Talk(
        170,
        "en",
        (
            Line(0, VISITOR, "Hi! Do you ship to Portland? I'd love to send the tea set to my sister."),
            Line(4, BOB, deed="takes"),
            Line(1, BOB, "Hello! Yes, we do. It usually takes 6 to 9 days: https://shop.example/shipping"),
            Line(2, VISITOR, "Great, and could you wrap it as a gift?"),
            Line(3, BOB, "Of course. Tick “gift wrapping” in the basket, it is free above $60."),
            Line(1, VISITOR, "Perfect. Thank you so much 😊"),
            Line(2, BOB, deed="closes"),
        ),
        category=("상품", "선물 포장"),
    ),
    Talk(
        52,
        "ko",
        (
            Line(0, VISITOR, "VIP는 무료 배송이라고 들었는데 배송비가 결제됐어요."),
            Line(3, BOB, deed="takes"),
            Line(2, BOB, "안녕하세요 고객님, 확인해 보겠습니다."),
            Line(1, BOB, "등급이 주문 직후에 올라감. 배송비 환불은 관리자 확인 필요", deed="memo"),
            Line(1, BOB, "alice", deed="gives"),
            Line(
                25,
                ALICE,
                "안녕하세요, Alice입니다. 결제하신 배송비 3,000원은 오늘 환불해 드렸습니다.",
            ),
            Line(6, VISITOR, "빠른 처리 감사합니다. 다음 주문에도 적용되는 거죠?"),
            Line(2, ALICE, "네, 다음 주문부터 자동으로 무료 배송이 적용됩니다."),
            Line(1, ALICE, "VIP, 환불", deed="tags"),
            Line(600, VISITOR, "찻주전자 뚜껑만 따로 살 수 있나요?"),
        ),
        category=("회원", "등급"),
        graded=True,
    ),
    Talk(
        30,
        "ko",
        (
            Line(0, VISITOR, "전화로 문의드렸던 조명 재입고 알림 부탁드립니다."),
            Line(15, ALICE, deed="takes"),
            Line(1, ALICE, "네, 입고되면 바로 연락드리겠습니다. 다음 주 화요일 예정입니다."),
            Line(1, ALICE, "화요일 오전에 창고 확인 후 연락", deed="memo"),
            Line(1, ALICE, deed="holds"),
        ),
        channel="phone",
        category=("상품", "재입고"),
    ),
    Talk(
        21,
        "ja",
        (
            Line(0, VISITOR, "はじめまして。会員登録をしたいのですが、SMSが届きません。"),
            Line(7, BOB, deed="takes"),
            Line(1, BOB, "お問い合わせありがとうございます。ご登録の番号は「+81」から始まっていますでしょうか?"),
            Line(5, VISITOR, "はい、そうです。"),
            Line(2, BOB, "개발팀에 SMS 발송 로그 확인 요청함 (일본 통신사 차단 가능성)", deed="memo"),
            Line(1, BOB, deed="holds"),
        ),
        channel="line",
        category=("회원", "로그인"),
    ),
    Talk(
        6,
        "ko",
        (
            Line(0, VISITOR, "주문번호 20261118-0042 배송지 변경 가능할까요?"),
            Line(2, BOB, deed="takes"),
            Line(1, BOB, "네, 아직 출고 전이라 가능합니다. 변경하실 주소를 알려 주세요."),
            Line(4, VISITOR, "서울 마포구 와우산로 29길 12, 3층입니다."),
            Line(1, VISITOR, "받는 사람 이름은 그대로예요."),
            Line(3, BOB, "변경해 드렸습니다. 내일 출고되어 모레 도착 예정입니다."),
            Line(70, VISITOR, "혹시 송장 번호 나왔나요?"),
        ),
        channel="kakao",
        category=("배송", "주소 변경"),
    ),
    Talk(
        3.2,
        "en",
        (
            Line(0, VISITOR, "Hello, my discount code WELCOME10 says “expired” but I only got it yesterday."),
            Line(5, ALICE, deed="takes"),
            Line(1, ALICE, "Hi! Sorry about that. I have renewed it, could you try once more?"),
            Line(2, VISITOR, "Works now, thanks! One more thing: is the brass lamp coming back?"),
        ),
        page="https://shop.example/basket",
    ),
    Talk(
        1.4,
        "ko",
        (
            Line(0, VISITOR, "안녕하세요"),
            Line(0, VISITOR, "어제 받은 향초에서 향이 거의 안 나는데 불량인가요?"),
            Line(1, VISITOR, "두 시간째 켜 두고 있어요 ㅠㅠ"),
        ),
        page="https://shop.example/goods/candle",
    ),
    Talk(
        0.7,
        "ja",
        (Line(0, VISITOR, "ギフト包装の写真を見ることはできますか? 結婚祝いに送りたいです。"),),
        channel="instagram",
    ),
    Talk(
        0.4,
        "ko",
        (
            Line(0, VISITOR, "단체 주문 견적 문의드립니다. 찻잔 120개, 로고 각인 가능한지요?"),
            Line(1, VISITOR, "세금계산서 발행도 필요합니다.\n담당자분 회신 부탁드립니다."),
        ),
        channel="email",
        graded=True,
    ),
    Talk(
        0.1,
        "ko",
        (Line(0, VISITOR, "지금 주문하면 오늘 출고되나요?"),),
        page="https://shop.example/goods/teapot",
    ),
)
