"""Servers on this machine that play the outside world: honest, slow, huge or with a bad certificate."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# What a server does with one connection, after it has read the request.
Manner = Callable[[socket.socket], None]

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came in: the first line, headers in lower case, the bytes of the body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """A server that treats each connection according to what it was asked."""

    manner: Callable[[Seen], Manner]


@dataclass
class Server:
    """A listening server; ``seen`` are the requests it has read."""

    address: str
    port: int
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def url(self, host: str = "shop.test", scheme: str = "https", path: str = "/hook") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answering(body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> Manner:
    """The whole answer at once."""

    def answer(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return answer


@contextmanager
def serving(
    manner: Manner | Reading, *, certificate: Path | None = None, address: str = "127.0.0.1", port: int = 0
) -> Iterator[Server]:
    """A server that treats every connection in ``manner``, with TLS when it has a certificate."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    listener = socket.create_server((address, port))
    server = Server(address, listener.getsockname()[1])

    def serve_one(connection: socket.socket) -> None:
        # Whoever is tested may hang up whenever it likes.
        with suppress(OSError), connection:
            talk = context.wrap_socket(connection, server_side=True) if context else connection
            with talk:
                seen = _read(talk)
                server.seen.append(seen)
                (manner.manner(seen) if isinstance(manner, Reading) else manner)(talk)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _peer = listener.accept()
                server.connections += 1
                threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        # shutdown wakes the accept() that close() alone would leave hanging.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _read(connection: socket.socket) -> Seen:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _some(connection)
    return Seen(line, headers, body)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionResetError
    return data


class Authority:
    """A certificate authority of the tests; ``file`` is what ``OUTBOUND_CA_FILE`` names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        now = datetime.datetime.now(datetime.UTC)
        made = self._builder("Test authority", self._key, now - DAY, now + DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certificate(self, host: str, *, begins: int = -1, ends: int = 1) -> Path:
        """Certificate and key for ``host``; valid from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        made = self._builder(host, key, now + begins * DAY, now + ends * DAY).add_extension(
            x509.SubjectAlternativeName([name]), critical=False
        )
        file = self._folder / f"{host}{begins}{ends}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        return file

    def _builder(
        self, name: str, key: ec.EllipticCurvePrivateKey, begins: datetime.datetime, ends: datetime.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
