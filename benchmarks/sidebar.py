"""SEG-2: the counts of 20 segments of the sidebar, against one statement by hand that counts them in one pass."""

import json
from typing import Any

from benchmarks.asking import fetch, statements_of
from benchmarks.by_hand import KEY, Hand, Sql, ago, all_of, is_, many, tags
from benchmarks.timing import Line, Report, take_turns
from contacts.time_limit import time_limit
from desk.models import Site
from segments import counting
from segments.models import Segment
from tags.models import Tag

_PATIENCE = 120.0


class Sidebar(Hand):
    """Twenty filters as a shop has them, and each by hand on contact ``c`` with profile ``p``."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.tags = dict(Tag.objects.filter(site=site).values_list("name", "pk"))

    def segments(self) -> list[tuple[Any, Sql]]:
        """Documents with the same by hand."""
        return [*self._by_columns(), *self._by_fields(), *self._by_tags(), *self._by_events()]

    def _by_columns(self) -> list[tuple[Any, Sql]]:
        month, year = self.ago(30, "day"), self.ago(1, "year")
        dormant = "COALESCE(c.last_seen_at < %s, FALSE)"
        return [
            (ago("lastSeenAt", "withinLast", 30, "day"), ("c.last_seen_at >= %s", [self.moment(month)])),
            (ago("lastSeenAt", "moreThanAgo", 1, "year"), (dormant, [self.moment(year)])),
            (many("sessionsCount", "gte", 3), ("c.sessions_count >= 3", [])),
            (is_("member", True), ("c.kind = 'member'", [])),
            (all_of(is_("country", "JP"), is_("emailQualified", True)), ("c.country = 'JP' AND c.email_qualified", [])),
            ({"key": "mobileNumber", "op": "empty"}, ("c.mobile_number = ''", [])),
            (many("name", "contains", "김"), self.containing("c.name_folded", "김")),
        ]

    def _by_fields(self) -> list[tuple[Any, Sql]]:
        since = self.ago(6, "month").strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        grade = "p.folded ->> 'grade' = %s" if self.postgres else "p.folded ->> '$.grade' = %s"
        number = "(p.values ->> 'totalSpent')::numeric >= 100000"
        spent = number if self.postgres else "p.\"values\" ->> '$.totalSpent' >= 100000"
        never = {"key": f"profile.{KEY}", "op": "empty"}
        return [
            (all_of(is_("member", True), never), (f"c.kind = 'member' AND NOT ({self.has_value()})", [])),
            (ago(f"profile.{KEY}", "withinLast", 6, "month"), (f"{self.ordered_at()} >= %s", [since])),
            (many("profile.grade", "is", "VIP"), (grade, ["vip"])),
            (many("profile.totalSpent", "gte", 100_000), (spent, [])),
        ]

    def _by_tags(self) -> list[tuple[Any, Sql]]:
        carried = "c.id IN (SELECT contact_id FROM tags_contacttag WHERE site_id = %s AND tag_id = %s)"
        vip, broad, rare, sent = (self.tags[name] for name in ("VIP", "캠페인/02차", "캠페인/12차", "알림톡/전송완료"))
        site = self.site.pk
        month = self.moment(self.ago(30, "day"))
        return [
            (tags("VIP"), (carried, [site, vip])),
            (tags("캠페인/02차"), (carried, [site, broad])),
            (many("tags", "notContains", "전송완료"), (f"NOT {carried}", [site, sent])),
            (
                all_of(tags("캠페인/12차"), ago("lastSeenAt", "withinLast", 30, "day")),
                (f"c.last_seen_at >= %s AND {carried}", [month, site, rare]),
            ),
            (
                {"or": [tags("VIP"), many("sessionsCount", "gte", 20)]},
                (f"(c.sessions_count >= 20 OR {carried})", [site, vip]),
            ),
        ]

    def _by_events(self) -> list[tuple[Any, Sql]]:
        month = {"value": 30, "unit": "day"}
        since = self.moment(self.ago(30, "day"))
        did = "SELECT contact_id FROM contacts_event WHERE site_id = %s AND name = %s AND at >= %s"
        site = self.site.pk
        return [
            (
                {"key": "event.Order", "op": "did", "within": month},
                (f"c.id IN ({did})", [site, "Order", since]),
            ),
            (
                {"key": "event.PageView", "op": "atLeast", "values": [2], "within": month},
                (f"c.id IN ({did} GROUP BY contact_id HAVING count(*) >= 2)", [site, "PageView", since]),
            ),
            (
                {"key": "event.CartAdd", "op": "didNot", "within": month},
                (f"c.id NOT IN ({did})", [site, "CartAdd", since]),
            ),
            (
                all_of(is_("country", "KR"), {"key": "event.Login", "op": "did", "within": month}),
                (f"c.country = 'KR' AND c.id IN ({did})", [site, "Login", since]),
            ),
        ]


def measure(site: Site, report: Report, *, rounds: int) -> None:
    """The pass that the product makes, the same by hand, and one after the other for comparison."""
    hand = Sidebar(site)
    both = hand.segments()
    segments = [Segment(pk=number, site=site, filter=document) for number, (document, _sql) in enumerate(both, 1)]
    [ours] = statements_of(lambda: counting._counted(site, segments, now=hand.now, seconds=_PATIENCE))
    by_hand = _one_pass(site, [sql for _document, sql in both])
    report.section(f"{len(both)} segments of the sidebar in one pass, by statement")
    with time_limit(_PATIENCE):
        found, meant = fetch(*ours)[0], fetch(*by_hand)[0]
        assert found == meant, [
            *zip(found, meant, [json.dumps(one[0], ensure_ascii=False) for one in both], strict=True)
        ]
        product, floor = take_turns(
            lambda: fetch(*ours), lambda: fetch(*by_hand), rounds=max(3, rounds // 2), warm_up=1
        )
    report.add(Line("one pass", product, floor, aim=1.5, note="one count(*) FILTER for each by hand"))
    with time_limit(_PATIENCE):
        (single,) = take_turns(lambda: [counting.count_segment(one, now=hand.now) for one in segments], rounds=3)
    report.add(Line("one after the other", single, floor, note="as the builder counts a single one"))


def _one_pass(site: Site, conditions: list[Sql]) -> Sql:
    counts = ", ".join(f"count(*) FILTER (WHERE {sql})" for sql, _values in conditions)
    people = "FROM contacts_contact c JOIN contacts_contactprofile p ON p.contact_id = c.id"
    values = [value for _sql, own in conditions for value in own]
    return f"SELECT {counts} {people} WHERE c.site_id = %s AND c.managed", [*values, site.pk]
