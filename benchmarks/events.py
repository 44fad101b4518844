"""Conditions on events (FIL-6): how often, since when, with which property; each also by hand."""

import datetime
from typing import Any

from benchmarks.by_hand import Case, Hand


class Events(Hand):
    """Cases about what people did."""

    def cases(self) -> list[Case]:
        """FIL-6: count and window; with a property; and the negative."""
        month = {"value": 30, "unit": "day"}
        since = self.ago(30, "day")
        at_least = {"op": "atLeast", "within": month}
        amount = [{"key": "amount", "op": "gte", "values": [50_000]}]
        number = (
            "(e.property ->> 'amount')::numeric >= 50000" if self.postgres else "e.property ->> '$.amount' >= 50000"
        )
        return [
            self._often("PageView ≥ 2 in 30 days", {"key": "event.PageView", "values": [2], **at_least}, 2, since),
            self._often("PageView ≥ 4 in 30 days", {"key": "event.PageView", "values": [4], **at_least}, 4, since),
            self._often("CartAdd ≥ 2 in 30 days", {"key": "event.CartAdd", "values": [2], **at_least}, 2, since),
            self._often("Order in 30 days", {"key": "event.Order", "op": "did", "within": month}, 1, since),
            self._often("PageView ≥ 2, ever", {"key": "event.PageView", "op": "atLeast", "values": [2]}, 2, None),
            self._often(
                "Order of 50,000 or more, ≥ 1 in 30 days",
                {"key": "event.Order", "values": [1], "where": amount, **at_least},
                1,
                since,
                number,
            ),
            self._often(
                "PageView ≤ 1 in 30 days",
                {"key": "event.PageView", "op": "atMost", "values": [1], "within": month},
                2,
                since,
                negated=True,
            ),
        ]

    def _often(
        self,
        name: str,
        document: Any,
        times: int,
        since: datetime.datetime | None,
        where: str = "",
        *,
        negated: bool = False,
    ) -> Case:
        window = " AND e.at >= %s" if since else ""
        bound = [self.moment(since)] if since else []
        where = f" AND {where}" if where else ""
        event = document["key"].removeprefix("event.")
        events = f"FROM contacts_event e WHERE e.site_id = %s AND e.name = %s{window}{where}"
        often = f"GROUP BY e.contact_id HAVING count(*) >= {times}" if times > 1 else ""
        values = [self.site.pk, event, *bound]
        is_in = "NOT IN" if negated else "IN"
        exists = f"EXISTS (SELECT 1 FROM (SELECT e.contact_id {events} {often}) g WHERE g.contact_id = c.id)"
        conditions = [
            (f"c.id {is_in} (SELECT e.contact_id {events} {often})", values),
            (f"NOT {exists}" if negated else exists, values),
        ]
        if times > 1 and not negated:
            conditions.append((f"(SELECT count(*) {events} AND e.contact_id = c.id) >= {times}", values))
        return Case(name, document, conditions)
