"""The browser tests' own ground: what must fail a test does fail it."""

import pytest

from desk.models import Operator
from tests.browser.conftest import OpenDesk, OpenPage, SignIn
from tests.browser.foreign_pages import ForeignOrigin
from tests.browser.watching import Watch


def test_an_operator_is_signed_in_by_the_form(alice: Operator, visitor_page: OpenPage, sign_in: SignIn) -> None:
    page = visitor_page("/desk/")
    assert "/login/" in page.url
    sign_in(page, alice)
    assert "/desk/" in page.url


def test_an_operator_is_signed_in_by_cookie(alice: Operator, desk_page: OpenDesk) -> None:
    assert "/login/" not in desk_page(alice).url


@pytest.mark.parametrize(
    "script",
    [
        "setTimeout(() => { throw new Error('boom') })",
        "console.error('boom')",
        "fetch('http://192.0.2.1/boom').catch(() => {})",
        "eval('boom')",
    ],
    ids=["uncaught error", "console error", "request that leaves the machine", "breach of the content policy"],
)
def test_a_page_that_misbehaves_is_noticed(
    script: str, visitor_page: OpenPage, foreign_origin: ForeignOrigin, watch: Watch
) -> None:
    foreign_origin.serve("/own.js", f"document.title = 'ran'; {script}", content_type="text/javascript")
    policy = {"Content-Security-Policy": "script-src 'self'"}
    page = visitor_page(foreign_origin.serve("/", "<title>-</title><script src=/own.js></script>", headers=policy))
    page.wait_for_function("document.title === 'ran'")
    page.wait_for_timeout(100)
    with pytest.raises(AssertionError):
        watch.check()
    watch._problems.clear()
