"""LOOK-7: calls to servers of others, against real servers with every kind of malice."""

import gzip
import ipaddress
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from desk import outbound
from desk.outbound import Answer, Call, call, check_url
from desk.outbound_addresses import Address
from desk.outbound_errors import OutboundFailed
from tests.desk.servers import Authority, Manner, Server, answering, serving

HOME = ipaddress.ip_address("127.0.0.1")
SECOND = ipaddress.ip_address("127.0.0.2")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _world(settings: Settings, authority: Authority) -> None:
    """The test's authority is believed, and shop.test may lie on this machine."""
    settings.OUTBOUND_CA_FILE = str(authority.file)
    settings.OUTBOUND_ALLOWED = ["shop.test"]


@pytest.fixture
def certificate(authority: Authority) -> Path:
    return authority.certificate("shop.test")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits a tenth as long."""
    monkeypatch.setattr(outbound, "SECONDS", 1.0)
    monkeypatch.setattr(outbound, "CONNECT_SECONDS", 0.5)


def here(host: str, port: int) -> list[Address]:
    """A name server for which every name is this machine."""
    return [HOME]


def failure(asked: Callable[[], object]) -> str:
    with pytest.raises(OutboundFailed) as caught:
        asked()
    assert caught.value.message
    return caught.value.code


def ask(server: Server, *, url: str = "", body: bytes = b"{}", **options: bool) -> Answer:
    return call(Call(url or server.url(), body, **options), resolver=here)  # type: ignore[arg-type]


def until_hung_up(connection: socket.socket) -> None:
    """Wait until the other side closes."""
    while connection.recv(1):
        pass


# --- what is sent and what comes back -------------------------------------------------------------------------


def test_the_bytes_arrive_as_they_were_given(certificate: Path) -> None:
    """LOOK-3: host and port in the Host header, body and headers untouched."""
    body = json.dumps({"이름": "서연"}, ensure_ascii=False).encode()
    with serving(answering(b'{"ok": true}'), certificate=certificate) as server:
        request = Call(server.url(path="/hook?key=1"), body, {"content-type": "application/json", "x-own": "yes"})
        answer = call(request, resolver=here)
    [seen] = server.seen
    assert (seen.line, seen.body) == ("POST /hook?key=1 HTTP/1.1", body)
    assert seen.headers["host"] == f"shop.test:{server.port}"
    assert seen.headers["x-own"] == "yes"
    assert not {"cookie", "authorization"} & set(seen.headers)
    assert (answer.status, answer.json()) == (200, {"ok": True})


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found", "500 Oops"])
def test_a_refusal_is_an_answer_until_it_is_checked(status: str, certificate: Path) -> None:
    """LOOK-3: the body of a refusal says why."""
    with serving(answering(b'{"error": {"code": "x"}}', status), certificate=certificate) as server:
        answer = ask(server)
    assert answer.json() == {"error": {"code": "x"}}
    assert failure(answer.check) == "status"


def test_an_answer_nobody_wants_is_not_read(certificate: Path) -> None:
    """API-3: what a webhook's server says beside its status is none of our business."""

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        until_hung_up(connection)

    with serving(endless, certificate=certificate) as server:
        answer = ask(server, wants_body=False)
    assert (answer.status, answer.body) == (200, b"")


# --- addresses ------------------------------------------------------------------------------------------------

