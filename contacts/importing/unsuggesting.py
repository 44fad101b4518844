"""IMP-8, UNI-12: merge suggestions that an import gave rise to go with its undo, where nothing else speaks for them.

A suggestion stays when both still have the value, now or from earlier, or when an operator has answered it.
"""

from collections.abc import Iterable
from typing import Any

from contacts.candidates import Point, candidates_for
from contacts.models import KnownField, MergeSuggestion
from contacts.models.merge_suggestion import SuggestionReason
from desk.models import Site

_FIELDS = {
    SuggestionReason.SAME_PHONE.value: KnownField.MOBILE_NUMBER,
    SuggestionReason.SAME_EMAIL.value: KnownField.EMAIL,
}


def take_back_suggestions(site: Site, made: Iterable[dict[str, Any]]) -> int:
    """``made``: what rows of the import brought about; call it when values have returned. Answers how many went."""
    told = {(first, second, reason) for one in made for first, second, reason in one.get("suggested", ())}
    if not told:
        return 0
    rows = MergeSuggestion.objects.filter(
        site=site,
        first__in={first for first, _second, _reason in told},
        second__in={second for _first, second, _reason in told},
        dismissed_at=None,
    )
    ours = [row for row in rows if (row.first_id, row.second_id, row.reason) in told]
    points = {row.pk: Point(_FIELDS[row.reason], row.value) for row in ours}
    holders = {(one.point, one.contact_id) for one in candidates_for(site, points.values())}
    groundless = [
        row.pk for row in ours if not {(points[row.pk], row.first_id), (points[row.pk], row.second_id)} <= holders
    ]
    return MergeSuggestion.objects.filter(pk__in=groundless).delete()[0]
