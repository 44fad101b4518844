"""RET-5, RET-6: the page of retention: the policy in words, the forecast, who is next, holds, and what was deleted.

Whoever may see contacts may look; anonymous contacts are counted and never listed (KIND-5). Nothing is changed here:
the policy is set with the settings of the site, holds on the page of the person.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET

from contacts.admin.formats import day as in_figures
from contacts.admin.merge_words import Person, person_of
from contacts.admin.retention_chart import chart_of
from contacts.admin.retention_log import deleted_rows, sweep_rows
from contacts.forecasting import Forecast, Leaving, forecast, who_is_next
from contacts.holds import holds_in_force
from contacts.models import Contact, Hold, Kind, RetentionRun
from contacts.policy_effects import KINDS
from contacts.retention import Policy, Rule, policy_of, today_of
from contacts.sweeping import BEGINS
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.charts import full_day, number
from desk.admin.navigation import Entry, Section, navigation
from desk.admin.site import desk_site
from desk.disclosing import saw_list
from desk.models import Site

_TEMPLATE = "admin/contacts/retention/page.html"
SPANS = (1, 7, 30, 90)
SWEEPS_A_PAGE = 14
MOST_HOLDS = 200
# A sweep that has not begun so long after its time means that nobody does the work of the background.
_LATE = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Number:
    """How many go within so many days, in all and by kind."""

    label: str
    total: int
    parts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NextRow:
    """Somebody who is next."""

    person: Person
    day: str
    held: bool
    why: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """Somebody who is held; ``person`` None where nobody may see who."""

    person: Person | None
    hold: Hold
    until: str


@require_GET
def show_retention(request: HttpRequest) -> HttpResponse:
    """Everything on one page; older sweeps by ``?sweeps=<id>``."""
    access, now = _viewer(request), timezone.now()
    site = access.site
    foretold, today = forecast(site, now=now), today_of(site, now)
    holds = holds_in_force(site, today).select_related("contact").order_by("until", "pk")
    leaving, held = who_is_next(site, now=now), list(holds[:MOST_HOLDS])
    _told(request, access, [one.contact for one in leaving] + [hold.contact for hold in held])
    context = {
        **desk_site.each_context(request),
        "title": pgettext("page", "Retention"),
        "may_set": access.may("settings.change"),
        "policy": _policy(policy_of(site)),
        "zone": site.time_zone,
        "begins": BEGINS,
        "next_sweep": full_day(foretold.days[0].day),
        "is_late": _is_late(site, now),
        "numbers": _numbers(foretold),
        "chart": chart_of(foretold),
        "kinds": list(KINDS.values()),
        "leaving": [_next(access, one) for one in leaving],
        "holds": [_hold(access, hold) for hold in held],
        "holds_count": holds.count(),
        "deleted": deleted_rows(site, today),
        **_sweeps(request, site, now),
    }
    return TemplateResponse(request, _TEMPLATE, context)


def _viewer(request: HttpRequest) -> Access:
    access = access_of(request)
    if not access.may("contacts.view"):
        raise PermissionDenied
    return access


def _told(request: HttpRequest, access: Access, people: list[Contact]) -> None:
    """SITE-4: whoever has no name is called by an e-mail or a phone; who saw those is written down."""
    nameless = {one.pk for one in people if not (one.name or one.member_id) and (one.email or one.mobile_number)}
    saw_list(access, "contact.list", "retention", actor=actor_of(request), rows=len(nameless))


def _policy(policy: Policy) -> list[tuple[str, list[str]]]:
    """Each kind with what holds for it."""
    return [(str(label), [_rule(rule) for rule in policy.rules if rule.kind == kind]) for kind, label in KINDS.items()]


def _rule(rule: Rule) -> str:
    if rule.period is None:
        return _("Never deleted.")
    words = {"period": rule.period.in_words()}
    if rule.before is not None:
        return _("%(period)s after the last contact, if that was before %(day)s.") % {
            **words,
            "day": full_day(rule.before),
        }
    if rule.since is not None:
        return _("%(period)s after the last contact, if that was on %(day)s or later.") % {
            **words,
            "day": full_day(rule.since),
        }
    return _("%(period)s after the last contact.") % words


def _is_late(site: Site, now: datetime.datetime) -> bool:
    """Whether the sweep of today should have begun long ago."""
    local = now.astimezone(site.zone)
    due = datetime.datetime.combine(local.date(), BEGINS, tzinfo=site.zone)
    if now - max(due, site.created_at) < _LATE or now < due:
        return False
    return not RetentionRun.objects.filter(site=site, day=local.date(), nightly=True).exists()


def _numbers(foretold: Forecast) -> list[Number]:
    labels = (_("Next sweep"), _("7 days"), _("30 days"), _("90 days"))
    found = []
    for label, days in zip(labels, SPANS, strict=True):
        counts = foretold.within(days)
        parts = [(str(KINDS[kind]), number(counts[kind])) for kind in KINDS if counts[kind]]
        found.append(Number(label, counts.total(), parts))
    return found


def _next(access: Access, leaving: Leaving) -> NextRow:
    period, until = leaving.rule.period, leaving.held_until
    held = until is not None and (period is None or until >= period.end(leaving.touched_on))
    if held and until is not None:
        why = _("On hold until %(last)s.") % {"last": in_figures(until)}
    else:
        words = {"period": period.in_words() if period is not None else "", "date": in_figures(leaving.touched_on)}
        why = _("%(period)s after the last contact on %(date)s.") % words
    return NextRow(person_of(access, leaving.contact), in_figures(leaving.day), held, why)


def _hold(access: Access, hold: Hold) -> HoldRow:
    # KIND-5: an anonymous contact has no page and no name, also when somebody held it by its number.
    person = person_of(access, hold.contact) if hold.contact.kind != Kind.ANONYMOUS else None
    return HoldRow(person, hold, in_figures(hold.until))


def _sweeps(request: HttpRequest, site: Site, now: datetime.datetime) -> dict[str, Any]:
    before = request.GET.get("sweeps", "")
    runs = RetentionRun.objects.filter(site=site).order_by("-pk")
    if before:
        if not (before.isascii() and before.isdigit() and int(before) < 1 << 63):
            raise Http404
        runs = runs.filter(pk__lt=int(before))
    page = list(runs[: SWEEPS_A_PAGE + 1])
    older = page[SWEEPS_A_PAGE - 1].pk if len(page) > SWEEPS_A_PAGE else ""
    return {"sweeps": sweep_rows(page[:SWEEPS_A_PAGE], now), "older": str(older), "is_older": bool(before)}


def _entries(request: HttpRequest) -> list[Entry]:
    if not access_of(request).may("contacts.view"):
        return []
    return [Entry(pgettext_lazy("page", "Retention"), reverse("admin:retention"), "calendar")]


desk_site.add_page("retention/", show_retention, "retention")
navigation.register("retention", Section("retention", "", 65, _entries))