REFUSED_4 = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1"),
    "255.255.255.255",
]
REFUSED_6 = [
    *("::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1"),
    *("64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1", "3fff::1", "100::1"),
    "2a00:1450::5efe:10.0.0.1",
]
ODD = [
    *("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0127.0.0.1"),
    *("1.2.3.4.5", "127.0.0.1.", "0x7F.1", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"),
]
OPEN = [
    *("8.8.8.8", "172.32.0.1", "[2a00:1450:4001:80b::200e]", "[64:ff9b::8.8.8.8]", "[::ffff:8.8.8.8]"),
    "[2002:808:808::1]",
]


@pytest.mark.parametrize("host", [*REFUSED_4, *(f"[{address}]" for address in REFUSED_6)])
def test_an_address_inside_is_refused(host: str) -> None:
    """LOOK-7: private, loopback, link-local, multicast, reserved; hidden in IPv6."""
    assert failure(lambda: check_url(f"https://{host}/")) == "address_refused"


@pytest.mark.parametrize("host", ODD)
def test_an_odd_spelling_is_refused(host: str) -> None:
    """LOOK-7: decimal, octal, hexadecimal, shortened, in other digits: some resolvers read them as addresses."""
    assert failure(lambda: check_url(f"https://{host}/")) in {"address_refused", "url_invalid"}


@pytest.mark.parametrize("host", [*REFUSED_4, *REFUSED_6])
def test_a_name_for_an_address_inside_is_refused(host: str) -> None:
    """LOOK-7: what the name server says is checked the same way."""
    address = ipaddress.ip_address(host)
    request = Call("https://inside.example/", b"")
    assert failure(lambda: call(request, resolver=lambda host, port: [address])) == "address_refused"


@pytest.mark.parametrize("host", OPEN)
def test_an_address_of_the_world_may_be_called(host: str) -> None:
    """LOOK-7: also when it is written as an IPv6 address that holds it."""
    assert check_url(f"https://{host}/").scheme == "https"


def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    """LOOK-7: which of them a connection takes is luck."""
    both = [ipaddress.ip_address("8.8.8.8"), HOME]
    assert failure(lambda: call(Call("https://mixed.example/", b""), resolver=lambda *_: both)) == "address_refused"


def test_a_name_server_that_changes_its_mind_changes_nothing(settings: Settings, certificate: Path) -> None:
    """LOOK-7: the name is looked up once, and the call goes where was checked; the next call is checked anew."""
    settings.OUTBOUND_ALLOWED = ["127.0.0.2"]
    answers = [[SECOND], [HOME], [HOME]]
    with serving(answering(b'"second"'), certificate=certificate, address="127.0.0.2") as second:
        with serving(answering(b'"home"'), certificate=certificate, port=second.port) as home:
            request = Call(second.url(), b"")
            assert call(request, resolver=lambda *_: answers.pop(0)).json() == "second"
            assert len(answers) == 2
            assert failure(lambda: call(request, resolver=lambda *_: answers.pop(0))) == "address_refused"
    assert home.connections == 0


@pytest.mark.parametrize(
    ("listed", "refusal"),
    [
        ("127.0.0.0/8", None),
        ("127.0.0.1", None),
        ("shop.test", None),
        ("http://shop.test", None),
        ("http://shop.test:1", "address_refused"),
        ("10.0.0.0/8", "address_refused"),
        ("other.test", "address_refused"),
    ],
)
def test_the_installation_lists_what_may_be_called(
    listed: str, refusal: str | None, settings: Settings, certificate: Path
) -> None:
    """LOOK-7: networks, addresses and hosts of OUTBOUND_ALLOWED."""
    settings.OUTBOUND_ALLOWED = [listed]
    with serving(answering(), certificate=certificate) as server:
        if refusal is None:
            assert ask(server).status == 200
        else:
            assert failure(lambda: ask(server)) == refusal


@pytest.mark.parametrize("listed", ["http://shop.test", "http://shop.test:{port}"])
def test_plain_http_is_for_listed_hosts(listed: str, settings: Settings) -> None:
    """LOOK-7: HTTPS unless the administrator of the installation says otherwise."""
    with serving(answering()) as server:
        url = server.url(scheme="http")
        assert failure(lambda: ask(server, url=url)) == "https_needed"
        settings.OUTBOUND_ALLOWED = [listed.format(port=server.port)]
        assert ask(server, url=url).status == 200


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url_invalid"),
        ("shop.test/hook", "url_invalid"),
        ("ftp://shop.test/", "url_invalid"),
        ("file:///etc/passwd", "url_invalid"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "url_invalid"),
        ("https://", "url_invalid"),
        ("https:///hook", "url_invalid"),
        ("https://shop.test:99999/", "url_invalid"),
        ("https://shop.test/\r\nx: y", "url_invalid"),
        ("https://shop.test/a b", "url_invalid"),
        ("https://[::1/", "url_invalid"),
        ("https://①②⑦.⓪.⓪.①/", "url_invalid"),
        ("https://" + "a" * 2000, "url_invalid"),
        ("https://alice:secret@shop.test/", "url_user"),
        ("https://8.8.8.8@127.0.0.1/", "url_user"),
        ("http://shop.test/", "https_needed"),
    ],
)
def test_what_is_no_address_is_told(url: str, code: str) -> None:
    """LOOK-7: each with its own sentence, before anybody is called."""
    assert failure(lambda: check_url(url)) == code


# --- the other side misbehaves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "https://shop.test/again", "//169.254.169.254/latest"])
def test_a_redirect_is_not_followed(target: str, certificate: Path) -> None:
    """LOOK-7."""
    with serving(answering(b"", "302 Found", f"location: {target}\r\n"), certificate=certificate) as server:
        assert failure(lambda: ask(server)) == "redirect"
    assert server.connections == 1


