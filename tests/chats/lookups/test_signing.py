"""LOOK-4: the signature of a call."""

import datetime

from chats.lookups.asking import body_of
from chats.lookups.signing import signature, signed_headers

KEY = "bf7769e5321448de88838cdb"
SIGNED = "/TblySsDWigxDfrd92nxehhWHpMoH5zZ+/cpwdPJNko="
AT = "1660095873001"


def test_the_signature_is_that_of_the_contract() -> None:
    """LOOK-4: its vector, with the body as it is sent."""
    body = body_of({"callNum": "1", "nation": "korea"})
    assert body == b'{"callNum":"1","nation":"korea"}'
    assert signature(KEY, body, AT) == SIGNED


def test_the_time_is_told_in_milliseconds() -> None:
    """LOOK-4."""
    now = datetime.datetime(2022, 8, 10, 1, 44, 33, 1000, tzinfo=datetime.UTC)
    body = b'{"callNum":"1","nation":"korea"}'
    assert signed_headers(KEY, body, now) == {"x-tc-timestamp": AT, "authorization": SIGNED}


def test_the_body_is_readable_where_it_is_not_english() -> None:
    """LOOK-3: UTF-8, as it is signed."""
    assert body_of({"name": "서연"}) == '{"name":"서연"}'.encode()
