"""Settings → Chats → Answers (CHAT-4): saved answers: search, add, change with a preview, delete."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent, written
from chats.answers import MAX_SEARCH, change_answer, create_answer, delete_answer, find_answers, parse_text
from chats.errors import ChatRefused
from chats.models import AnswerTemplate
from chats.placeholders import PROFILE, Facts, fill_text, placeholders_of
from contacts.models import Contact, FieldType, ProfileField
from desk.access import Access
from desk.admin import access_of, actor_of, operator_of
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Site

_LIST = "admin:chat_answers"
_LAYOUT: Layout = [
    (
        _("Saved answer"),
        _("Operators find it in the composer by its name or its text, and can still change it before they send it."),
        [("name",), ("text",)],
    )
]
_SAMPLES: dict[str, Any] = {
    FieldType.NUMBER: 12_000,
    FieldType.DATE: "2026-11-21",
    FieldType.BOOLEAN: True,
}


class AnswerForm(forms.Form):
    """Name and text."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("At most 40 characters."),
    )
    text = forms.CharField(
        label=_("text"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "data-answer-text": True, "dir": "auto"}),
        help_text=_("At most 5,000 characters."),
    )


def show_answers(request: HttpRequest) -> HttpResponse:
    """All by name, or what a search finds; at most 500."""
    site, query = administered(request).site, request.GET.get("q", "")[:MAX_SEARCH]
    context = framed(
        request,
        gettext("Answers"),
        _LIST,
        answers=list(find_answers(site, query)),
        query=query,
        max_search=MAX_SEARCH,
    )
    rows_only = request.headers.get("HX-Request")
    template = "chats/settings/answer_rows.html" if rows_only else "chats/settings/answers.html"
    return TemplateResponse(request, template, context)


def add(request: HttpRequest) -> HttpResponse:
    """A new answer."""
    site, form = administered(request).site, AnswerForm(sent(request))

    def write() -> None:
        made = create_answer(site, **form.cleaned_data, actor=actor_of(request), now=timezone.now())
        toast(request, gettext("Answer “%(name)s” saved.") % {"name": made.name})

    if written(request, form, write):
        return _back()
    return _form(request, form, gettext("New answer"))


def change(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Another name or text."""
    answer = _answer(request, answer_id)
    initial = {"name": answer.name, "text": answer.text}
    form = AnswerForm(sent(request), initial=initial)
    actor, now = actor_of(request), timezone.now()
    if written(request, form, lambda: change_answer(answer, **form.cleaned_data, actor=actor, now=now)):
        toast(request, gettext("Answer “%(name)s” saved.") % {"name": answer.name})
        return _back()
    return _form(request, form, answer.name, delete_url=reverse("admin:chat_answer_delete", args=[answer.pk]))


@require_POST
def preview(request: HttpRequest) -> HttpResponseBase:
    """What a customer would read, for the text that is being written."""
    access = administered(request)
    context = _previewed(access, request, request.POST.get("text", ""))
    return TemplateResponse(request, "chats/settings/answer_preview.html", context)


def delete(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Ask, then do it."""
    answer = _answer(request, answer_id)
    if request.method == "POST":
        if delete_answer(answer, actor=actor_of(request)):
            toast(request, gettext("Answer “%(name)s” deleted.") % {"name": answer.name})
        return _back()
    context = framed(request, gettext("Delete"), answer=answer)
    return TemplateResponse(request, "chats/settings/answer_delete.html", context)


def _previewed(access: Access, request: HttpRequest, text: str) -> dict[str, Any]:
    if not text.strip():
        return {"known": "", "unknown": "", "problem": ""}
    try:
        text = parse_text(access.site, text)
    except ChatRefused as refused:
        return {"known": "", "unknown": "", "problem": refused.message}
    operator = str(operator_of(request))
    known, unknown = (fill_text(text, facts) for facts in _samples(access.site, operator))
    # The second one only where it reads otherwise.
    return {"known": known, "unknown": unknown if unknown != known else "", "problem": ""}


def _samples(site: Site, operator: str) -> tuple[Facts, Facts]:
    """A customer of whom everything is known, and one of whom nothing is."""
    fields = {field.key: field.type for field in ProfileField.objects.filter(site=site)}
    # Translators: the name of a customer who does not exist, for a preview
    name = pgettext("sample customer", "Kim Minji")
    known = Contact(site=site, name=name, member_id="minji", customer_number=1024)
    profile = {key: _SAMPLES.get(type_, [key] if type_ == FieldType.LIST else key) for key, type_ in fields.items()}
    nobody = Contact(site=site, customer_number=1025)
    return Facts(known, operator, site, 1, profile, fields), Facts(nobody, operator, site, 2, {}, fields)


def _answer(request: HttpRequest, answer_id: int) -> AnswerTemplate:
    return found(AnswerTemplate.objects.select_related("site").filter(site=administered(request).site), answer_id)


def _form(request: HttpRequest, form: AnswerForm, title: str, **more: Any) -> HttpResponse:
    access = access_of(request)
    above = {"above_url": reverse(_LIST), "above_label": gettext("Answers"), "cancel_url": reverse(_LIST)}
    offered = placeholders_of(access.site)
    written_so_far = str(form["text"].value() or "")
    context = framed(
        request,
        title,
        **form_context(form, _LAYOUT, **above, **more),
        own=[one for one in offered if not one.key.startswith(PROFILE)],
        custom=[one for one in offered if one.key.startswith(PROFILE)],
        **_previewed(access, request, written_so_far),
    )
    return TemplateResponse(request, "chats/settings/answer_form.html", context)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


chat_settings_tabs.register("answers", SettingsTab(_("Answers"), _LIST, 40))
desk_site.add_page("settings/chats/answers/", show_answers, "chat_answers")
desk_site.add_page("settings/chats/answers/new/", add, "chat_answer_add")
desk_site.add_page("settings/chats/answers/preview/", preview, "chat_answer_preview")
desk_site.add_page("settings/chats/answers/<int:answer_id>/", change, "chat_answer_change")
desk_site.add_page("settings/chats/answers/<int:answer_id>/delete/", delete, "chat_answer_delete")
