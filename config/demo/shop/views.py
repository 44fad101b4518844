"""The pages of the demo shop."""

import datetime
import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.demo.shop import accounts, visitors
from config.demo.shop.accounts import Account
from config.demo.shop.forms import ConsentForm, LogInForm, SignUpForm
from config.demo.shop.goods import GOODS, Product
from desk.models import Site

_GUEST_ORDERS = "shop_guest_orders"


@never_cache
@require_safe
def goods(request: HttpRequest) -> HttpResponse:
    """All products."""
    return _page(request, "goods", {"goods": [_shown(product, _language(request)) for product in GOODS.values()]})


@never_cache
@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product with the order button."""
    shown = _shown(_product(slug), _language(request))
    others = [_shown(other, _language(request)) for other in GOODS.values() if other.slug != slug]
    return _page(request, "product", {"product": shown, "others": others[:4]})


@require_POST
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """Order at once: no basket and no payment in a demo. The page after it tells the plugin."""
    ordered = _product(slug)
    account = visitors.customer(request)
    now = timezone.now()
    response = HttpResponseRedirect(reverse("shop:ordered", args=[slug]))
    if account:
        count = accounts.order(account, at=now).orders
    else:
        count = int(request.get_signed_cookie(_GUEST_ORDERS, default="0", salt=_GUEST_ORDERS) or 0) + 1
        response.set_signed_cookie(
            _GUEST_ORDERS, str(count), salt=_GUEST_ORDERS, path="/shop/", httponly=True, samesite="Lax",
            secure=request.is_secure(),
        )  # fmt: skip
    news = json.dumps({"order": _order_news(ordered, count, now)})
    visitors.leave_news(response, news, secure=request.is_secure())
    return response


def _order_news(ordered: Product, count: int, now: datetime.datetime) -> dict[str, Any]:
    return {
        "event": {"product": ordered.names["ko"], "amount": ordered.price, "currency": "KRW"},
        "profile": {"lastCheckoutCompletedAt": now.isoformat(timespec="seconds"), "orderCount": count},
    }


@never_cache
@require_safe
def ordered(request: HttpRequest, slug: str) -> HttpResponse:
    """Thank you for the order."""
    return _page(request, "ordered", {"product": _shown(_product(slug), _language(request))})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Become a customer: from the next page on the plugin boots with the memberId."""
    with translation.override(_language(request)):
        form = SignUpForm(request.POST or None)
        if form.is_valid():
            try:
                account = accounts.sign_up(form.account(), form.cleaned_data["password"])
            except accounts.LoginIdTaken:
                form.add_error("login_id", _("This ID is taken."))
            else:
                return _let_in(request, account)
        return _page(request, "sign_up", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Come back as a customer."""
    with translation.override(_language(request)):
        form = LogInForm(request.POST or None)
        if form.is_valid():
            account = accounts.log_in(form.cleaned_data["login_id"], form.cleaned_data["password"])
            if account:
                return _let_in(request, account)
            form.add_error(None, _("ID and password do not belong together."))
        return _page(request, "log_in", {"form": form})


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Sign out. The plugin's session goes on for up to 30 minutes (BOOT-5), as in a real shop that does nothing."""
    response = HttpResponseRedirect(reverse("shop:goods"))
    visitors.let_out(response)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The customer's own page, with the advertising ticks."""
    customer = visitors.customer(request)
    if customer is None:
        return HttpResponseRedirect(reverse("shop:log_in"))
    ticks = {"refuses_email": customer.refuses_email, "refuses_texting": customer.refuses_texting}
    form = ConsentForm(request.POST if request.method == "POST" else None, initial=ticks)
    if form.is_valid():
        accounts.change_consent(customer, **form.cleaned_data)
        response = HttpResponseRedirect(reverse("shop:account"))
        chosen = form.cleaned_data
        # A boot switches an opt-out on only (BOOT-13); taking one back is a word of its own.
        consent = {"unsubscribeEmail": chosen["refuses_email"], "unsubscribeTexting": chosen["refuses_texting"]}
        visitors.leave_news(response, json.dumps({"consent": consent}), secure=request.is_secure())
        return response
    return _page(request, "account", {"form": form})


def _let_in(request: HttpRequest, account: Account) -> HttpResponse:
    response = HttpResponseRedirect(reverse("shop:goods"))
    visitors.let_in(response, account, secure=request.is_secure())
    return response


def _language(request: HttpRequest) -> str:
    return visitors.chosen_language(request)


def _product(slug: str) -> Product:
    try:
        return GOODS[slug]
    except KeyError:
        raise Http404 from None


def _shown(product: Product, language: str) -> dict[str, Any]:
    return {
        "slug": product.slug,
        "name": product.name(language),
        "story": product.story(language),
        "price": product.price,
        "picture": f"demo/goods/{product.slug}.svg",
    }


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Every page: in the visitor's language, with what the plugin is to be told."""
    language = _language(request)
    customer = visitors.customer(request)
    site = Site.objects.filter(code=visitors.SITE_CODE).first()
    news = request.get_signed_cookie(visitors.NEWS_COOKIE, default="", salt=visitors.NEWS_COOKIE, max_age=60)
    shared = {
        "language": language,
        "languages": visitors.LANGUAGES,
        "customer": customer,
        "site": site,
        "plugin": {
            "boot": visitors.boot_options(site, customer, language) if site else None,
            **(json.loads(news) if news else {}),
        },
    }
    with translation.override(language):
        response = render(request, f"demo/shop/{template}.html", context | shared)
    response.set_cookie(
        visitors.LANGUAGE_COOKIE, language, path="/shop/", max_age=60 * 60 * 24 * 365, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip
    if news:
        response.delete_cookie(visitors.NEWS_COOKIE, path="/shop/")
    return response
