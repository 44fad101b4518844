"""Grades of the demo shop, given by rules on memberIds: those who spent most are worth knowing."""

import itertools

from django.utils import timezone

from config.demo.data.seeding import SEEDER
from contacts.models import ContactProfile
from desk.models import Site
from tags.grade_catalogue import create_grade
from tags.grade_rules import add_rules, new_rule

# Name, colour, how many customers carry it, why; the best first.
GRADES = (
    ("VVIP", "#7c3aed", 4, "전담 매니저"),
    ("골드", "#d4a017", 12, "연간 구매 상위"),
    ("실버", "#64748b", 24, ""),
)


def give_grades(site: Site) -> None:
    """Make the grades and one rule for each of their customers."""
    best = (
        ContactProfile.objects.filter(site=site, contact__member_id__isnull=False, values__has_key="totalSpent")
        .order_by("-values__totalSpent", "contact_id")
        .values_list("contact__member_id", flat=True)[: sum(count for _name, _color, count, _note in GRADES)]
    )
    member_ids = iter(best)
    wanted = []
    for place, (name, color, count, note) in enumerate(GRADES):
        grade = create_grade(site, name, color=color, rank=len(GRADES) - place, actor=SEEDER)
        wanted += [
            new_rule(site, criterion="memberId", value=str(member_id), grade=grade, note=note)
            for member_id in itertools.islice(member_ids, count)
        ]
    add_rules(site, wanted, actor=SEEDER, now=timezone.now())
