"""CHAT-10: which of 50 rules fires for a chat, with 1,000,000 contacts: the whole decision, rules and names read too.

    DATABASE_URL=postgres://…/dangol_bench python -m benchmarks.routing --contacts 1000000

The site BENCH is filled as ``make bench`` does it. No rule fires for most chats, so all of them are asked. The floor:
the very statements, ready and for one contact, sent and fetched by hand in turns with the decisions.
"""

import argparse
import random
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.run import _set_up

_RULES = 50
_DAY = 86_400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--tags", type=float, default=3.75)
    parser.add_argument("--events", type=float, default=3.75)
    parser.add_argument("--chats", type=int, default=300, help="how many decisions")
    parser.add_argument("--first", action="store_true", help="go before everything else on this machine (as root)")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there too")
    options = parser.parse_args()
    _set_up()

    from django.core.management import call_command

    from benchmarks.filling import filled_site
    from benchmarks.timing import Report

    call_command("migrate", interactive=False, verbosity=0)
    report = Report()
    site = filled_site(report, contacts=options.contacts, tags_each=options.tags, events_each=options.events)
    if options.first:
        from benchmarks.chats import _go_first

        _go_first()
    measure(site, report, chats=options.chats)
    if options.markdown:
        Path(options.markdown).write_text(report.markdown(), encoding="utf-8")


def measure(site: Any, report: Any, *, chats: int) -> None:
    """Decisions about chats of people who are spread over all of them, one by one; then by what the time goes to."""
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from benchmarks.timing import Line
    from chats.models import Chat
    from chats.routing import decide
    from contacts.models import Contact

    def by_hand(statements: list[str]) -> float:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()
        return time.perf_counter() - began

    now = timezone.now()
    ids = Contact.objects.filter(site=site, managed=True).order_by("pk").values_list("pk", flat=True)
    people = random.Random(9).sample(list(ids), chats)
    for title, asks_people in (("50 rules, all about people", 1.0), ("50 rules, half of them about chats", 0.5)):
        _make_rules(site, asks_people=asks_people)
        report.section(f"Which rule fires: {title}")
        times, floor, cpu, statements, fired = [], [], 0.0, set(), 0
        texts: list[str] = []
        for number, pk in enumerate(people):
            contact = Contact.objects.select_related("site").get(pk=pk)
            chat = Chat(site=site, contact=contact, channel="web", page="https://shop.example/cart", opened_at=now)
            if number < 20:  # also warms up
                with CaptureQueriesContext(connection) as asked:
                    decide(chat, contact, now=now)
                statements.add(len(asked))
                texts = [one["sql"] for one in asked]
                reset_queries()
                continue
            began, worked = time.perf_counter(), time.process_time()
            decision = decide(chat, contact, now=now)
            times.append(time.perf_counter() - began)
            cpu += time.process_time() - worked
            fired += decision.rule is not None
            floor.append(by_hand(texts))
        note = f"{len(times)} chats, {fired} routed; {'/'.join(map(str, sorted(statements)))} statements"
        report.add(Line("median", statistics.median(times), statistics.median(floor), note=note))
        p95 = [statistics.quantiles(found, n=20)[-1] for found in (times, floor)]
        report.add(Line("95 of 100 are below", *p95))
        report.add(Line("fastest", min(times), min(floor)))
        report.add(Line("of it: CPU of the desk", cpu / len(times), note="the mean"))
        _split(site, report, people[-1], now)
    report.fact("load", " ".join(Path("/proc/loadavg").read_text().split()[:3]))


def _split(site: Any, report: Any, pk: int, now: Any) -> None:
    from benchmarks.timing import Line, take_turns
    from chats.routing import _holding
    from chats.routing_reading import read_rules, routing_of
    from contacts.models import Contact

    contact = Contact.objects.select_related("site").get(pk=pk)
    rules = [rule for rule in routing_of(site).rules if rule.filter]
    read = read_rules(site, rules)
    reading, parsing, asking = take_turns(
        lambda: routing_of(site),
        lambda: read_rules(site, rules, again=True),
        lambda: _holding(read, contact, now=now),
        rounds=30,
    )
    report.add(Line("of it: reading rules and settings", reading))
    report.add(Line("of it: reading filters and names", parsing, note=f"{len(rules)} filters"))
    report.add(Line("of it: asking about the contact", asking))


def _make_rules(site: Any, *, asks_people: float) -> None:
    """Of every kind of condition, and a tenth through segments; tags and names as the sample data has them."""
    from django.utils import timezone

    from chats.models import RoutingRule
    from chats.routing_rules import RuleDraft, create_rule
    from desk.actors import SYSTEM
    from segments.models import Segment
    from segments.saving import save_segment
    from tags.models import Tag

    RoutingRule.objects.filter(site=site).delete()
    Segment.objects.filter(site=site, name__startswith="routing ").delete()
    tags = list(Tag.objects.filter(site=site).order_by("pk").values_list("name", flat=True))
    line = {"chat": {"channels": ["line"]}, "filter": {}}
    for number in range(_RULES):
        one, two, three = (tags[(number + step) % len(tags)] for step in (0, 7, 19))
        filters = (
            [_is("tags", "allOf", one, two, three, f"{one}"), _is("country", "is", "JP")],
            [_is("tags", "allOf", one, two), _is("memberId", "startsWith", f"zz{number}")],
            [_is("name", "contains", f"x{number}y"), _is("lastSeenAt", "withinLast", 30, unit="day")],
            [
                {"key": "event.Order", "op": "atLeast", "values": [50], "within": {"value": 90, "unit": "day"}},
                _is("tags", "anyOf", one),
            ],
            [_is("email", "endsWith", f"@never{number}.example")],
        )
        filter: dict[str, Any] = {"and": filters[number % len(filters)]}
        if number % 10 == 9:
            segment = save_segment(site, name=f"routing {number}", filter=filter, shared=True, actor=SYSTEM)
            filter = {"and": [_is("segment", "in", str(segment.pk))]}
        asks = {"filter": filter, "chat": {}} if number % 10 < asks_people * 10 else line
        draft = RuleDraft(f"rule {number}", actions=[{"action": "tagRoom", "tags": ["VIP"]}], **asks)
        create_rule(site, draft, actor=SYSTEM, now=timezone.now())


def _is(key: str, op: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"key": key, "op": op, "values": list(dict.fromkeys(values)), **more}


if __name__ == "__main__":
    main()
