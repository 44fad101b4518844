"""The recipes of FIL-10, pasted lists (FIL-5), tags and trees; each also by hand."""

from benchmarks.by_hand import KEY, Case, Hand, Sql, ago, all_of, is_, many, tags
from contacts.models import Contact
from tags.models import Tag

_IDS = "SELECT t.contact_id FROM tags_contacttag t WHERE t.site_id = %s AND t.tag_id = %s"
_NEVER_ORDERED = {"key": f"profile.{KEY}", "op": "empty"}


class Recipes(Hand):
    """Cases about people as a whole: when they came, what they bought, which tags they carry."""

    def recipes(self) -> list[Case]:
        """FIL-10, in its order."""
        year_ago = self.ago(1, "year")
        return [
            Case("not ordered yet", all_of(is_("member", True), _NEVER_ORDERED), self._not_ordered()),
            Case("visited within 1 year", ago("lastSeenAt", "withinLast", 1, "year"), self.seen(">=", year_ago)),
            Case("3 or more sessions", many("sessionsCount", "gte", 3), [("sessions_count >= 3", [])]),
            Case("ordered within 6 months", ago(f"profile.{KEY}", "withinLast", 6, "month"), self._ordered()),
            self._no_tag("전송완료"),
            Case("dormant (seen > 1 year ago)", ago("lastSeenAt", "moreThanAgo", 1, "year"), self.seen("<", year_ago)),
            self.pasted(1_000),
        ]

    def mixed(self) -> list[Case]:
        """Tags from broad to rare, and trees."""
        names = dict(Tag.objects.filter(site=self.site).values_list("name", "pk"))
        month_ago = self.ago(30, "day")
        broad, rare = "캠페인/01차", "캠페인/16차"
        tree = {"or": [tags(rare), all_of(is_("country", "JP"), {"not": tags(broad)})]}
        by_tree, tree_ids = (
            f"({self.tagged()} OR (country = 'JP' AND NOT {self.tagged()}))",
            [names[rare], names[broad]],
        )
        by_ids = f"(c.id IN ({_IDS}) OR (country = 'JP' AND c.id NOT IN ({_IDS})))"
        sites = [self.site.pk, names[rare], self.site.pk, names[broad]]
        seen, bounds = self.seen(">=", month_ago)[1]
        return [
            Case(f"tag {broad}", tags(broad), [(self.tagged(), [names[broad]])]),
            Case(f"tag {rare}", tags(rare), [(self.tagged(), [names[rare]])]),
            Case(
                "tag VIP, seen within 30 days",
                all_of(tags("VIP"), ago("lastSeenAt", "withinLast", 30, "day")),
                [(f"{self.tagged()} AND {seen}", [names["VIP"], *bounds])],
            ),
            Case(
                "country Japan, e-mail qualified",
                all_of(is_("country", "JP"), is_("emailQualified", True)),
                [("country = 'JP' AND email_qualified", [])],
            ),
            Case("rare tag, or Japan without a broad one", tree, [(by_tree, tree_ids), (by_ids, sites)]),
        ]

    def pasted(self, wanted: int) -> Case:
        """FIL-5: so many memberIds, one in ten of somebody else."""
        known = Contact.objects.filter(site=self.site, managed=True, kind="member").order_by("customer_number")
        step = max(1, known.count() // wanted)
        ids = list(known.values_list("member_id", flat=True)[: step * wanted : step])[:wanted]
        ids = [f"nobody{number}" if number % 10 == 0 else str(id_) for number, id_ in enumerate(ids)]
        conditions = [self.among("member_id_folded", [id_.lower() for id_ in ids], "<> ''")]
        if self.postgres:
            conditions += [
                ("member_id_folded IN (SELECT unnest(%s::text[])) AND member_id_folded <> ''", conditions[0][1])
            ]
        return Case(f"memberId is any of {len(ids):,}", many("memberId", "is", *ids), conditions)

    def _not_ordered(self) -> list[Sql]:
        inner = f"FROM contacts_contactprofile p WHERE {self.has_value()}"
        return [
            (f"kind = 'member' AND NOT EXISTS (SELECT 1 {inner} AND p.contact_id = c.id)", []),
            (f"kind = 'member' AND c.id NOT IN (SELECT p.contact_id {inner})", []),
            (f"kind = 'member' AND c.id IN (SELECT p.contact_id {inner.replace('WHERE', 'WHERE NOT')})", []),
        ]

    def _ordered(self) -> list[Sql]:
        since = self.ago(6, "month").strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        inner = f"FROM contacts_contactprofile p WHERE {self.ordered_at()} >= %s"
        return [
            (f"EXISTS (SELECT 1 {inner} AND p.contact_id = c.id)", [since]),
            (f"c.id IN (SELECT p.contact_id {inner})", [since]),
        ]

    def _no_tag(self, text: str) -> Case:
        tags = Tag.objects.filter(site=self.site, name_folded__contains=text).values_list("pk", flat=True)
        one_of, ids = self.among("t.tag_id", tags)
        inner = f"FROM tags_contacttag t WHERE t.site_id = %s AND {one_of}"
        values = [self.site.pk, *ids]
        found = f"id IN (SELECT contact_id {inner})"
        few = f"SELECT count(*) FROM contacts_contact WHERE site_id = %s AND managed AND {found}"
        everybody = "SELECT count(*) FROM contacts_contact WHERE site_id = %s AND managed"
        return Case(
            f"no tag that contains {text}",
            many("tags", "notContains", text),
            [
                (f"NOT EXISTS (SELECT 1 {inner} AND t.contact_id = c.id)", values),
                (f"c.id NOT IN (SELECT t.contact_id {inner})", values),
            ],
            [(f"SELECT ({everybody}) - ({few})", [self.site.pk, self.site.pk, *values])],
        )
