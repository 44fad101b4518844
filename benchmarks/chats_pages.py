"""What operators wait for: the inbox, its counts, a conversation, a history, a message; and the same by hand.

The product's statements are taken as the desk sends them and timed as tuples, against one or two statements that answer
the same rows; then with objects, and as whole requests in process with their HTML.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.chats_filling import longest
from benchmarks.timing import Line, Report, take_turns
from chats.conversation import read_newest
from chats.inbox import VIEWS, Asked, count_rooms, count_unseen, list_rooms
from chats.messaging import Text, say
from chats.models import Author, Chat
from chats.panel_history import read_history
from desk.access import Access, access_to
from desk.actors import Actor
from desk.ids import new_id
from desk.models import Operator, Site

Sql = tuple[str, Any]
_ROWS = (
    "SELECT c.id, c.number, c.channel, c.state, c.last_message_at, c.last_text, c.last_by_visitor, c.unseen,"
    " c.messages_count, c.opened_at, c.closed_at, p.id, p.customer_number, p.kind, p.name, p.member_id, p.email,"
    " p.mobile_number, o.id, o.name, k.name, u.name, g.name, g.color FROM chats_chat c"
    " JOIN contacts_contact p ON p.id = c.contact_id LEFT JOIN desk_operator o ON o.id = c.assignee_id"
    " LEFT JOIN chats_category k ON k.id = c.category_id LEFT JOIN chats_category u ON u.id = k.parent_id"
    " LEFT JOIN tags_contactgrade cg ON cg.contact_id = p.id LEFT JOIN tags_grade g ON g.id = cg.grade_id"
    " WHERE c.site_id = %s AND {view} ORDER BY {order} LIMIT 41"
)
_TAGS = (
    "SELECT ct.contact_id, t.name, t.color FROM tags_contacttag ct JOIN tags_tag t ON t.id = ct.tag_id"
    " WHERE ct.site_id = %s AND ct.contact_id = ANY(%s)"
)
_OPEN = "c.closed_at IS NULL AND {}"
_HAND = {
    "waiting": _OPEN.format("c.state = 'waiting'"),
    "mine": _OPEN.format("c.assignee_id = %s"),
    "team": _OPEN.format("c.assignee_id <> %s"),
    "all": _OPEN.format("TRUE"),
    "hold": _OPEN.format("c.state = 'onHold'"),
    "closed": "c.closed_at IS NOT NULL",
}
_COUNTS = (
    "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE assignee_id = %s),"
    " count(*) FILTER (WHERE assignee_id <> %s), count(*), count(*) FILTER (WHERE state = 'onHold'),"
    " (SELECT count(*) FROM (SELECT 1 FROM chats_chat WHERE site_id = %s AND closed_at IS NOT NULL LIMIT 1000) ended)"
    " FROM chats_chat WHERE site_id = %s AND closed_at IS NULL"
)
_UNSEEN = (
    "SELECT count(*) FROM chats_chat WHERE site_id = %s AND closed_at IS NULL AND unseen > 0"
    " AND (assignee_id = %s OR assignee_id IS NULL)"
)
_NEWEST = "SELECT * FROM chats_message WHERE chat_id = %s ORDER BY number DESC LIMIT 51"
_HISTORY = (
    "SELECT c.*, o.name, k.name, u.name, (SELECT m.text FROM chats_memo m WHERE m.chat_id = c.id ORDER BY m.id DESC"
    " LIMIT 1), (SELECT count(*) FROM chats_attachment f WHERE f.chat_id = c.id), (SELECT string_agg(t.name, ',')"
    " FROM chats_chattag ct JOIN chats_roomtag t ON t.id = ct.tag_id WHERE ct.chat_id = c.id),"
    " (SELECT string_agg(a.after_name, ' > ' ORDER BY a.id) FROM chats_assignment a WHERE a.chat_id = c.id)"
    " FROM chats_chat c LEFT JOIN desk_operator o ON o.id = c.assignee_id"
    " LEFT JOIN chats_category k ON k.id = c.category_id LEFT JOIN chats_category u ON u.id = k.parent_id"
    " WHERE c.contact_id = %s ORDER BY c.opened_at DESC, c.id DESC LIMIT 21"
)


def measure(site: Site, report: Report, *, parts: Sequence[str], rounds: int, explain: bool) -> None:
    """All of it; ``explain`` prints the plans of the inbox's pages."""
    operator = Operator.objects.get(email="chats0@example.com")
    access = access_to(operator, site.pk)
    assert access
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    if "inbox" in parts:
        _inbox(access, client, report, rounds)
    if "counts" in parts:
        _counts(access, client, report, rounds)
    if "conversation" in parts:
        _conversation(longest(site), client, report, rounds)
    if "history" in parts:
        _history(longest(site), client, report, rounds)
    if "sending" in parts:
        _sending(longest(site), operator, client, report, 5 * rounds)
    if explain:
        for view in VIEWS:
            sql, parameters = _sent(lambda: list_rooms(access, Asked(view), now=timezone.now()))[0]  # noqa: B023
            print(f"\n-- {view}")
            print("\n".join(row[0] for row in _fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", parameters)))


def _inbox(access: Access, client: Client, report: Report, rounds: int) -> None:
    report.section("Inbox, first page of each view: statements against hand-written SQL")
    found: dict[str, tuple[float, float, str]] = {}
    for view in VIEWS:
        statements = _sent(lambda: list_rooms(access, Asked(view), now=timezone.now()))  # noqa: B023
        hand = _by_hand(access, view)
        rows = list_rooms(access, Asked(view), now=timezone.now()).rooms
        assert [room.chat.pk for room in rows] == [row[0] for row in _fetch(*hand)][:40], view
        product, by_hand = take_turns(
            lambda: [_fetch(*one) for one in statements],  # noqa: B023
            lambda: _page_by_hand(access, hand),  # noqa: B023
            rounds=rounds,
        )
        report.add(Line(view, product, by_hand, aim=2, note=f"{len(rows)} rooms, {len(statements)} statements"))
        url = f"{reverse('admin:inbox')}?view={view}"
        response = client.get(url)
        assert response.status_code == 200, response.content[:400]
        objects, request = take_turns(
            lambda: list_rooms(access, Asked(view), now=timezone.now()),  # noqa: B023
            lambda: client.get(url),  # noqa: B023
            rounds=rounds,
        )
        note = f"{len(response.content) / 1000:.0f} kB of HTML, {_cpu(lambda: client.get(url), rounds)}"  # noqa: B023
        found[view] = objects, request, note
    report.section("The same pages with their objects, and as whole requests in process")
    for view, (objects, request, note) in found.items():
        report.add(Line(f"{view}: objects", objects))
        report.add(Line(f"{view}: request", request, note=note))


def _counts(access: Access, client: Client, report: Report, rounds: int) -> None:
    report.section("Counts of the views, and the one beside the navigation, against hand-written SQL")
    me, site = access.operator.pk, access.site.pk
    [by_hand] = _fetch(_COUNTS, [me, me, site, site])
    assert list(count_rooms(access).values()) == list(by_hand)
    statements = _sent(lambda: count_rooms(access))
    product, floor = take_turns(
        lambda: [_fetch(*one) for one in statements], lambda: _fetch(_COUNTS, [me, me, site, site]), rounds=rounds
    )
    report.add(Line("counts of the views", product, floor, aim=2, note=f"{by_hand[3]:,} open"))
    product, floor = take_turns(lambda: count_unseen(access), lambda: _fetch(_UNSEEN, [site, me]), rounds=rounds)
    report.add(Line("unseen", product, floor, aim=2))
    (request,) = take_turns(lambda: client.get(reverse("admin:inbox_counts")), rounds=rounds)
    report.add(Line("counts of the views: request", request))


def _conversation(chat: Chat, client: Client, report: Report, rounds: int) -> None:
    report.section(f"A conversation of {chat.messages_count:,} messages (aim: its newest page under 100 ms)")
    statements = _sent(lambda: read_newest(chat))
    product, floor = take_turns(
        lambda: [_fetch(*one) for one in statements], lambda: _fetch(_NEWEST, [chat.pk]), rounds=rounds
    )
    note = (
        f"{len(statements)} statements: messages, files, memos, hand-overs, requests, ends; by hand the messages alone"
    )
    report.add(Line("newest page", product, floor, note=note))
    url = reverse("admin:inbox_chat", args=[chat.pk])
    for name, headers in (("the room alone (a click in the list)", {"HX-Request": "true"}), ("the whole page", {})):
        response = client.get(url, headers=headers)
        assert response.status_code == 200
        (request,) = take_turns(lambda: client.get(url, headers=headers), rounds=rounds)  # noqa: B023
        cpu = _cpu(lambda: client.get(url, headers=headers), rounds)  # noqa: B023
        aim = "under 100 ms" if request < 0.1 else "over 100 ms"
        report.add(
            Line(f"request: {name}", request, note=f"{len(response.content) / 1000:.0f} kB of HTML, {cpu}; {aim}")
        )


def _history(chat: Chat, client: Client, report: Report, rounds: int) -> None:
    contact = chat.contact
    report.section(f"History of a person with {Chat.objects.filter(contact=contact).count():,} chats")
    statements = _sent(lambda: read_history(contact, now=timezone.now()))
    assert [one.chat.pk for one in read_history(contact, now=timezone.now()).chats] == [
        row[0] for row in _fetch(_HISTORY, [contact.pk])
    ][:20]
    product, floor = take_turns(
        lambda: [_fetch(*one) for one in statements], lambda: _fetch(_HISTORY, [contact.pk]), rounds=rounds
    )
    report.add(Line("first page", product, floor, note=f"{len(statements)} statements; by hand one"))
    url = f"{reverse('admin:chat_panel', args=[chat.pk])}?tab=history"
    response = client.get(url)
    assert response.status_code == 200
    (request,) = take_turns(lambda: client.get(url), rounds=rounds)
    report.add(
        Line(
            "request: the panel with its history",
            request,
            note=f"{len(response.content) / 1000:.0f} kB of HTML, {_cpu(lambda: client.get(url), rounds)}",
        )
    )


def _sending(chat: Chat, operator: Operator, client: Client, report: Report, rounds: int) -> None:
    report.section("Saying something")
    actor = Actor.of_operator(operator)

    def product() -> None:
        say(chat, Text("안녕하세요, 확인해 보겠습니다."), author=Author.OPERATOR, actor=actor, now=timezone.now())

    def request() -> None:
        client.post(reverse("admin:inbox_say", args=[chat.pk]), {"text": "안녕하세요", "client_id": f"b{new_id()}"})

    ours, floor = take_turns(product, lambda: _say_by_hand(chat, operator), rounds=rounds)
    report.add(Line("a message: rule", ours, floor, note="by hand: lock, insert, three updates, counter, event"))
    (whole,) = take_turns(request, rounds=rounds)
    report.add(Line("a message: request", whole, note=_cpu(request, rounds)))


def _say_by_hand(chat: Chat, operator: Operator) -> None:
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM contacts_contact WHERE id = %s FOR NO KEY UPDATE", [chat.contact_id])
        cursor.execute("SELECT messages_count FROM chats_chat WHERE id = %s FOR NO KEY UPDATE", [chat.pk])
        number = cursor.fetchone()[0] + 1
        cursor.execute(
            "INSERT INTO chats_message (id, site_id, chat_id, number, author, operator_id, author_name, text, at,"
            " client_id, channel_key) VALUES (%s, %s, %s, %s, 'operator', %s, %s, %s, %s, '', '')",
            [
                new_id(),
                chat.site_id,
                chat.pk,
                number,
                operator.pk,
                operator.name,
                "안녕하세요, 확인해 보겠습니다.",
                now,
            ],
        )
        cursor.execute(
            "UPDATE chats_chat SET messages_count = %s, last_message_at = %s, last_text = %s, last_by_visitor = FALSE,"
            " unread = unread + 1, unseen = 0 WHERE id = %s",
            [number, now, "안녕하세요, 확인해 보겠습니다.", chat.pk],
        )
        cursor.execute("UPDATE chats_contactchats SET unread = unread + 1 WHERE contact_id = %s", [chat.contact_id])
        cursor.execute("UPDATE contacts_contact SET last_touch_at = %s WHERE id = %s", [now, chat.contact_id])
        cursor.execute(
            "INSERT INTO chats_streamcounter AS counter (site_id, last) VALUES (%s, 1)"
            " ON CONFLICT (site_id) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [chat.site_id],
        )
        event = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO chats_streamevent (site_id, number, kind, chat, contact, message, at)"
            " VALUES (%s, %s, 'message', %s, %s, %s, %s)",
            [chat.site_id, event, chat.pk, chat.contact_id, number, now],
        )


def _by_hand(access: Access, view: str) -> Sql:
    mine = [access.operator.pk] if "%s" in _HAND[view] else []
    order = _ORDERS.get(view, "c.last_message_at DESC, c.id DESC")
    return _ROWS.format(view=_HAND[view], order=order), [access.site.pk, *mine]


_ORDERS = {"closed": "c.id DESC"}


def _page_by_hand(access: Access, hand: Sql) -> None:
    _fetch(_TAGS, [access.site.pk, [row[11] for row in _fetch(*hand)]])


def _sent(call: Callable[[], object]) -> list[Sql]:
    """The statements that the product sends."""
    seen: list[Sql] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        call()
    return seen


def _cpu(call: Callable[[], object], rounds: int) -> str:
    """What this process itself spends on a call, and the fastest of them: figures that wait less for a busy machine."""
    spent, waited = [], []
    for _ in range(rounds):
        cpu, began = time.process_time(), time.perf_counter()
        call()
        spent.append(time.process_time() - cpu)
        waited.append(time.perf_counter() - began)
    return f"{statistics.median(spent) * 1000:.0f} ms CPU, fastest {min(waited) * 1000:.0f} ms"


def _fetch(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
