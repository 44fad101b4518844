"""Settings → Chats → Categories (CHAT-3): the tree; add, rename, switch off with what goes along, switch on, undo."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent, written
from chats.categories import (
    SWITCHED,
    add_category,
    categories_of,
    rename_category,
    switch_category,
    undo_switch,
)
from chats.errors import ChatRefused
from chats.models import Category
from desk.admin import actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import AuditEntry, Site

_LIST = "admin:chat_categories"


class CategoryForm(forms.Form):
    """The name; of a new one also what it stands below."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("At most 15 characters."),
    )
    parent = forms.ModelChoiceField(
        label=_("below"), required=False, queryset=Category.objects.none(), empty_label=_("nothing: it is of level 1")
    )

    def __init__(self, *args: Any, site: Site, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if new:
            tops = Category.objects.filter(site=site, parent=None, active=True)
            self.fields["parent"].queryset = tops  # type: ignore[attr-defined]
        else:
            del self.fields["parent"]


def show_categories(request: HttpRequest) -> HttpResponse:
    """Both levels by name, with what is switched off at its place."""
    site = administered(request).site
    context = framed(request, gettext("Categories"), _LIST, branches=categories_of(site))
    return TemplateResponse(request, "chats/settings/categories.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new category; ``parent`` of the address is what it will stand below."""
    site, actor = administered(request).site, actor_of(request)
    form = CategoryForm(
        sent(request),
        site=site,
        new=True,
        initial={"parent": request.GET.get("parent", "")[:20]},
    )

    def write() -> None:
        made = add_category(site, form.cleaned_data["name"], parent=form.cleaned_data["parent"], actor=actor)
        toast(request, gettext("Category “%(name)s” added.") % {"name": made.name})

    if written(request, form, write):
        return _back()
    text = _("What chats are about. Operators choose it in the conversation.")
    layout: Layout = [(_("Category"), text, [("name",), ("parent",)])]
    return _form(request, form, layout, gettext("New category"), submit_label=gettext("Create"))


def change(request: HttpRequest, category_id: int) -> HttpResponse:
    """Rename."""
    category = _category(request, category_id)
    form = CategoryForm(
        sent(request),
        site=category.site,
        new=False,
        initial={"name": str(category)},
    )
    if written(request, form, lambda: rename_category(category, form.cleaned_data["name"], actor=actor_of(request))):
        toast(request, gettext("Category “%(name)s” saved.") % {"name": category.name})
        return _back()
    text = _("Chats that have it show the new name, old ones too.")
    return _form(request, form, [(_("Category"), text, [("name",)])], category.name)


def switch(request: HttpRequest, category_id: int) -> HttpResponse:
    """Off: asks first where others go along. On: at once."""
    category = _category(request, category_id)
    below = Category.objects.filter(parent=category, active=True)
    if request.method != "POST":
        if not category.active:
            return _back()
        context = framed(request, gettext("Switch off"), category=category, below=list(below))
        return TemplateResponse(request, "chats/settings/category_off.html", context)
    try:
        # What the page said is what is done: the button names the state it leads to.
        entry = switch_category(category, on=request.POST.get("on") == "1", actor=actor_of(request))
    except ChatRefused as refused:
        toast(request, refused.message, level="error")
        return _back()
    if entry is not None:
        undo = reverse("admin:chat_category_undo", args=[entry.pk])
        toast(request, _told(category, int(entry.details["count"] or 0)), undo_url=undo)
    return _back()


@require_POST
def undo(request: HttpRequest, entry_id: int) -> HttpResponseBase:
    """Take back a switch."""
    site = administered(request).site
    entry = found(AuditEntry.objects.filter(site=site, action=SWITCHED), entry_id)
    try:
        category = undo_switch(entry, actor=actor_of(request))
    except ChatRefused as refused:
        toast(request, refused.message, level="error")
        return _back()
    if category is None:
        raise Http404
    toast(request, gettext("“%(name)s” is as it was.") % {"name": category.name})
    return _back()


def _told(category: Category, along: int) -> str:
    if category.active:
        return gettext("“%(name)s” is in use again.") % {"name": category.name}
    if not along:
        return gettext("“%(name)s” is switched off.") % {"name": category.name}
    words = ngettext(
        "“%(name)s” is switched off, and %(n)d category below it.",
        "“%(name)s” is switched off, and %(n)d categories below it.",
        along,
    )
    return words % {"name": category.name, "n": along}


def _category(request: HttpRequest, category_id: int) -> Category:
    rows = Category.objects.select_related("site", "parent").filter(site=administered(request).site)
    return found(rows, category_id)


def _form(request: HttpRequest, form: forms.Form, layout: Layout, title: str, **more: Any) -> HttpResponse:
    above = {"above_url": reverse(_LIST), "above_label": gettext("Categories"), "cancel_url": reverse(_LIST)}
    context = framed(request, title, **form_context(form, layout, **above, **more))
    return TemplateResponse(request, "chats/settings/form.html", context)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


audit_words.register(SWITCHED, _("Category switched on or off"))
chat_settings_tabs.register("categories", SettingsTab(_("Categories"), _LIST, 20))
desk_site.add_page("settings/chats/categories/", show_categories, "chat_categories")
desk_site.add_page("settings/chats/categories/new/", add, "chat_category_add")
desk_site.add_page("settings/chats/categories/<int:category_id>/", change, "chat_category_change")
desk_site.add_page("settings/chats/categories/<int:category_id>/switch/", switch, "chat_category_switch")
desk_site.add_page("settings/chats/categories/undo/<int:entry_id>/", undo, "chat_category_undo")