def _huge(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
    _flood(connection)


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    _flood(connection)


def _chunked(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(1024):
        connection.sendall(b"100000\r\n" + b"x" * 1_048_576 + b"\r\n")


def _flood(connection: socket.socket) -> None:
    for _ in range(1024):
        connection.sendall(b"x" * 1_048_576)


@pytest.mark.parametrize("manner", [_huge, _endless, _chunked])
def test_a_gigabyte_is_not_taken(manner: Manner, certificate: Path) -> None:
    """LOOK-7: 256 KB, whether the server tells the size or not."""
    with serving(manner, certificate=certificate) as server:
        assert failure(lambda: ask(server)) == "too_large"


def test_as_much_as_is_allowed_is_taken(certificate: Path) -> None:
    """LOOK-7: the limit itself is no fault."""
    with serving(answering(b"1" * 262_144), certificate=certificate) as server:
        assert len(ask(server).body) == 262_144


def test_what_is_packed_is_not_unpacked(certificate: Path) -> None:
    """LOOK-7: a bomb stays as small as it came."""
    bomb = gzip.compress(b"0" * 50_000_000)
    with serving(answering(bomb, headers="content-encoding: gzip\r\n"), certificate=certificate) as server:
        answer = ask(server)
    assert answer.body == bomb
    assert failure(answer.json) == "not_json"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_told(body: bytes, certificate: Path) -> None:
    """LOOK-7: HTML, half an object, other bytes, nesting without end."""
    with serving(answering(body), certificate=certificate) as server:
        assert failure(ask(server).json) == "not_json"


def _drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    _drip(connection, b"x: y\r\n")


def _drip_continues(connection: socket.socket) -> None:
    _drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n")


def _drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    _drip(connection, b"x")


def _drip(connection: socket.socket, drop: bytes) -> None:
    while True:
        connection.sendall(drop)
        time.sleep(0.05)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("manner", [until_hung_up, _drip_headers, _drip_continues, _drip_body])
def test_slow_drips_do_not_stretch_the_time(manner: Manner, certificate: Path) -> None:
    """LOOK-7: 10 seconds in all (here 1), however the bytes are spread."""
    began = time.monotonic()
    with serving(manner, certificate=certificate) as server:
        assert failure(lambda: ask(server)) == "timeout"
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("quick")
def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    """LOOK-7: looking the name up is part of connecting."""
    never = threading.Event()
    silent = Call("https://silent.example/", b"")
    try:
        assert failure(lambda: call(silent, resolver=lambda *_: [HOME] if never.wait(60) else [])) == "dns_slow"
    finally:
        never.set()


@pytest.mark.usefixtures("quick")
def test_a_greeting_that_does_not_come_is_not_waited_for() -> None:
    """LOOK-7: a server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://shop.test:{listener.getsockname()[1]}/"
        assert failure(lambda: call(Call(url, b""), resolver=here)) == "connect_slow"


def test_a_name_nobody_knows_is_told() -> None:
    """LOOK-7."""

    def unknown(host: str, port: int) -> list[Address]:
        raise socket.gaierror

    assert failure(lambda: call(Call("https://nowhere.example/", b""), resolver=unknown)) == "dns"


def test_a_closed_door_is_told() -> None:
    """LOOK-7."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(lambda: call(Call(f"https://shop.test:{port}/", b""), resolver=here)) == "connect"


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"])
def test_what_is_not_http_is_told(said: bytes, certificate: Path) -> None:
    """LOOK-7: nothing, another protocol, less than was promised."""
    with serving(lambda connection: connection.sendall(said), certificate=certificate) as server:
        assert failure(lambda: ask(server)) == "broken"


# --- certificates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "host", "code"),
    [
        ({"begins": -3, "ends": -1}, "shop.test", "tls_expired"),
        ({"begins": 1, "ends": 3}, "shop.test", "tls_not_yet"),
        ({}, "other.test", "tls_wrong_host"),
        ({}, "127.0.0.1", "tls_wrong_host"),
    ],
)
def test_a_bad_certificate_is_told(options: dict[str, int], host: str, code: str, authority: Authority) -> None:
    """LOOK-7: the certificate is checked for the name, though the connection goes to an address."""
    with serving(answering(), certificate=authority.certificate(host, **options)) as server:
        assert failure(lambda: ask(server)) == code
    assert server.seen == []


def test_a_certificate_of_nobody_we_know_is_told(tmp_path: Path) -> None:
    """LOOK-7: another authority's."""
    with serving(answering(), certificate=Authority(tmp_path).certificate("shop.test")) as server:
        assert failure(lambda: ask(server)) == "tls_unknown"


def test_a_server_without_tls_is_told() -> None:
    """LOOK-7: https to a server that speaks plain."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(65_536)

        threading.Thread(target=speak, daemon=True).start()
        url = f"https://shop.test:{listener.getsockname()[1]}/"
        assert failure(lambda: call(Call(url, b""), resolver=here)) == "tls"


# --- nothing on the side ----------------------------------------------------------------------------------------


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """LOOK-7: a proxy would resolve the name itself."""
    with serving(answering(b'"proxy"')) as proxy, serving(answering(b'"server"'), certificate=certificate) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert ask(server).json() == "server"
    assert proxy.connections == 0


def test_cookies_are_forgotten(certificate: Path) -> None:
    """LOOK-7: one call knows nothing of another."""
    with serving(answering(headers="set-cookie: who=alice; Path=/\r\n"), certificate=certificate) as server:
        ask(server)
        ask(server)
    assert [("cookie" in seen.headers) for seen in server.seen] == [False, False]


def test_nothing_of_a_call_is_logged(certificate: Path, caplog: pytest.LogCaptureFixture) -> None:
    """LOOK-7: neither address nor header nor body, whatever the log level of the desk."""
    caplog.set_level(logging.DEBUG)
    with serving(answering(b'{"answer": "sesame"}'), certificate=certificate) as server:
        call(Call(server.url(path="/?key=sesame"), b'{"body": "sesame"}', {"x-key": "sesame"}), resolver=here)
        assert failure(lambda: call(Call("https://shop.test:1/?key=sesame", b""), resolver=here)) == "connect"
    assert "sesame" not in caplog.text
