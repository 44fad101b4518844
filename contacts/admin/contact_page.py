"""LIST-5: the page of one person: header, details edited in place, identities, one timeline.

Anonymous contacts are not reachable (KIND-5); an absorbed contact's address leads to the survivor (UNI-8).
"""

import datetime
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.actions import actions
from contacts.admin.coming_back import page_behind, with_back
from contacts.admin.formats import day, moment, phone
from contacts.admin.header_boxes import HeaderBox, contact_cards, contact_lines, header_boxes
from contacts.admin.merge_boxes import merges_of, pending_pairs_of, suggested_pairs_of
from contacts.admin.profile_cards import card_of, cards_of
from contacts.admin.profile_forms import GROUPS, DetailsForm, known_values_of
from contacts.bulk import start_action
from contacts.details import ContactGone, DetailRefused
from contacts.history import SOURCES
from contacts.masking import identification_of, mask, name_of
from contacts.member_id_edits import MemberIdTaken, edit_contact
from contacts.merging import find_managed
from contacts.models import Contact, Identity, Merge, ProfileField
from contacts.models.identity import MAX_IDENTITIES
from contacts.selection import Selection
from contacts.subject_access.handing_out import may_hand_out
from contacts.timeline import Line, PlaceRefused, TimelineSource, read_timeline, timeline_sources
from desk.access import Access
from desk.admin import access_of, actor_of
from desk.admin.job_toasts import toast_job
from desk.admin.site import desk_site
from desk.admin.toasts import toast, toast_now
from desk.disclosing import saw
from desk.registry import UnknownName

_TEMPLATES = "admin/contacts/contact"


def reached(request: HttpRequest, object_id: str, *, shows: bool = True) -> Contact:
    """The person of this address on the site on show; ``Http404`` otherwise. May be the survivor of who is named.

    Whoever opens one of the person's pages sees the person (SITE-4), unless it ``shows`` no more than the name.
    """
    access = access_of(request)
    if not access.may("contacts.view"):
        raise PermissionDenied
    contact = find_managed(access.site, object_id)
    if contact is None:
        raise Http404
    if shows and request.method == "GET":
        saw(access, contact, actor=actor_of(request))
    return contact


def _url(name: str, contact: Contact, *more: str) -> str:
    return reverse(f"admin:contacts_contact_{name}", args=[str(contact.pk), *more])


@require_GET
def show_contact(request: HttpRequest, object_id: str) -> HttpResponse:
    """The whole page."""
    contact = reached(request, object_id)
    access = access_of(request)
    if str(contact.pk) != object_id:
        name = name_of(contact, sees_personal_data=access.sees_personal_data)
        toast(request, _("Whom this address named was merged: here is %(name)s.") % {"name": name}, level="info")
        return HttpResponseRedirect(_url("change", contact))
    profile_fields = list(ProfileField.objects.filter(site=access.site))
    name = name_of(contact, sees_personal_data=access.sees_personal_data)
    context = {
        **desk_site.each_context(request),
        **header_of(request, contact),
        "title": name,
        "opts": Contact._meta,
        "cards": cards_of(access, contact, profile_fields),
        "identities": identities_of(access, contact),
        "facts": _activity(access, contact),
        "merges": merges_of(access, contact),
        "pending_pairs": pending_pairs_of(access, contact),
        "suggested_pairs": suggested_pairs_of(access, contact),
        "sources": _sources(),
        "lines": _rendered(request, contact, contact_lines),
        "more_cards": _rendered(request, contact, contact_cards),
    }
    return TemplateResponse(request, f"{_TEMPLATES}/page.html", context)


def _rendered(request: HttpRequest, contact: Contact, boxes: Iterable[HeaderBox]) -> list[str]:
    return [render_to_string(box.template, box.context(request, contact), request=request) for box in boxes]


def _sources() -> list[TimelineSource]:
    """The contact's own sources first, whichever app was loaded first."""
    return [*SOURCES, *(source for source in timeline_sources if source not in SOURCES)]


def identities_of(access: Access, contact: Contact) -> list[tuple[Identity, str, str]]:
    """The accounts and devices the person comes through: each with its identification number, and the mobile number
    that it has proven (QUAL-5).
    """
    identities = contact.identities.select_related("site").order_by("-last_boot_at", "-pk")[:MAX_IDENTITIES]
    sees = access.sees_personal_data
    return [
        (identity, identification_of(identity, sees_personal_data=sees), _verified(access, identity))
        for identity in identities
    ]


