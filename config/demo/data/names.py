"""What sample people are called, where they live and what they use. Weights are rough shares of a hundred or thousand.

Phone numbers come from ranges nobody has where there are such (Korea 010-0… and 010-1…, North America 555-01…); mail
addresses end in ``.example``.
"""

from config.demo.shop.goods import GOODS

# (written, in Latin letters, weight)
KOREAN_SURNAMES = (
    ("김", "kim", 215), ("이", "lee", 147), ("박", "park", 84), ("최", "choi", 47), ("정", "jung", 43),
    ("강", "kang", 24), ("조", "cho", 21), ("윤", "yoon", 21), ("장", "jang", 20), ("임", "lim", 17),
    ("한", "han", 16), ("오", "oh", 15), ("서", "seo", 15), ("신", "shin", 15), ("권", "kwon", 14),
    ("황", "hwang", 14), ("안", "ahn", 14), ("송", "song", 14), ("류", "ryu", 13), ("홍", "hong", 11),
    ("남궁", "namgung", 2), ("선우", "sunwoo", 1),
)  # fmt: skip
KOREAN_NAMES = (
    ("서연", "seoyeon"), ("민준", "minjun"), ("지우", "jiwoo"), ("서준", "seojun"), ("하윤", "hayun"),
    ("도윤", "doyun"), ("지민", "jimin"), ("예준", "yejun"), ("수빈", "subin"), ("시우", "siwoo"),
    ("지원", "jiwon"), ("주원", "juwon"), ("은서", "eunseo"), ("하준", "hajun"), ("민서", "minseo"),
    ("현우", "hyunwoo"), ("유진", "yujin"), ("준서", "junseo"), ("채원", "chaewon"), ("건우", "gunwoo"),
    ("다은", "daeun"), ("우진", "woojin"), ("예은", "yeeun"), ("선우", "seonwoo"), ("지현", "jihyun"),
    ("민재", "minjae"), ("수아", "sua"), ("성민", "sungmin"), ("혜진", "hyejin"), ("동현", "donghyun"),
    ("미경", "mikyung"), ("영호", "youngho"), ("정숙", "jungsook"), ("상철", "sangchul"), ("은주", "eunju"),
    ("재현", "jaehyun"), ("소희", "sohee"), ("태윤", "taeyun"), ("보라", "bora"), ("한별", "hanbyul"),
    ("가을", "gaeul"), ("별", "byul"), ("나래", "narae"), ("승훈", "seunghoon"), ("경희", "kyunghee"),
    ("진우", "jinwoo"), ("세아", "sea"), ("유나", "yuna"), ("은지", "eunji"), ("철수", "chulsoo"),
)  # fmt: skip
JAPANESE_SURNAMES = (
    ("佐藤", "sato", 15), ("鈴木", "suzuki", 14), ("高橋", "takahashi", 11), ("田中", "tanaka", 10),
    ("伊藤", "ito", 8), ("渡辺", "watanabe", 8), ("山本", "yamamoto", 8), ("中村", "nakamura", 8),
    ("小林", "kobayashi", 8), ("加藤", "kato", 7), ("吉田", "yoshida", 6), ("山田", "yamada", 6),
    ("佐々木", "sasaki", 5), ("山口", "yamaguchi", 5), ("松本", "matsumoto", 5), ("井上", "inoue", 5),
    ("木村", "kimura", 4), ("林", "hayashi", 4), ("斎藤", "saito", 4), ("清水", "shimizu", 4),
    ("森", "mori", 4), ("池田", "ikeda", 4), ("橋本", "hashimoto", 3), ("阿部", "abe", 3),
    ("石川", "ishikawa", 3), ("長谷川", "hasegawa", 3), ("勅使河原", "teshigawara", 1),
)  # fmt: skip
JAPANESE_NAMES = (
    ("陽葵", "himari"), ("蓮", "ren"), ("凛", "rin"), ("湊", "minato"), ("結愛", "yua"), ("樹", "itsuki"),
    ("さくら", "sakura"), ("大翔", "hiroto"), ("葵", "aoi"), ("悠真", "yuma"), ("美咲", "misaki"), ("翔太", "shota"),
    ("陽菜", "hina"), ("健太", "kenta"), ("愛", "ai"), ("拓海", "takumi"), ("優子", "yuko"), ("直樹", "naoki"),
    ("恵子", "keiko"), ("誠", "makoto"), ("由美", "yumi"), ("浩", "hiroshi"), ("真理子", "mariko"), ("修", "osamu"),
    ("あかり", "akari"), ("リナ", "rina"),
    ("大輔", "daisuke"), ("千尋", "chihiro"), ("幸子", "sachiko"),
    ("隆", "takashi"),
)  # fmt: skip
ENGLISH_SURNAMES = (
    ("Smith", "smith", 12), ("Johnson", "johnson", 10), ("Williams", "williams", 8), ("Brown", "brown", 8),
    ("Garcia", "garcia", 7), ("Miller", "miller", 6), ("Davis", "davis", 6), ("Nguyen", "nguyen", 5),
    ("Wilson", "wilson", 4), ("Anderson", "anderson", 4), ("Taylor", "taylor", 4), ("Lee", "lee", 4),
    ("Martin", "martin", 4), ("Clark", "clark", 3), ("Patel", "patel", 3), ("O’Brien", "obrien", 2),
    ("Müller", "mueller", 2), ("García-López", "garcialopez", 1), ("van der Berg", "vanderberg", 1),
)  # fmt: skip
ENGLISH_NAMES = (
    ("Olivia", "olivia"), ("Liam", "liam"), ("Emma", "emma"), ("Noah", "noah"), ("Ava", "ava"), ("Ethan", "ethan"),
    ("Sophia", "sophia"), ("Mason", "mason"), ("Mia", "mia"), ("Lucas", "lucas"), ("Amelia", "amelia"), ("Leo", "leo"),
    ("Grace", "grace"), ("Oscar", "oscar"), ("Chloe", "chloe"), ("Henry", "henry"), ("Zoë", "zoe"), ("José", "jose"),
    ("Hannah", "hannah"), ("Daniel", "daniel"), ("Priya", "priya"), ("Kai", "kai"), ("Nora", "nora"), ("Adam", "adam"),
)  # fmt: skip

