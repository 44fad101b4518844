"""The site CHATS: people as ``seed_demo`` makes them, then chats and messages set by set. Filled once and kept."""

import datetime
import time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.timing import Report
from chats.categories import add_category
from chats.messaging import SHOWN_OF_LAST
from chats.models import (
    Assignment,
    Category,
    Chat,
    ChatNumberCounter,
    ChatTag,
    ContactChats,
    Memo,
    Message,
)
from chats.room_tags import add_room_tag
from config.demo.data.loading import settle
from config.demo.data.seeding import SEEDER, Scale, seed
from contacts.models import Contact, ContactProfile
from desk.ids import id_at
from desk.models import AuditEntry, Membership, Operator, Role, Site
from desk.sites import create_site

CODE = "CHATS"
OPERATORS = 40
LONG = 5_000
_PEOPLE = 0.6  # contacts of each chat: who writes, writes again
_YEAR = 365 * 86_400
# Messages of chat n: one to nineteen, ten on average, in another order than the chats.
_LENGTH = "(1 + (n * 7919) %% 19)"
_TEXT = "주문하신 상품은 내일 오전에 출고됩니다. 조금만 기다려 주세요. order 12345, tracking 67890"
# Of a hundred chats ten are open; all of them belong to the last fifth, and each to another person.
_STATE = (
    "CASE WHEN n <= %(closed)s OR (n * 31) %% 2 = 1 THEN 'closed' WHEN (n / 2) %% 10 < 3 THEN 'waiting'"
    " WHEN (n / 2) %% 10 < 4 THEN 'received' WHEN (n / 2) %% 10 < 9 THEN 'inProgress' ELSE 'onHold' END"
)


def filled_site(report: Report, *, chats: int, messages: int) -> Site:
    """The site with so many chats and messages; one chat, the last, has ``LONG`` messages."""
    report.section("Sample data")
    site = Site.objects.filter(code=CODE).first() or create_site("Chats", CODE, actor=SEEDER)
    if not Chat.objects.filter(site=site).exists():
        began = time.monotonic()
        missing = int(chats * _PEOPLE) - Contact.objects.filter(site=site).count()
        if missing > 0:
            seed(site, Scale(contacts=missing, anonymous=0.0, visits=0, events=0))
        report.fact("people", f"{Contact.objects.filter(site=site).count():,}, {time.monotonic() - began:,.0f} s")
        began = time.monotonic()
        _fill(site, chats, messages / chats / 10)
        settle((Chat, Message, Memo, ChatTag, Assignment, ContactChats, Contact, ContactProfile, AuditEntry))
        report.fact("chats and messages, set by set", f"{time.monotonic() - began:,.0f} s")
    for model in (Contact, Chat, Message, Memo, Assignment, ChatTag, AuditEntry):
        report.fact(model._meta.db_table, f"{model.objects.filter(site=site).count():,}")
    return site


def longest(site: Site) -> Chat:
    """The chat with ``LONG`` messages."""
    return Chat.objects.select_related("contact", "site").filter(site=site).order_by("-messages_count")[0]


@transaction.atomic
def _fill(site: Site, chats: int, scale: float) -> None:
    operators = [_operator(site, number) for number in range(OPERATORS)]
    tops = [add_category(site, f"Top {number}", actor=SEEDER) for number in range(8)]
    for top in tops:
        for number in range(5):
            add_category(site, f"Below {number}", parent=top, actor=SEEDER)
    tags = [add_room_tag(site, f"tag {number}", actor=SEEDER) for number in range(20)]
    start = timezone.now() - datetime.timedelta(seconds=_YEAR)
    values = {
        "site": site.pk,
        "chats": chats,
        "closed": chats * 4 // 5,
        "start": start,
        "step": _YEAR / chats,
        "base": id_at(start),
        # Ids in the order of time, as the desk makes them.
        "id_step": (id_at(timezone.now()) - id_at(start)) // chats // 64 * 64,
        "scale": scale,
        "text": _TEXT,
        "shown": SHOWN_OF_LAST,
        "long": LONG,
    }
    with connection.cursor() as cursor:
        _lookup(cursor, "bench_people", list(Contact.objects.filter(site=site).values_list("pk", flat=True)))
        _lookup(cursor, "bench_agents", [operator.pk for operator in operators])
        _lookup(
            cursor,
            "bench_categories",
            list(Category.objects.filter(site=site, parent__isnull=False).values_list("pk", flat=True)),
        )
        _lookup(cursor, "bench_tags", [tag.pk for tag in tags])
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
    ChatNumberCounter.objects.create(site=site, last=chats)


def _operator(site: Site, number: int) -> Operator:
    name = f"Agent {number}"
    operator = Operator.objects.create_user(f"chats{number}@example.com", None, name=name, language="en")
    Membership.objects.create(site=site, operator=operator, role=Role.AGENT if number else Role.ADMIN)
    return operator


def _lookup(cursor: Any, name: str, ids: list[int]) -> None:
    """Ids by number from 0, so that a statement deals them out."""
    cursor.execute(f"CREATE TEMP TABLE {name} (n integer PRIMARY KEY, id bigint)")
    cursor.executemany(f"INSERT INTO {name} VALUES (%s, %s)", list(enumerate(ids)))


