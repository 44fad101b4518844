"""RET-4: segments name deleted people no longer. Their conditions go on without the memberId, phone or e-mail.

Nobody has that value any more, so a segment holds the same people as before; its history goes on.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from contacts.erasing import ErasureParticipant, erasure_participants
from contacts.identifying import Values, earlier_ids, identifying
from desk.models import Site
from segments.models import Segment


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many segments. One statement where there is none."""
    segments = list(Segment.objects.filter(site=site).only("filter"))
    if not segments:
        return 0
    values = Values(identifying(site, [*ids, *earlier_ids(site, ids)]))
    named = [one for one in segments if values.are_in(one.filter)]
    for one in named:
        one.filter = values.without(one.filter)
    if named:
        Segment.objects.bulk_update(named, ["filter"])
    return len(named)


erasure_participants.register("segments", ErasureParticipant(_("conditions of segments"), (), _erase))
