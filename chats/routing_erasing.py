"""RET-4: routing rules name deleted people no longer. Their conditions go on without the memberId, phone or e-mail.

Nobody has that value any more, so a rule holds of the same people as before.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from chats.models import RoutingRule
from contacts.erasing import ErasureParticipant, erasure_participants
from contacts.identifying import Values, earlier_ids, identifying
from desk.models import Site


def _erase(site: Site, ids: Sequence[int]) -> int:
    """Answers how many rules. One statement where none asks about people."""
    rules = list(RoutingRule.objects.filter(site=site).exclude(filter={}).only("filter"))
    if not rules:
        return 0
    values = Values(identifying(site, [*ids, *earlier_ids(site, ids)]))
    named = [rule for rule in rules if values.are_in(rule.filter)]
    for rule in named:
        rule.filter = values.without(rule.filter)
    if named:
        RoutingRule.objects.bulk_update(named, ["filter"])
    return len(named)


erasure_participants.register("routingRules", ErasureParticipant(_("conditions of routing rules"), (), _erase))