_STATEMENTS = (
    "CREATE TEMP TABLE bench_chats AS SELECT n, %(base)s::bigint + n::bigint * %(id_step)s AS id,"
    " %(start)s::timestamptz + n * %(step)s * interval '1 second' AS opened,"
    f" CASE WHEN n = %(chats)s THEN %(long)s ELSE greatest(1, ({_LENGTH} * %(scale)s)::int) END AS length,"
    f" CASE WHEN n = %(chats)s THEN 'inProgress' ELSE {_STATE} END AS state,"
    " (SELECT count(*) FROM bench_people) AS people FROM generate_series(1::bigint, %(chats)s) n",
    # Everybody in turn, so that two open chats never belong to one person.
    "INSERT INTO chats_chat (id, site_id, number, contact_id, identity_id, channel, state, assignee_id, category_id,"
    " category_note, page, parameters, account, messages_count, unread, unseen, last_message_at, last_text,"
    " last_by_visitor, opened_at, closed_at, closed_by_kind, closed_by)"
    " SELECT c.id, %(site)s, c.n, p.id, NULL, CASE WHEN c.n %% 5 = 0 THEN 'kakao' ELSE 'web' END, c.state,"
    " CASE WHEN c.state IN ('waiting') THEN NULL ELSE a.id END, CASE WHEN c.n %% 3 = 0 THEN NULL ELSE k.id END,"
    " '', 'https://shop.example/cart', '{}', '', c.length, c.n %% 3,"
    " CASE WHEN c.state = 'closed' THEN 0 ELSE c.n %% 4 END, c.opened + c.length * interval '40 second',"
    " left(%(text)s, %(shown)s), c.n %% 2 = 0, c.opened,"
    " CASE WHEN c.state = 'closed' THEN c.opened + c.length * interval '60 second' END, '', ''"
    " FROM bench_chats c JOIN bench_people p ON p.n = c.n %% c.people"
    " JOIN bench_agents a ON a.n = (c.n * 17 + c.n / 80) %% 40 JOIN bench_categories k ON k.n = (c.n * 13) %% 40",
    "INSERT INTO chats_message (id, site_id, chat_id, number, author, operator_id, author_name, text, at, client_id,"
    " channel_key) SELECT c.id + m, %(site)s, c.id, m, CASE WHEN m %% 2 = 1 THEN 'visitor' ELSE 'operator' END,"
    " CASE WHEN m %% 2 = 0 THEN a.id END, CASE WHEN m %% 2 = 0 THEN 'Agent' ELSE '' END, %(text)s,"
    " c.opened + m * interval '40 second', '', '' FROM bench_chats c"
    " JOIN bench_agents a ON a.n = (c.n * 17 + c.n / 80) %% 40, generate_series(1, c.length) m",
    "INSERT INTO chats_memo (id, site_id, chat_id, operator_id, author_name, text, at)"
    " SELECT c.id + 1, %(site)s, c.id, a.id, 'Agent', 'calls back tomorrow', c.opened + interval '5 minute'"
    " FROM bench_chats c JOIN bench_agents a ON a.n = (c.n * 17 + c.n / 80) %% 40 WHERE c.n %% 5 = 0",
    "INSERT INTO chats_assignment (id, site_id, chat_id, before_id, before_name, after_id, after_name, by_kind, by, at)"
    " SELECT c.id + 1, %(site)s, c.id, NULL, '', a.id, 'Agent', 'system', 'system', c.opened"
    " FROM bench_chats c JOIN bench_agents a ON a.n = (c.n * 17 + c.n / 80) %% 40 WHERE c.state <> 'waiting'",
    "INSERT INTO chats_chattag (chat_id, tag_id, site_id) SELECT c.id, t.id, %(site)s"
    " FROM bench_chats c JOIN bench_tags t ON t.n = (c.n * 7) %% 20 WHERE c.n %% 4 = 0",
    # One person who comes again and again: the history of the panel.
    "UPDATE chats_chat SET contact_id = (SELECT contact_id FROM chats_chat WHERE site_id = %(site)s AND"
    " number = %(chats)s) WHERE site_id = %(site)s AND closed_at IS NOT NULL AND number %% (%(chats)s / 200) = 0",
    'INSERT INTO chats_contactchats (contact_id, site_id, "count", last_at, unread)'
    " SELECT contact_id, %(site)s, count(*), max(opened_at), sum(unread) FROM chats_chat WHERE site_id = %(site)s"
    " GROUP BY contact_id",
    # What the audit log has of every chat: that it was given to somebody, and closed.
    "INSERT INTO desk_auditentry (id, site_id, at, operator_id, actor, action, target_type, target_id, reason, details)"
    " SELECT c.id + e.n, %(site)s, c.opened + e.n * interval '40 second', a.id, 'Agent', e.action, 'chat', c.id::text,"
    " '', '{}' FROM bench_chats c JOIN bench_agents a ON a.n = (c.n * 17 + c.n / 80) %% 40,"
    " (VALUES (1, 'chat.assign'), (9, 'chat.close')) e (n, action) WHERE c.state = 'closed' OR e.n = 1",
)
