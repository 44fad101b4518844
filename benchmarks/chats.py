"""Chats at size: 300,000 of them with 3,000,000 messages, one with 5,000 (CHAT-4, CHAT-5).

    DATABASE_URL=postgres://…/dangol_bench_chats python -m benchmarks.chats

The first page of each view of the inbox, their counts, the history of the panel, a conversation of 5,000 messages and a
message that is said; each against what one would write by hand in the same run. PostgreSQL only. The database is filled
once and kept; give it one of its own. Streams are another benchmark's.
"""

import argparse
import os
from pathlib import Path

from benchmarks.run import _set_up

PARTS = ("inbox", "counts", "conversation", "history", "sending")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=300_000)
    parser.add_argument("--messages", type=int, default=3_000_000)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts only")
    parser.add_argument("--first", action="store_true", help="go before everything else on this machine (as root)")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fill", action="store_true", help="fill and stop")
    parser.add_argument("--explain", action="store_true", help="print the plans of the pages (PostgreSQL)")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there too")
    options = parser.parse_args()
    _set_up()

    from django.core.management import call_command

    from benchmarks.chats_filling import filled_site
    from benchmarks.timing import Report

    call_command("migrate", interactive=False, verbosity=0)
    report = Report()
    site = filled_site(report, chats=options.chats, messages=options.messages)
    if options.fill:
        return
    from benchmarks.chats_pages import measure

    if options.first:
        _go_first()
    measure(site, report, parts=options.only, rounds=options.rounds, explain=options.explain)
    if options.markdown:
        Path(options.markdown).write_text(report.markdown(), encoding="utf-8")


def _go_first() -> None:
    """This process and its session of the database: measures a busy machine as if it were idle."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [session] = cursor.fetchone()
    for process in (os.getpid(), session):
        os.setpriority(os.PRIO_PROCESS, process, -15)


if __name__ == "__main__":
    main()
