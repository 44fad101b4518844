"""IMP-9: a file exported here imports here without change: export → import into an empty site gives equal contacts."""

import datetime
import random
from pathlib import Path
from typing import Any

import pytest

from contacts.bulk import run_now
from contacts.exporting.columns import all_columns
from contacts.exporting.starting import start_export
from contacts.exporting.storing import path_of
from contacts.importing.columns import check_mapping, guess_columns
from contacts.importing.reading import understand
from contacts.importing.starting import start_check, start_run
from contacts.importing.storing import path_of as upload_path_of
from contacts.importing.storing import store_upload
from contacts.models import Contact, ContactExport, ContactImport, FieldType, ProfileField
from contacts.selection import Selection
from desk.actors import SYSTEM
from desk.models import Job, Site
from tags.models import ContactTag
from tests.contacts.importing.imports import counts, fresh
from tests.factories import ContactFactory, ContactTagFactory, TagFactory

# What is hard on a text on its way through a spreadsheet.
TEXTS = [
    "plain", "=1+1", "+82", "-5", "@sum", "'quoted", "''twice", "#N/A", "#FORMULA!", '="001"', "007", "2.5E+11", "1e5", "TRUE",
    "2024-01-31", 'say "hi"', "a,b;c\td", "줄\n바꿈", "줄\r\n바꿈", "_x0041_", "＝전각", "emoji 😀", "가나다 カナ 漢字", "[1]",
    "<b>&amp;</b>", "null", "1,234", "•", "\u200bzero", "é e\u0301",
]  # fmt: skip
# A custom text is kept with its blanks and control characters; names and the like are trimmed when they are kept.
EXACT_TEXTS = [*TEXTS, " blanks ", "\tindented", "end\n", "\x07bell", "\rcr", "　"]
TAGS = ["VIP", "서울/강남", "a, b", "=tag", "[x]", "'t"]


@pytest.fixture(autouse=True)
def _own_data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def people_of(site: Site) -> None:
    """Sixty people full of odd values."""
    chance = random.Random(3)
    for key, type_ in [("text", "text"), ("n.um", "number"), ("day", "date"), ("flag", "boolean"), ("li st", "list")]:
        ProfileField.objects.create(site=site, key=key, type=type_)
    ProfileField.objects.create(site=site, key="odd [number]", type=FieldType.TEXT)
    tags = [TagFactory(site=site, name=name) for name in TAGS]
    for number in range(60):
        values: dict[str, Any] = {
            "text": EXACT_TEXTS[number % len(EXACT_TEXTS)],
            "n.um": chance.choice([0, -5, 3.25, 2**53 - 1, 1e-7, 12_000]),
            "day": chance.choice(["2024-01-31", "2024-01-31T15:30:00.123Z", "1999-12-31T23:59:59.000Z"]),
            "flag": chance.choice([True, False]),
            "li st": chance.choice([["a"], ["a, b", "c"], ["[x", "="], ["줄\n", " y "]]),
            "odd [number]": str(number),
        }
        contact = ContactFactory(
            site=site,
            customer_number=5000 + number,
            name=TEXTS[number % len(TEXTS)],
            member_id=f"m{number}" if number % 3 else None,
            mobile_number=["+821012345678", "+819012345678", "+14155552671"][number % 3][:-2] + f"{number:02}",
            email=f"Person.{number}@Example.com",
            landline_number=chance.choice(["", "+8223123456", "kept as typed"]),
            birth_date=chance.choice([None, datetime.date(1985, 4, 1)]),
            language=chance.choice(["", "ko", "en-GB"]),
            country=chance.choice(["", "KR"]),
            city=chance.choice(["", "=서울"]),
            unsubscribe_email=chance.choice([True, False]),
            unsubscribe_texting=chance.choice([True, False]),
            memo=TEXTS[-1 - number % len(TEXTS)],
            address=chance.choice(["", "-1층", "서울, 강남구"]),
            values={key: value for key, value in values.items() if chance.random() < 0.8},
        )
        for tag in chance.sample(tags, chance.randint(0, 3)):
            ContactTagFactory(site=site, contact=contact, tag=tag)


def known_of(site: Site) -> dict[str, Any]:
    """What is known of everybody of a site, by e-mail."""
    tags: dict[int, set[str]] = {}
    for contact_id, name in ContactTag.objects.filter(site=site).values_list("contact_id", "tag__name"):
        tags.setdefault(contact_id, set()).add(name)
    names = [
        "kind", "member_id", "name", "email", "email_norm", "mobile_number", "mobile_number_norm", "landline_number",
        "birth_date", "language", "country", "city", "unsubscribe_email", "unsubscribe_texting",
    ]  # fmt: skip
    return {
        contact.email: (
            [getattr(contact, name) for name in names],
            contact.profile.memo,
            contact.profile.address,
            contact.profile.values,
            tags.get(contact.pk, set()),
        )
        for contact in Contact.objects.filter(site=site).select_related("profile")
    }


def exported(site: Site, format_: str) -> ContactExport:
    job = start_export(
        Selection(filter={}),
        site=site,
        actor=SYSTEM,
        format=format_,
        columns=all_columns(site),
        masked=False,
        reason="x",
    )
    assert run_now(job).state == Job.State.DONE
    return ContactExport.objects.get(job=job)


def imported(site: Site, export: ContactExport) -> ContactImport:
    """As an operator does who changes nothing that was guessed."""
    with path_of(export).open("rb") as file:
        made = store_upload(site, file, export.name, actor=SYSTEM)
    understood = understand(upload_path_of(made), made.name)
    assert [problem.code for problem in understood.problems] == []
    mapping = understood.as_data() | {"columns": guess_columns(understood.header, understood.sample, site)}
    assert check_mapping(mapping, site) == []
    job = run_now(start_check(made, mapping, "round trip", actor=SYSTEM))
    assert job.state == Job.State.DONE, (job.error, job.error_values)
    job = run_now(start_run(fresh(made), actor=SYSTEM))
    assert job.state == Job.State.DONE, (job.error, job.error_values)
    return fresh(made)


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_what_is_exported_is_imported_into_an_empty_site_as_it_was(format_: str, shop: Site, elsewhere: Site) -> None:
    """IMP-9: every value of every field, types of custom fields and tags included."""
    people_of(shop)
    made = imported(elsewhere, exported(shop, format_))
    assert counts(made) == {"created": 60}
    ours, theirs = known_of(shop), known_of(elsewhere)
    assert theirs.keys() == ours.keys()
    for email, known in ours.items():
        assert theirs[email] == known
    types = [dict(ProfileField.objects.filter(site=site).values_list("key", "type")) for site in (shop, elsewhere)]
    assert types[0] == types[1]


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_what_is_exported_changes_nobody_when_it_comes_back(format_: str, shop: Site) -> None:
    """IMP-8, IMP-9: into the very site it came from."""
    people_of(shop)
    Contact.objects.filter(site=shop).update(email_qualified=True, mobile_number_qualified=True)
    before = known_of(shop)
    verdicts = counts(imported(shop, exported(shop, format_)))
    assert verdicts.keys() <= {"unchanged", "updated"}  # the first time, everybody gets the import tag
    assert known_of(shop) == before
