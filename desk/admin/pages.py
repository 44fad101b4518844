"""The frame's own pages and small posts: start, palette, counts, language, appearance, site switcher."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from desk import operators
from desk.access import visible_sites
from desk.admin import access_of, actor_of, operator_of
from desk.admin.navigation import shown_sections
from desk.admin.operator_menu import menu_parts
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.disclosing import saw_list
from desk.look import icon_names, token_colors
from desk.middleware import CHOSEN_SITE
from desk.models.site import Language
from desk.palette import MAX_HITS, Hit, hits


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where a small post leads back to: its ``next`` when that is on this host, else ``otherwise``."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return otherwise


@require_GET
def palette(request: HttpRequest) -> HttpResponseBase:
    """Hits for what was typed: pages of the sidebar first, then people, segments … (``desk.palette``)."""
    access = access_of(request)
    query = request.GET.get("q", "")[:200]
    found = (_pages(request, query) + hits(access, query))[:MAX_HITS]
    # One search: what is typed letter by letter is asked for letter by letter.
    people = sum(hit.is_person for hit in found)
    saw_list(access, "contact.search", "", actor=actor_of(request), rows=people)
    return JsonResponse(
        {
            "hits": [
                {
                    "label": str(hit.label),
                    "detail": str(hit.detail),
                    "url": hit.url,
                    "icon": hit.icon,
                    "presses": hit.presses,
                }
                for hit in found
            ]
        }
    )


def _pages(request: HttpRequest, query: str) -> list[Hit]:
    folded = query.strip().casefold()
    return [
        Hit(entry.label, section.label, entry.url, entry.icon)
        for section in shown_sections(request)
        for entry in section.entries
        if folded in f"{section.label} {entry.label}".casefold()
    ]


@require_GET
def counts(request: HttpRequest) -> HttpResponseBase:
    """The sidebar's counts that cost a query, by address: asked when the page is already on screen, and now and then.

    ``ages``: how old a number is, in words, where it is older than one expects. ``marks``: how the operator stands
    (``desk.admin.operator_menu``).
    """
    access_of(request)
    late = [entry for section in shown_sections(request) for entry in section.entries if callable(entry.count)]
    numbers = {entry.url: entry.count() for entry in late if callable(entry.count)}
    ages = {entry.url: age for entry in late if entry.age is not None and (age := entry.age())}
    marks = {part.name: part.mark().as_json() for part in menu_parts(request)}
    return JsonResponse({"counts": numbers, "ages": ages, "marks": marks})


@require_POST
def preferences(request: HttpRequest) -> HttpResponseBase:
    """Remember how a part of the frame was left."""
    try:
        operators.remember(operator_of(request), request.POST.get("name", ""), request.POST.get("value", ""))
    except operators.UnknownPreference:
        return HttpResponse(status=400)
    return HttpResponse(status=204)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponseBase:
    """Light, dark or as the device."""
    try:
        operators.change_profile(
            operator_of(request), {"theme": request.POST.get("theme", "")}, actor=actor_of(request)
        )
    except ValidationError:
        return HttpResponse(status=400)
    if request.headers.get("accept", "").startswith("application/json"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(safe_next(request, reverse("admin:index")))


def set_language(request: HttpRequest) -> HttpResponseBase:
    """The language of the desk; before signing in it is kept in a cookie, afterwards with the operator (L10N-1)."""
    if request.method != "POST":
        raise Http404
    language = request.POST.get("language", "")
    if language not in Language.values:
        return HttpResponse(status=400)
    if request.user.is_authenticated:
        operators.change_profile(operator_of(request), {"language": language}, actor=actor_of(request))
    response = HttpResponseRedirect(safe_next(request, reverse("admin:index")))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=60 * 60 * 24 * 365,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


@require_POST
def choose_site(request: HttpRequest) -> HttpResponseBase:
    """Show another site; one that the operator cannot see does not exist (SITE-2)."""
    wanted = request.POST.get("site", "")
    site = visible_sites(operator_of(request)).filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    if site is None:
        raise Http404
    request.session[CHOSEN_SITE] = site.pk
    toast(request, _("You are now in %(site)s.") % {"site": site.name}, level="info")
    # Not back to the same page: its object belongs to the other site.
    return HttpResponseRedirect(reverse("admin:index"))


@require_GET
def components(request: HttpRequest) -> HttpResponseBase:
    """Every token and component in every state; what screenshot tests photograph."""
    context = {
        **desk_site.each_context(request),
        "title": _("Components"),
        "token_colors": token_colors(),
        "all_icons": sorted(icon_names()),
    }
    return TemplateResponse(request, "desk/components.html", context)


desk_site.add_page("palette/", palette, "palette")
desk_site.add_page("counts/", counts, "counts")
desk_site.add_page("preferences/", preferences, "preferences", needs_site=False)
desk_site.add_page("appearance/", set_theme, "set_theme", needs_site=False)
desk_site.add_page("language/", set_language, "set_language", public=True)
desk_site.add_page("site/", choose_site, "choose_site", needs_site=False)
desk_site.add_page("components/", components, "components", needs_site=False)
