"""UNI-7: what a unification does with grades: the grade follows its rules.

The survivor has the values of both afterwards, so it carries the higher grade of the two; after an undo each is worked
out anew. Both by ``tags.grading.follow_values``: nothing needs to be remembered. Here the absorbed contact's row only
goes before the contact does.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.merge_values import ABSORBED, BOTH, SURVIVOR, FieldPlan, Told, Why
from contacts.models import Contact
from contacts.moving import MergeParticipant, merge_participants
from tags.grading import hold_values
from tags.models import ContactGrade

_RELATION = "tags.ContactGrade.contact"


def _move(survivor: Contact, absorbed: Contact) -> list[int]:
    # Before the contact itself goes: who changes rules waits for nobody who is gone, and holds nothing we wait for.
    hold_values(survivor.site_id)
    ContactGrade.objects.filter(contact=absorbed).delete()
    return []


def _restore(survivor: Contact, returned: Contact, journal: object) -> None:
    """Both grades follow from the values that went back."""
    hold_values(survivor.site_id)


def _tell(survivor: Contact, absorbed: Contact) -> Told:
    rows = ContactGrade.objects.filter(site_id=survivor.site_id, contact__in=[survivor, absorbed])
    found = {pk: (rank, name) for pk, rank, name in rows.values_list("contact_id", "grade__rank", "grade__name")}
    if not found:
        return Told()
    ours, theirs = found.get(survivor.pk), found.get(absorbed.pk)
    rank, name = max(found.values())
    wins = BOTH if ours == theirs else SURVIVOR if ours == (rank, name) else ABSORBED
    why = Why.SAME if ours == theirs else Why.HIGHER if ours and theirs else Why.ONLY_VALUE
    plan = FieldPlan("grade", _("Grade"), ours and ours[1], theirs and theirs[1], name, wins, why)
    return Told(fields=(plan,))


merge_participants.register(
    _RELATION,
    MergeParticipant(
        # No state of its own: it follows from values and rules, and whoever confirms a merge confirms no grade.
        label=gettext_lazy("carried grades"),
        move=_move,
        restore=_restore,
        tell=_tell,
        listed=False,
    ),
)
