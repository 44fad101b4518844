"""Who is in the demo shop and what its pages tell the plugin: everything a real shop's server would do, no more."""

import hashlib
import hmac
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.demo.shop.accounts import Account, account_of
from desk.models import Site

SITE_CODE = "SHOP"
LANGUAGES = {"ko": "한국어", "ja": "日本語", "en": "English"}
ACCOUNT_COOKIE = "shop_account"
LANGUAGE_COOKIE = "shop_language"
# What the next page is to tell the plugin once, such as an order; gone when it was read.
NEWS_COOKIE = "shop_news"
_PATH = "/shop/"


def member_hash(site: Site, member_id: str) -> str:
    """BOOT-2, as any shop's server computes it."""
    return hmac.new(bytes.fromhex(site.member_hash_secret), member_id.encode(), hashlib.sha256).hexdigest()


def boot_options(site: Site, account: Account | None, language: str) -> dict[str, Any]:
    """What the page hands to ``ContactDesk("boot", …)``."""
    options: dict[str, Any] = {
        "pluginKey": site.plugin_key,
        "language": language,
        "customLauncherSelector": ".ask-us",
    }
    if account:
        profile: dict[str, Any] = {"name": account.name, "email": account.email}
        if account.mobile_number:
            profile["mobileNumber"] = account.mobile_number
        if account.orders:
            profile |= {"orderCount": account.orders, "lastCheckoutCompletedAt": account.last_order_at}
        options |= {
            "memberId": account.login_id,
            "memberHash": member_hash(site, account.login_id),
            "profile": profile,
            "unsubscribeEmail": account.refuses_email,
            "unsubscribeTexting": account.refuses_texting,
        }
    return options


def customer(request: HttpRequest) -> Account | None:
    """The signed-in customer."""
    login_id = request.get_signed_cookie(ACCOUNT_COOKIE, default="", salt=ACCOUNT_COOKIE)
    return account_of(login_id) if login_id else None


def let_in(response: HttpResponseBase, account: Account, *, secure: bool) -> None:
    """Keep the customer signed in. The shop's own cookie, signed; the desk's operators are another matter."""
    _set(response, ACCOUNT_COOKIE, account.login_id, secure=secure, max_age=60 * 60 * 24 * 30)


def let_out(response: HttpResponseBase) -> None:
    """Sign the customer out."""
    response.delete_cookie(ACCOUNT_COOKIE, path=_PATH)


def leave_news(response: HttpResponseBase, news: str, *, secure: bool) -> None:
    """Have the next page tell the plugin ``news`` (JSON)."""
    _set(response, NEWS_COOKIE, news, secure=secure, max_age=60)


def chosen_language(request: HttpRequest) -> str:
    """The visitor's language: chosen here, else Korean. A shop in Seoul speaks Korean first."""
    language = request.GET.get("lang") or request.COOKIES.get(LANGUAGE_COOKIE, "")
    return language if language in LANGUAGES else "ko"


def _set(response: HttpResponseBase, name: str, value: str, *, secure: bool, max_age: int) -> None:
    response.set_signed_cookie(
        name, value, salt=name, max_age=max_age, path=_PATH, httponly=True, samesite="Lax", secure=secure
    )
