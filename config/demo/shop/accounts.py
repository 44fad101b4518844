"""The demo shop's own customers, in a small file below ``DATA_DIR``: a shop's accounts are not the desk's business."""

import datetime
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

LOGIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,29}")


class LoginIdTaken(Exception):
    """Somebody has this ID already."""


@dataclass(frozen=True, slots=True)
class Account:
    """``login_id`` is the memberId that the desk gets; ``last_order_at`` is ISO 8601 or empty."""

    login_id: str
    name: str
    email: str
    password: str
    mobile_number: str = ""
    refuses_email: bool = False
    refuses_texting: bool = False
    orders: int = 0
    last_order_at: str = ""


@contextmanager
def _file() -> Iterator[sqlite3.Connection]:
    """The open file inside one transaction; SQLite because several web workers write it."""
    with closing(sqlite3.connect(settings.DATA_DIR / "demo_shop.sqlite3", timeout=10, isolation_level=None)) as file:
        file.execute(
            "CREATE TABLE IF NOT EXISTS account (login_id TEXT PRIMARY KEY COLLATE NOCASE, data TEXT NOT NULL)"
        )
        file.execute("BEGIN IMMEDIATE")
        yield file
        file.execute("COMMIT")


def sign_up(account: Account, password: str) -> Account:
    """Keep a new account with ``password``. ``LoginIdTaken`` when there is one with its ID."""
    account = replace(account, password=make_password(password))
    with _file() as file:
        try:
            file.execute("INSERT INTO account VALUES (?, ?)", (account.login_id, json.dumps(asdict(account))))
        except sqlite3.IntegrityError:
            raise LoginIdTaken from None
    return account


def account_of(login_id: str) -> Account | None:
    """The account with this ID."""
    with _file() as file:
        row = file.execute("SELECT data FROM account WHERE login_id = ?", (login_id,)).fetchone()
    return Account(**json.loads(row[0])) if row else None


def log_in(login_id: str, password: str) -> Account | None:
    """The account when ID and password belong together."""
    account = account_of(login_id)
    return account if account and check_password(password, account.password) else None


def change_consent(account: Account, *, refuses_email: bool, refuses_texting: bool) -> None:
    """Whether this customer wants advertising."""
    _change(account, lambda now: replace(now, refuses_email=refuses_email, refuses_texting=refuses_texting))


def order(account: Account, *, at: datetime.datetime) -> Account:
    """Count one more order."""
    return _change(
        account, lambda now: replace(now, orders=now.orders + 1, last_order_at=at.isoformat(timespec="seconds"))
    )


def _change(account: Account, change: Callable[[Account], Account]) -> Account:
    with _file() as file:
        row = file.execute("SELECT data FROM account WHERE login_id = ?", (account.login_id,)).fetchone()
        changed = change(Account(**json.loads(row[0])) if row else account)
        file.execute("UPDATE account SET data = ? WHERE login_id = ?", (json.dumps(asdict(changed)), account.login_id))
    return changed