def _verified(access: Access, identity: Identity) -> str:
    if identity.verified_at is None:
        return ""
    number = phone(identity.verified_mobile, access.site.phone_country)
    return _("%(number)s verified: %(method)s, %(date)s") % {
        "number": number if access.sees_personal_data else mask("mobileNumber", number),
        "method": identity.get_verified_method_display(),
        "date": day(identity.verified_at.astimezone(access.site.zone).date()),
    }


def header_of(request: HttpRequest, contact: Contact, *, back: str = "") -> dict[str, Any]:
    """What the head of a person prints, on the person's page and wherever else it stands: ``back`` leads there."""
    access, back = access_of(request), back or page_behind(request, contact)
    return {
        "contact": contact,
        "name": name_of(contact, sees_personal_data=access.sees_personal_data),
        "access": access,
        "boxes": [
            render_to_string(box.template, box.context(request, contact), request=request)
            for box in sorted(header_boxes, key=lambda box: box.order)
        ],
        "may_block": access.may("contacts.block"),
        "may_merge": access.may("contacts.merge"),
        "may_delete": access.may("contacts.delete") and not back,
        "audit_url": f"{reverse('admin:desk_auditentry_changelist')}?person={contact.customer_number}"
        if access.may("audit.view") and not back
        else "",
        "may_hand_out": may_hand_out(access) and not back,
        "merge_url": with_back(_url("merge", contact), back),
        "back": back,
    }


def _activity(access: Access, contact: Contact) -> list[tuple[str, str]]:
    """What the desk saw by itself; lines without a value are left out."""
    zone, profile = access.site.zone, contact.profile
    facts = [
        (_("Last seen"), moment(contact.last_seen_at, zone) if contact.last_seen_at else ""),
        (_("Last contact"), moment(contact.last_touch_at, zone)),
        (_("First seen"), moment(contact.created_at, zone)),
        (_("Sessions"), str(contact.sessions_count)),
        (_("Device"), " · ".join(filter(None, [contact.web_browser, contact.web_os, contact.web_device]))),
        (_("App"), " ".join(filter(None, [contact.mobile_app_name, contact.mobile_app_version]))),
        (_("Came from"), profile.referrer),
        ("UTM", " · ".join(f"{key} {value}" for key, value in profile.utm.items() if value)),
        (_("Import tags"), ", ".join(map(str, profile.import_tags))),
    ]
    return [(label, value) for label, value in facts if value]


def edit_details(request: HttpRequest, object_id: str, group: str) -> HttpResponse:
    """GET: the group's card, or with ``?edit`` its form. POST: save; with an error the form with all that was typed."""
    contact, access = reached(request, object_id), access_of(request)
    if group not in GROUPS:
        raise Http404
    profile_fields = list(ProfileField.objects.filter(site=access.site)) if group == "custom" else []
    if request.method != "POST" and "edit" not in request.GET:
        return _card(request, access, contact, group, profile_fields)
    if not access.may("contacts.change"):
        raise PermissionDenied
    form = DetailsForm(
        request.POST if request.method == "POST" else None,
        contact=contact,
        group=group,
        access=access,
        profile_fields=profile_fields,
    )
    taken: Contact | None = None
    if request.method == "POST" and form.is_valid():
        try:
            changed = edit_contact(contact, form.changes(), actor=actor_of(request), now=timezone.now())
            if changed.pk != contact.pk:
                return _unified(request, access, contact, changed)
            response = _card(request, access, changed, group, profile_fields, with_header=True)
            toast_now(response, _("Saved."))
            return response
        except DetailRefused as refused:
            form.add_error(refused.path if refused.path in form.fields else None, refused.message)
        except ContactGone:
            form.add_error(None, _("This person was unified with another or deleted meanwhile."))
        except MemberIdTaken as refusal:
            taken = refusal.other
            form.add_error("memberId", _("This member ID is somebody else's."))
    known = known_values_of(contact, access, form.fields)
    rows = [(bound, known.get(bound.name, [])) for bound in form]
    card = card_of(access, contact, group, profile_fields)
    context = {"contact": contact, "form": form, "rows": rows, "card": card}
    if taken is not None:
        context["taken"] = _taken(request, access, contact, taken, form)
    return TemplateResponse(request, f"{_TEMPLATES}/card_form.html", context)


