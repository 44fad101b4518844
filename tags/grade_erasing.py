"""RET-4: the grade that deleted people carried goes with them, and so do rules that only they could meet.

A rule is about a value (GRADE-1), and a phone or an e-mail that nobody has any more would be all that is left of its
owner: such a rule goes with the last who has the value, or ever had it. A rule for somebody who has not come yet stays.
"""

from collections.abc import Sequence

from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from contacts.erasing import ErasureParticipant, erase_rows, erasure_participants
from contacts.id_lists import delete_rows, id_rows
from contacts.models import Contact, ContactAlias, KnownValue
from desk.actors import SYSTEM
from desk.audit import record
from desk.models import Site
from tags.models import Criterion, GradeRule


def _erase_rules(site: Site, ids: Sequence[int]) -> int:
    """Answers how many rules. One statement where there is none."""
    rules = GradeRule.objects.filter(site=site)
    if not rules.exists():
        return 0
    known = KnownValue.objects.filter(site=site, field=OuterRef("criterion"), norm=OuterRef("norm"))
    alone = Exists(known.filter(contact__in=id_rows(ids))) & ~Exists(known.exclude(contact__in=id_rows(ids)))
    # Numbers are never given again; those of whom they absorbed are theirs.
    numbers = Contact.objects.filter(pk__in=id_rows(ids)).annotate(number=Cast("customer_number", CharField()))
    old = ContactAlias.objects.filter(contact__in=id_rows(ids), type=ContactAlias.Type.CUSTOMER_NUMBER)
    numbered = Q(norm__in=numbers.values("number")) | Q(norm__in=old.values("value"))
    theirs = rules.filter(
        alone & ~Q(criterion=Criterion.CUSTOMER_NUMBER) | numbered & Q(criterion=Criterion.CUSTOMER_NUMBER)
    )
    gone = list(theirs.values_list("pk", flat=True))
    if gone:
        delete_rows(GradeRule, "id", gone)
        record("graderule.delete", actor=SYSTEM, site=site, details={"count": len(gone)})
    return len(gone)


# The last registered goes first: who carries a grade by the rule, then the rule.
erasure_participants.register("gradeRules", ErasureParticipant(_("grade rules"), (), _erase_rules))
erasure_participants.register(
    "grades", erase_rows("tags.ContactGrade.contact", label=_("carried grades"), listed=False)
)
