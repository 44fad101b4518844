"""A file of 100,000 people: 60 % new, 40 % there already, with tags and three custom fields (IMP-3..8).

    DATABASE_URL=postgres://…/dangol_bench_import python -m benchmarks.importing --rows 100000
    python -m benchmarks.importing --rows 100000                              embedded database, in var/bench
    python -m benchmarks.importing --rows 1000000 --only import               the worker's memory

Against (a) stock django-import-export with ``use_bulk``, a plain ModelResource each for contact and profile, and
(b) on PostgreSQL: a bare COPY of the file into a staging table and one upsert of contact and one of profile. The floors
do less: no tags, no known values, no sources, nobody looked up by phone or e-mail, no undo, no progress.
Every contender finds the same 40 % in the same tables. The database is emptied: give it one of its own.
"""

import argparse
import csv
import datetime
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.run import ROOT, _set_up

SEED = 20261122
FAMILY = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"]
GIVEN = ("서연 민준 지우 서준 하은 도윤 수아 예준 지아 시우 하윤 주원 민서 유진 현우 지훈 은우 소율 태민 나은").split()  # noqa: SIM905
TAGS = [f"tag {number}" for number in range(40)]
SIZES = ["XS", "S", "M", "L", "XL"]
HEADER = ["memberId", "name", "mobileNumber", "email", "birthDate", "tags", "points", "size", "joined"]
FIELDS = [*HEADER[:6], "profile.points", "profile.size", "profile.joined"]
TYPES = {"profile.points": "number", "profile.size": "text", "profile.joined": "date"}


def rows_of(first: int, last: int, *, later: bool) -> Iterator[list[str]]:
    """People by number; ``later``: as they are some time after, half of what may change has changed."""
    for number in range(first, last):
        chance = random.Random(SEED + number + (10**9 if later else 0))
        yield [
            f"member-{number:07}",
            chance.choice(FAMILY) + chance.choice(GIVEN),
            f"010-{2000 + number // 10_000:04}-{number % 10_000:04}",
            f"person.{number}@example.com",
            f"{1950 + number % 55}-{1 + number % 12:02}-{1 + number % 28:02}",
            ", ".join(chance.sample(TAGS, chance.randint(1, 3))),
            str(chance.randrange(100_000)),
            chance.choice(SIZES),
            f"2024-{1 + number % 12:02}-{1 + chance.randrange(28):02}",
        ]


