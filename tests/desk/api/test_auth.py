"""Who calls the open API (API-2)."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from desk.actors import SYSTEM
from desk.api.auth import ApiKeyAuthentication
from desk.api.throttles import ApiKeyThrottle
from desk.api.views import ApiView
from desk.api_keys import create_api_key, revoke_api_key
from desk.models import Site

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.desk.api.test_auth")]


class _View(ApiView):
    authentication_classes = [ApiKeyAuthentication]
    throttle_classes = [ApiKeyThrottle]

    def get(self, request: Request) -> Response:
        return Response({"site": request.user.site.code})  # type: ignore[union-attr]


urlpatterns = [path("api/v1/x", _View.as_view())]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def call(**headers: str) -> tuple[int, object]:
    answer = Client().get("/api/v1/x", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, answer.json()


def code_of(answer: tuple[int, object]) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]  # type: ignore[index]


def test_a_key_and_its_secret_are_let_in(shop: Site) -> None:
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    assert call(x_access_key=made.key.access_key, x_access_secret=made.secret) == (200, {"site": "SHOP"})


def test_everything_else_is_401(shop: Site) -> None:
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    key, secret = made.key.access_key, made.secret
    assert code_of(call()) == (401, "not_authenticated")
    assert code_of(call(x_access_key=key)) == (401, "not_authenticated")
    assert code_of(call(x_access_secret=secret)) == (401, "not_authenticated")
    assert code_of(call(x_access_key=key, x_access_secret="wrong")) == (401, "not_authenticated")
    assert code_of(call(x_access_key="wrong", x_access_secret=secret)) == (401, "not_authenticated")
    revoke_api_key(made.key, actor=SYSTEM, now=timezone.now())
    assert code_of(call(x_access_key=key, x_access_secret=secret)) == (401, "not_authenticated")


@override_settings(API_RATE_PER_KEY="2/min")
def test_a_key_is_limited(shop: Site) -> None:
    """API-2: 429 with the rate-limit headers."""
    made = create_api_key(shop, "ERP", actor=SYSTEM)
    headers = {"x-access-key": made.key.access_key, "x-access-secret": made.secret}
    answers = [Client().get("/api/v1/x", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["x-ratelimit-remaining"] == "1"
    assert int(answers[2]["Retry-After"]) <= 60