def _unified(request: HttpRequest, access: Access, contact: Contact, member: Contact) -> HttpResponse:
    """UNI-2: what was typed is a member's, so the person is part of the member now: to the member's page.

    A conversation with the person goes on with the member: there the page stays, and is shown anew.
    """
    name = name_of(member, sees_personal_data=access.sees_personal_data)
    merge = Merge.objects.filter(site=access.site, absorbed_id=contact.pk, survivor=member).order_by("-pk").first()
    toast(
        request,
        _("Saved. The details are those of %(name)s, so the two were merged.") % {"name": name},
        undo_url=reverse("admin:contact_merge_undo", args=[merge.pk]) if merge else "",
    )
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = page_behind(request, contact) or _url("change", member)
    return answer


def _taken(request: HttpRequest, access: Access, contact: Contact, other: Contact, form: DetailsForm) -> dict[str, str]:
    """UNI-9: the memberId is another contact's. Both people by name, and the way into the merge dialog."""
    sees = access.sees_personal_data
    return {
        "member_id": form.data.get("memberId", "").strip(),
        "name": name_of(contact, sees_personal_data=sees),
        "other_name": name_of(other, sees_personal_data=sees),
        "other_number": str(other.customer_number),
        # An anonymous contact has no page (KIND-5); a contact with a memberId never is one.
        "other_url": _url("change", other),
        "compare_url": with_back(
            f"{_url('merge', other)}?{urlencode({'with': contact.pk, 'why': 'memberId'})}",
            page_behind(request, contact),
        )
        if access.may("contacts.merge")
        else "",
    }


def _card(
    request: HttpRequest,
    access: Access,
    contact: Contact,
    group: str,
    profile_fields: list[ProfileField],
    *,
    with_header: bool = False,
) -> HttpResponse:
    context = {**header_of(request, contact)} if with_header else {"contact": contact}
    context |= {"card": card_of(access, contact, group, profile_fields), "with_header": with_header}
    return TemplateResponse(request, f"{_TEMPLATES}/card_fragment.html", context)


@require_POST
def switch_block(request: HttpRequest, object_id: str) -> HttpResponse:
    """Block, or with ``blocked=false`` lift the block."""
    contact, access = reached(request, object_id), access_of(request)
    if not access.may("contacts.block"):
        raise PermissionDenied
    wanted = request.POST.get("blocked") != "false"
    action, chosen = actions.get("block" if wanted else "unblock"), Selection(ids=(contact.pk,))
    job = start_action(action, chosen, {}, site=access.site, actor=actor_of(request))
    contact.refresh_from_db(fields=["blocked"])
    response = TemplateResponse(request, f"{_TEMPLATES}/header.html", header_of(request, contact))
    response["HX-Trigger-After-Swap"] = "timeline-changed"
    toast_job(response, job, _("Blocked: no more chats with this person.") if wanted else _("The block is lifted."))
    return response


@require_GET
def show_timeline(request: HttpRequest, object_id: str) -> HttpResponse:
    """One page of the timeline; ``type`` (repeatable) filters, ``place`` goes on where the last page ended."""
    contact, access = reached(request, object_id), access_of(request)
    types = request.GET.getlist("type")
    try:
        page = read_timeline(contact, types=types, place=request.GET.get("place", ""))
    except (UnknownName, PlaceRefused) as error:
        raise Http404 from error
    days = _by_day(access, page.entries)
    context = {"contact": contact, "days": days, "older": page.older, "types": types, "place": request.GET.get("place")}
    return TemplateResponse(request, f"{_TEMPLATES}/timeline.html", context)


def _by_day(access: Access, entries: Any) -> list[tuple[datetime.date, list[dict[str, Any]]]]:
    days: list[tuple[datetime.date, list[dict[str, Any]]]] = []
    for source, entry in entries:
        local = entry.at.astimezone(access.site.zone)
        if not days or days[-1][0] != local.date():
            days.append((local.date(), []))
        lines = [_line(access, line) for line in entry.lines]
        url = reverse(f"admin:{entry.link[0]}", args=[entry.link[1]]) if entry.link else ""
        days[-1][1].append({"entry": entry, "source": source, "time": f"{local:%H:%M}", "lines": lines, "url": url})
    return days


def _line(access: Access, line: Line) -> dict[str, str]:
    sees, personal = access.sees_personal_data, line.personal
    value, before = (line.value, line.before) if sees else (mask(personal, line.value), mask(personal, line.before))
    at = f"{line.at.astimezone(access.site.zone):%H:%M}" if line.at else ""
    return {"label": line.label, "value": str(value or ""), "before": str(before or ""), "at": at}
