"""How the demo's people work: two teams, three routing rules, and a lookup in the system of the shop's company.

Made before the sample conversations, so that these show which rule fired. The lookup asks ``config.demo.company_page``,
a page of this very desk; a desk that may not call itself (``OUTBOUND_ALLOWED``) has none.
"""

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from chats.lookups.settings import ApiDraft, QueryDraft, ResultDraft, create_api
from chats.models import Category, ItemKind, LookupApi, Team
from chats.routing_rules import RuleDraft, create_rule
from chats.teams import create_team
from config.demo.company_page import PATH
from contacts.models import Channel
from desk.actors import Actor
from desk.models import Operator, Site
from desk.outbound import check_url
from desk.outbound_errors import OutboundFailed

_HOME = "http://127.0.0.1:"


def set_up_work(
    site: Site,
    operators: dict[str, Operator],
    categories: dict[tuple[str, ...], Category],
    *,
    seeder: Actor,
    now: datetime.datetime | None = None,
) -> None:
    """Make them all."""
    moment = now or timezone.now()
    alice, bob = operators["alice"], operators["bob"]
    best = create_team(site, "VIP 전담", [alice], actor=seeder)
    create_team(site, "고객지원", [alice, bob], actor=seeder)
    for rule in _rules(best, categories):
        create_rule(site, rule, actor=seeder, now=moment)
    _create_lookup(site, seeder=seeder, now=moment)


def _rules(best: Team, categories: dict[tuple[str, ...], Category]) -> list[RuleDraft]:
    good: dict[str, Any] = {
        "or": [
            {"key": "grade", "op": "anyOf", "values": ["VVIP", "골드"]},
            {"key": "tags", "op": "anyOf", "values": ["VIP"]},
        ]
    }
    return [
        RuleDraft(
            "VIP는 전담 팀에게",
            good,
            {},
            [{"action": "assignTeam", "team": str(best.pk)}, {"action": "tagRoom", "tags": ["VIP"]}],
        ),
        RuleDraft(
            "상품 페이지에서 온 상담",
            {},
            {"channels": [Channel.WEB], "page": {"op": "contains", "text": "/goods/"}},
            [{"action": "setCategory", "category": str(categories[("상품",)].pk)}],
        ),
        RuleDraft(
            "업무 시간이 아닐 때",
            {},
            {
                "hours": {
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                    "from": "09:00",
                    "to": "18:00",
                    "outside": True,
                }
            },
            [{"action": "tagRoom", "tags": ["업무 시간 외"]}],
        ),
    ]


def _create_lookup(site: Site, *, seeder: Actor, now: datetime.datetime) -> None:
    try:
        check_url(address())
    except OutboundFailed:
        return
    member = QueryDraft(
        "회원 아이디", "memberId", kind=ItemKind.CHAT_FIELD, channels=[Channel.WEB, Channel.APP, Channel.EMAIL]
    )
    phone = QueryDraft("휴대전화", "phone", kind=ItemKind.CHAT_FIELD)
    results = [
        ResultDraft("쇼핑몰 등급", "tier", field="profile.grade"),
        ResultDraft("포인트", "points"),
        ResultDraft("최근 주문", "lastOrder"),
        ResultDraft("담당 매니저", "manager"),
        ResultDraft("주소", "address", field="address"),
    ]
    create_api(site, ApiDraft("쇼핑몰 주문 정보", address(), True, [member, phone], results), actor=seeder, now=now)


def address() -> str:
    """Where the company's server is."""
    return f"{_HOME}{settings.PORT}/{PATH}"


def follow_port(site: Site) -> None:
    """The company's server moves with the desk: another ``PORT``, another address; one statement."""
    sample = LookupApi.objects.filter(site=site, url__startswith=_HOME, url__endswith=f"/{PATH}")
    sample.exclude(url=address()).update(url=address(), changed_at=timezone.now())
