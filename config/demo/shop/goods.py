"""What the demo shop sells. Its texts are content, not interface: each product brings them in the three languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """``price`` is in won; the picture is ``demo/goods/<slug>.svg``. ``names`` and ``stories`` by language."""

    slug: str
    price: int
    names: dict[str, str]
    stories: dict[str, str]

    def name(self, language: str) -> str:
        """The name in ``language``; Korean when it has none."""
        return self.names.get(language, self.names["ko"])

    def story(self, language: str) -> str:
        """What the product page tells."""
        return self.stories.get(language, self.stories["ko"])


_GOODS = (
    Product(
        "cup",
        18_000,
        {"ko": "달항아리 찻잔", "ja": "満月の湯のみ", "en": "Moon jar cup"},
        {
            "ko": "이천의 작은 가마에서 하나씩 빚은 백자 찻잔이에요. 두 손으로 감싸면 온기가 오래 남아요.",
            "ja": "利川の小さな窯でひとつずつ作られた白磁の湯のみ。両手で包むと、ぬくもりが長く残ります。",
            "en": "White porcelain, thrown one by one in a small kiln in Icheon. Holds its warmth between two hands.",
        },
    ),
    Product(
        "teapot",
        52_000,
        {"ko": "무쇠 찻주전자", "ja": "鉄瓶", "en": "Cast-iron teapot"},
        {
            "ko": "물이 천천히 식는 무쇠 주전자. 오후 내내 세 번은 우려 마실 수 있어요.",
            "ja": "お湯がゆっくり冷める鉄瓶です。午後いっぱい、三煎まで楽しめます。",
            "en": "Iron that cools slowly: enough for three infusions over a long afternoon.",
        },
    ),
    Product(
        "tea",
        24_000,
        {"ko": "하동 햇녹차 80g", "ja": "河東の新茶 80g", "en": "First-flush green tea, 80\u00a0g"},
        {
            "ko": "곡우 전에 딴 어린잎만 덖었어요. 70도 물에 1분이면 충분해요.",
            "ja": "穀雨の前に摘んだ若葉だけを釜炒りしました。70度のお湯で1分が目安です。",
            "en": "Young leaves picked before the April rain and pan-fired. One minute at 70\u00a0°C is plenty.",
        },
    ),
    Product(
        "lamp",
        89_000,
        {"ko": "한지 스탠드", "ja": "韓紙のランプ", "en": "Paper lamp"},
        {
            "ko": "닥종이를 세 겹 발라 눈이 편한 빛을 내요. 밝기는 세 단계로 바뀌어요.",
            "ja": "楮の紙を三重に張り、目にやさしい明かりに。明るさは三段階です。",
            "en": "Three layers of mulberry paper for light that is kind to the eyes. Three levels of brightness.",
        },
    ),
    Product(
        "notebook",
        9_500,
        {"ko": "실제본 공책", "ja": "糸綴じノート", "en": "Thread-bound notebook"},
        {
            "ko": "어느 쪽을 펼쳐도 평평하게 누워요. 만년필이 번지지 않는 종이 160쪽.",
            "ja": "どのページも平らに開きます。万年筆がにじまない紙、160ページ。",
            "en": "Lies flat on every page. 160 pages of paper that fountain pens like.",
        },
    ),
    Product(
        "bag",
        32_000,
        {"ko": "캔버스 장바구니", "ja": "帆布の買い物かばん", "en": "Canvas market bag"},
        {
            "ko": "두꺼운 캔버스에 안주머니 하나. 수박 한 통도 거뜬해요.",
            "ja": "厚手の帆布に内ポケットひとつ。すいか一玉も入ります。",
            "en": "Heavy canvas with one inner pocket. Strong enough for a whole watermelon.",
        },
    ),
    Product(
        "soap",
        7_000,
        {"ko": "쑥 비누", "ja": "よもぎ石けん", "en": "Mugwort soap"},
        {
            "ko": "강화 쑥을 우려 여섯 주 동안 말렸어요. 향은 은은하고 거품은 쫀쫀해요.",
            "ja": "江華のよもぎを煮出し、六週間乾かしました。ほのかな香りと、もっちりした泡。",
            "en": "Made with mugwort from Ganghwa and dried for six weeks. A quiet scent and a dense lather.",
        },
    ),
    Product(
        "candle",
        21_000,
        {"ko": "솔잎 향초", "ja": "松葉のキャンドル", "en": "Pine needle candle"},
        {
            "ko": "비 온 뒤의 솔숲 냄새. 콩 왁스로 40시간 동안 타요.",
            "ja": "雨上がりの松林の香り。大豆ワックスで40時間楽しめます。",
            "en": "A pine wood after rain. Soy wax, burns for 40 hours.",
        },
    ),
)

GOODS: dict[str, Product] = {product.slug: product for product in _GOODS}