def write_file(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--stock-rows", type=int, help="so many rows for the stock library (all); its time is scaled")
    parser.add_argument("--only", nargs="+", choices=("import", "stock", "copy"), default=("import", "stock", "copy"))
    parser.add_argument("--worker", nargs=2, metavar=("FILE", "WHAT"), help=argparse.SUPPRESS)
    parser.add_argument("--profile", metavar="FILE", help="write a profile of the check and the run there")
    options = parser.parse_args()
    _set_up()
    if options.worker:
        work(Path(options.worker[0]), options.worker[1], options.profile)
        return
    measure(options)


def measure(options: argparse.Namespace) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.timing import Line, Report

    call_command("migrate", interactive=False, verbosity=0)
    known = options.rows * 4 // 10
    with tempfile.TemporaryDirectory() as folder:
        before, file = Path(folder) / "before.csv", Path(folder) / "people.csv"
        write_file(before, rows_of(0, known, later=False))
        write_file(file, rows_of(0, options.rows, later=True))
        report = Report()
        report.section(f"{options.rows:,} rows on {connection.vendor}: {known:,} of them are there")
        told: dict[str, Any] = {}
        floors: dict[str, float] = {}
        cpu: dict[str, float] = {}
        if "copy" in options.only and connection.vendor == "postgresql":
            prepare(before)
            took = timed(lambda: copy_and_upsert(file))
            floors["copy"], cpu["copy"] = took, took.cpu
        if "stock" in options.only:
            prepare(before)
            took = stock(file, options.stock_rows or options.rows)
            share = options.rows / (options.stock_rows or options.rows)
            floors["stock"], cpu["stock"] = took * share, took.cpu * share
        if "import" in options.only:
            prepare(before)
            told = in_process(file, "import", options.profile)
            ran, checked = told["run"], told["check"]
            if "stock" in floors:
                report.add(Line("run, against stock django-import-export", ran, floors["stock"], aim=1 / 15))
            if "copy" in floors:
                report.add(Line("run, against COPY and upsert", ran, floors["copy"], aim=3))
            report.add(Line("dry run, against the run", checked, ran, aim=1))
            report.add(Line("the same file again: run", told["again"], ran))
            for name, seconds in cpu.items():
                report.fact(f"processors' time: run, {name}", f"{told['runCpu']:.1f} s, {seconds:.1f} s")
            report.fact("processors' time: check, run", f"{told['checkCpu']:.1f} s, {told['runCpu']:.1f} s")
            report.fact("load", " ".join(f"{load:.1f}" for load in os.getloadavg()))
            report.fact("rows a second: run, dry run", f"{options.rows / ran:,.0f}, {options.rows / checked:,.0f}")
            report.fact("verdicts", json.dumps(told["verdicts"]))
            report.fact("the same file again", json.dumps(told["verdictsAgain"]))
            report.fact("rows of contact and profile written by it", str(told["writtenAgain"]))
            report.fact("undo of the first run", f"{told['undo']:.1f} s")
            report.fact("largest memory of the worker", f"{told['memory']:.0f} MB")


class Took(float):
    """Seconds by the clock, with the processors' seconds of this process and of its database process in ``cpu``.

    On a machine with other work the clock tells mostly of that.
    """

    cpu: float


def timed(work: Callable[[], object]) -> Took:
    began, cpu = time.perf_counter(), _cpu()
    work()
    took = Took(time.perf_counter() - began)
    took.cpu = _cpu() - cpu
    return took


def _cpu() -> float:
    """Of PostgreSQL only where it runs on this very machine."""
    from django.db import connection

    mine = time.process_time()
    if connection.vendor != "postgresql":
        return mine
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return mine
    numbers = stat.read_text().rpartition(")")[2].split()
    return mine + (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def prepare(before: Path) -> None:
    """Empty tables with the people who are there already, as a desk that has been used."""
    from django.db import connection

    empty()
    in_process(before, "seed", None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def empty() -> None:
    from django.db import connection

    tables = ["contacts_contact", "contacts_contactimport", "contacts_importrow", "tags_tag", "desk_job"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)}, contacts_contactprofile, contacts_profilefield CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("contacts_", "tags_")) or table in {"desk_job", "desk_jobnote", "desk_jobrefusal"}:
                cursor.execute(f"DELETE FROM {table}")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA foreign_keys = ON")


def site_of_bench() -> Any:
    from desk.models import Site

    return Site.objects.get_or_create(code="BENCH", defaults={"name": "Bench", "phone_country": "KR"})[0]


# --- ours -------------------------------------------------------------------------------------------------


def in_process(file: Path, what: str, profile: str | None) -> dict[str, Any]:
    """In a process of its own, as a worker, so that its memory can be told."""
    command = [sys.executable, "-m", "benchmarks.importing", "--worker", str(file), what]
    environment = dict(os.environ)
    if not environment.get("DATABASE_URL"):
        environment["DATA_DIR"] = str(Path(environment["DATA_DIR"]).parent)  # the child adds its own "bench"
    done = subprocess.run(
        [*command, *(["--profile", profile] if profile else [])],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def work(file: Path, what: str, profile: str | None) -> None:
    """Check and run ``file``; for "import" the same file again and the undo as well."""
    from django.db import connection
    from django.utils import timezone

    from contacts.bulk import run_now
    from contacts.importing.starting import start_check, start_run
    from contacts.importing.storing import discard, store_upload
    from contacts.models import Contact, ContactProfile
    from desk.actors import SYSTEM
    from desk.jobs.queueing import undo_job
    from desk.models import Job

    site = site_of_bench()
    if profile:
        import cProfile

        profiler = cProfile.Profile()
        profiler.enable()

    def finished(job: Job) -> Job:
        job = run_now(job)
        assert job.state == Job.State.DONE, (job.error, job.error_values)
        return job

    def load(tag: str) -> tuple[Any, Took, Took]:
        with file.open("rb") as opened:
            made = store_upload(site, opened, "people.csv", actor=SYSTEM)
        checked = timed(lambda: finished(start_check(made, mapping(), tag, actor=SYSTEM)))
        made.refresh_from_db()
        ran = timed(lambda: finished(start_run(made, actor=SYSTEM)))
        made.refresh_from_db()
        return made, checked, ran

    made, checked, ran = load("bench")
    told: dict[str, Any] = {"check": checked, "run": ran, "verdicts": made.ran["verdicts"]}
    told |= {"checkCpu": checked.cpu, "runCpu": ran.cpu}
    if profile:
        profiler.disable()
        profiler.dump_stats(profile)
    if what == "import":
        stamp = timezone.now()
        states = {model: state_of(model) for model in (Contact, ContactProfile)}
        again, _checked, told["again"] = load("bench again")
        told["verdictsAgain"] = again.ran["verdicts"]
        told["writtenAgain"] = (
            sum(states[model] != state_of(model) for model in states)
            + Contact.objects.filter(site=site, updated_at__gte=stamp).count()
        )
        discard(again, now=timezone.now())
        told["undo"] = timed(lambda: finished(undo_job(made.run_job, actor=SYSTEM)))
    discard(made, now=timezone.now())
    told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    connection.close()
    print(json.dumps(told))


def state_of(model: Any) -> Any:
    """Tells whether any row of the table was written: PostgreSQL numbers the transactions of rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT count(*), max(xmin::text::bigint) FROM {model._meta.db_table}")
        else:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        return cursor.fetchone()


def mapping() -> dict[str, Any]:
    from contacts.models import ProfileField

    there = set(ProfileField.objects.values_list("key", flat=True))
    columns = []
    for number, (header, field) in enumerate(zip(HEADER, FIELDS, strict=True)):
        column: dict[str, Any] = {"column": number, "header": header, "field": field, "mode": "overwrite"}
        if field == "tags":
            column["mode"] = "add"
        if field in TYPES and field.removeprefix("profile.") not in there:
            column |= {"type": TYPES[field], "new": True}
        columns.append(column)
    return {
        "format": "csv", "encoding": "utf-8", "separator": ",", "header": True, "sheet": None, "columns": columns,
    }  # fmt: skip


# --- (a) the stock library --------------------------------------------------------------------------------


def stock(file: Path, most: int) -> Took:
    """Its time for the first ``most`` rows, of which the same share is there."""
    import tablib
    from django.utils import timezone
    from import_export import resources

    from contacts.models import Contact, ContactProfile, CustomerNumberCounter, Kind
    from desk.ids import new_id
    from desk.models import Site

    site: Site = site_of_bench()
    now = timezone.now()
    counter = CustomerNumberCounter.objects.get(site=site).last

    class ContactResource(resources.ModelResource):
        class Meta:
            model = Contact
            import_id_fields = ["member_id"]
            fields = ["member_id", "name", "mobile_number", "email"]
            use_bulk = True
            batch_size = 1000
            skip_unchanged = True
            report_skipped = False

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            nonlocal counter
            instance.name_folded = instance.name.lower()
            instance.email_norm = instance.email.lower()
            instance.mobile_number_norm = instance.mobile_number
            instance.updated_at = instance.last_touch_at = now
            if instance._state.adding:
                counter += 1
                instance.pk, instance.site, instance.kind, instance.customer_number = (
                    new_id(), site, Kind.MEMBER, counter,
                )  # fmt: skip
                instance.created_at, instance.last_seen_on = now, now.date()

    class ProfileResource(resources.ModelResource):
        class Meta:
            model = ContactProfile
            import_id_fields = ["contact"]
            fields = ["contact", "values", "search_text"]
            use_bulk = True
            batch_size = 1000
            skip_unchanged = True
            report_skipped = False

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            instance.site = site

    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    step = len(rows) // most
    rows = rows[::step] if step > 1 else rows
    people = tablib.Dataset(headers=["member_id", "name", "mobile_number", "email", "birthDate"])
    for row in rows:
        people.append([row["memberId"], row["name"], row["mobileNumber"], row["email"], row["birthDate"]])

    def load() -> None:
        ContactResource().import_data(people, raise_errors=True)
        ids = dict(Contact.objects.filter(site=site).values_list("member_id", "pk"))
        profiles = tablib.Dataset(headers=["contact", "values", "search_text"])
        for row in rows:
            values = {"points": int(row["points"]), "size": row["size"], "joined": row["joined"]}
            text = f"{row['name']}\n{row['email']}\n{row['memberId']}"
            profiles.append([ids[row["memberId"]], json.dumps(values), text])
        ProfileResource().import_data(profiles, raise_errors=True)

    return timed(load)


# --- (b) COPY and upsert ----------------------------------------------------------------------------------


def copy_and_upsert(file: Path) -> None:
    """What one would write by hand: the file into a staging table, then contact and profile from it."""
    from django.db import connection, transaction

    site = site_of_bench()
    now = datetime.datetime.now(datetime.UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(f'"{name}" text' for name in HEADER)
        cursor.execute(f"CREATE TEMP TABLE staged ({columns}) ON COMMIT DROP")
        with file.open("rb") as opened, cursor.cursor.copy("COPY staged FROM STDIN (FORMAT csv, HEADER)") as copy:
            while chunk := opened.read(1 << 16):
                copy.write(chunk)
        cursor.execute("CREATE TEMP SEQUENCE numbers START 10000000")
        cursor.execute(
            """
            INSERT INTO contacts_contact (
                id, site_id, customer_number, kind, lead_reason, member_id, member_id_folded, name, name_folded,
                email, email_norm, email_qualified, mobile_number, mobile_number_norm, mobile_number_qualified,
                landline_number, birth_date, language, country, city, web_browser, web_os, web_device,
                mobile_app_name, mobile_app_version, blocked, unsubscribe_email, unsubscribe_texting,
                sessions_count, created_at, last_seen_on, last_touch_at, updated_at
            )
            SELECT nextval('numbers'), %s, nextval('numbers'), 'member', '', "memberId", lower("memberId"), name,
                lower(name), email, lower(email), true, '+82' || substr(replace("mobileNumber", '-', ''), 2),
                '+82' || substr(replace("mobileNumber", '-', ''), 2), true, '', "birthDate"::date, '', '', '', '', '',
                '', '', '', false, false, false, 0, %s, %s, %s, %s
            FROM staged
            ON CONFLICT (site_id, member_id) WHERE member_id IS NOT NULL DO UPDATE SET
                name = excluded.name, name_folded = excluded.name_folded, email = excluded.email,
                email_norm = excluded.email_norm, mobile_number = excluded.mobile_number,
                mobile_number_norm = excluded.mobile_number_norm, birth_date = excluded.birth_date,
                updated_at = excluded.updated_at, last_touch_at = excluded.last_touch_at
            """,
            [site.pk, now, now.date(), now, now],
        )
        cursor.execute(
            """
            INSERT INTO contacts_contactprofile (
                contact_id, site_id, "values", folded, sources, memo, memo_folded, address, address_folded, referrer,
                utm, import_tags, search_text
            )
            SELECT c.id, c.site_id, jsonb_build_object('points', s.points::int, 'size', s.size, 'joined', s.joined),
                jsonb_build_object('size', lower(s.size)), '{}', '', '', '', '', '', '{}', '["bench"]',
                c.name_folded || E'\n' || c.email_norm || E'\n' || c.member_id_folded || E'\n#' || c.customer_number
                    || E'\n' || substr(c.mobile_number_norm, 2) || E'\n0' || substr(c.mobile_number_norm, 4)
            FROM staged s JOIN contacts_contact c ON c.site_id = %s AND c.member_id = s."memberId"
            ON CONFLICT (contact_id) DO UPDATE SET
                "values" = contacts_contactprofile."values" || excluded."values",
                folded = contacts_contactprofile.folded || excluded.folded, search_text = excluded.search_text
            """,
            [site.pk],
        )
        cursor.execute("DROP SEQUENCE numbers")


if __name__ == "__main__":
    main()