MAIL_HOSTS = ("mail.example", "post.example", "inbox.example", "office.example", "hanmail.example")

# (city, address up to the number, weight)
KOREAN_CITIES = (
    ("서울", "서울특별시 마포구 어울마당로", 38), ("경기", "경기도 성남시 분당구 느티로", 24),
    ("부산", "부산광역시 해운대구 달맞이길", 9),
    ("인천", "인천광역시 연수구 해돋이로", 8), ("대구", "대구광역시 수성구 들안로", 7),
    ("대전", "대전광역시 유성구 은구비로", 5),
    ("광주", "광주광역시 서구 상무대로", 5), ("제주", "제주특별자치도 제주시 애월로", 4),
)  # fmt: skip
JAPANESE_CITIES = (
    ("東京", "東京都世田谷区桜丘", 42), ("大阪", "大阪府大阪市北区梅田", 20),
    ("名古屋", "愛知県名古屋市中区栄", 12),
    ("福岡", "福岡県福岡市中央区天神", 10),
    ("札幌", "北海道札幌市中央区大通", 8), ("京都", "京都府京都市左京区岡崎", 8),
)  # fmt: skip
ENGLISH_CITIES = (
    ("New York", "Hudson Avenue", 30), ("Los Angeles", "Sunset Lane", 25), ("Seattle", "Pine Street", 15),
    ("Chicago", "Lake View Road", 15), ("Austin", "Willow Creek Drive", 15),
)  # fmt: skip

# (browser, operating system, device, weight)
BROWSERS = (
    ("Chrome", "Android", "mobile", 30), ("Safari", "iOS", "mobile", 22), ("Chrome", "Windows", "desktop", 16),
    ("Samsung Internet", "Android", "mobile", 8), ("KakaoTalk", "Android", "mobile", 5),
    ("Naver", "Android", "mobile", 4),
    ("Edge", "Windows", "desktop", 5), ("Whale", "Windows", "desktop", 3), ("Chrome", "macOS", "desktop", 3),
    ("Safari", "macOS", "desktop", 2), ("Safari", "iPadOS", "tablet", 1), ("Firefox", "Windows", "desktop", 1),
)  # fmt: skip

REFERRERS: tuple[tuple[str, dict[str, str], int], ...] = (
    ("", {}, 55),
    ("https://search.example/", {"source": "search", "medium": "organic"}, 20),
    ("https://social.example/", {"source": "social", "medium": "cpc", "campaign": "spring"}, 12),
    ("https://blog.example/review", {"source": "blog", "medium": "referral"}, 8),
    ("", {"source": "newsletter", "medium": "email", "campaign": "weekly"}, 5),
)

MEMOS = (
    "사이즈 문의가 잦음. 교환은 택배로 안내했음.",
    "배송지 변경 요청이 많음. 주문 직후 확인 전화를 선호.",
    "단골. 신상품 안내를 좋아함.",
    "ギフト包装をいつも希望。領収書は宛名つきで。",
    "Prefers e-mail over calls; usually writes in the evening.",
)

PAGES = ("/shop/", "/shop/", "/shop/", *(f"/shop/goods/{slug}/" for slug in GOODS), "/shop/account/")
