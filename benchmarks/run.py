"""``make bench``: the benchmark suite. Prints ratios against floors that are measured in the same run.

    make bench ARGS="--contacts 1000000"                          embedded database, in var/bench
    DATABASE_URL=postgres://…/dangol_bench make bench ARGS=…      PostgreSQL; the name must contain "bench"

The site BENCH is filled once and kept, so that a second run starts at once. Other sites are not touched.
"""

import argparse
import os
import platform
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "pages",
    "forecast",
    "recipes",
    "texts",
    "lists",
    "events",
    "trees",
    "sidebar",
    "columns",
    "writes",
    "bulk",
    "exporting",
    "boots",
    "merging",
    "candidates",
    "grades",
    "deleting",
    "retention",
)


def main() -> None:
    options = _options()
    _set_up()

    from django.core.management import call_command

    from benchmarks import (
        boots,
        bulk,
        candidates,
        deleting,
        exporting,
        filters,
        grades,
        merging,
        pages,
        retention,
        writes,
    )
    from benchmarks.filling import filled_site
    from benchmarks.timing import Report

    call_command("migrate", interactive=False, verbosity=0)
    report = Report()
    site = filled_site(report, contacts=options.contacts, tags_each=options.tags, events_each=options.events)
    _count_mu(site, report)
    _measure_pages(site, report, options)
    filters.measure(site, report, parts=options.only, rounds=options.rounds)
    if "writes" in options.only:
        writes.measure(site, report, rounds=3)
    if "bulk" in options.only:
        bulk.measure(site, report, people=options.bulk, rounds=3)
    if "exporting" in options.only:
        exporting.measure(site, report, people=options.bulk)
    if "boots" in options.only:
        boots.measure(site, report, visitors=options.visitors, requests=options.requests)
    if "merging" in options.only:
        merging.measure(site, report, events=10_000, rounds=5)
    if "candidates" in options.only:
        candidates.measure(site, report, points=100_000, rounds=5)
    if "grades" in options.only:
        grades.measure(site, report, people=options.bulk, rounds=3)
    # Last, for they need a site that is filled and leave one that is not.
    last = {"deleting": deleting, "retention": retention}
    for part in (last[name] for name in last if name in options.only):
        part.measure(site, report, people=options.bulk)
    if options.explain:
        print("\n" + pages.explain(site))
    if options.markdown:
        Path(options.markdown).write_text(_heading(options) + report.markdown(), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=20_000, help="size of the site (20,000)")
    parser.add_argument("--tags", type=float, default=3.75, help="tags of each lead or member (3.75)")
    parser.add_argument("--events", type=float, default=5.0, help="events of each contact (5)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts only")
    parser.add_argument("--rounds", type=int, default=20, help="repetitions of a page (20)")
    parser.add_argument("--bulk", type=int, default=100_000, help="contacts to attach a tag to and to export (100,000)")
    parser.add_argument("--visitors", type=int, default=2_000, help="known visitors that boot (2,000)")
    parser.add_argument("--requests", type=int, default=4_000, help="boots of each kind (4,000)")
    parser.add_argument("--explain", action="store_true", help="print the plans of the pages (PostgreSQL)")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there too")
    return parser.parse_args()


def _set_up() -> None:
    """Settings of a database that may be filled; the desk's own data is out of reach."""
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    url = os.environ.get("DATABASE_URL", "")
    if url and "bench" not in urlsplit(url).path:
        raise SystemExit("The database's name must contain “bench”: the benchmark fills it.")
    if not url:
        os.environ["DATA_DIR"] = str(Path(os.environ.get("DATA_DIR", ROOT / "var")) / "bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["PLUGIN_RATE_PER_ADDRESS"] = os.environ["PLUGIN_RATE_PER_KEY"] = "100000000/min"
    os.environ["DEBUG"] = "1"  # static files from where they are; no statement is logged outside of tests

    import django

    django.setup()

    from django.conf import settings
    from django.test.utils import setup_test_environment

    settings.DEBUG = False
    setup_test_environment(debug=False)


def _measure_pages(site, report, options):
    """Of the list, and of retention."""
    from benchmarks import forecast, pages

    if "pages" in options.only:
        pages.measure(site, report, rounds=options.rounds)
    if "forecast" in options.only:
        forecast.measure(site, report, rounds=options.rounds)


def _count_mu(site, report):
    """The number beside Contacts → All."""
    from django.db import connection

    from benchmarks.timing import Line, take_turns
    from contacts.filters.matching import matching

    def floor():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM contacts_contact WHERE site_id = %s AND managed", [site.pk])
            return cursor.fetchone()[0]

    report.section("MU, exact")
    ours, by_hand = take_turns(lambda: matching(site).count(), floor, rounds=10)
    report.add(Line(f"leads and members: {floor():,}", ours, by_hand))


def _heading(options):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version()" if connection.vendor == "postgresql" else "SELECT 'SQLite ' || sqlite_version()"
        )
        version = " ".join(cursor.fetchone()[0].split()[:2])
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {version}"
    command = f'make bench ARGS="--contacts {options.contacts}"'
    return f"{time.strftime('%Y-%m-%d')}, {machine}, `{command}`\n\n"


if __name__ == "__main__":
    main()
