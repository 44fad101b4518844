"""Settings → Chats → Room tags (CHAT-3): each with its number of chats; add, rename, merge into another, delete."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chats.admin.settings_frame import SettingsTab, administered, chat_settings_tabs, found, framed, sent, written
from chats.errors import ChatRefused
from chats.models import RoomTag
from chats.room_tags import (
    add_room_tag,
    chats_with,
    delete_room_tag,
    merge_room_tags,
    rename_room_tag,
    room_tags_of,
)
from desk.admin import actor_of
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast

_LIST = "admin:chat_room_tags"


class RoomTagForm(forms.Form):
    """The name."""

    name = forms.CharField(
        label=_("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=_("At most 20 characters."),
    )


class MergeForm(forms.Form):
    """Which tag stays."""

    into = forms.ModelChoiceField(label=_("merge into"), queryset=RoomTag.objects.none(), empty_label=_("Choose a tag"))

    def __init__(self, *args: Any, tag: RoomTag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = RoomTag.objects.filter(site=tag.site).exclude(pk=tag.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


def show_tags(request: HttpRequest) -> HttpResponse:
    """All by name; at most 500."""
    site = administered(request).site
    return TemplateResponse(
        request,
        "chats/settings/room_tags.html",
        framed(request, gettext("Room tags"), _LIST, room_tags=list(room_tags_of(site))),
    )


def add(request: HttpRequest) -> HttpResponse:
    """A new tag."""
    site, form = administered(request).site, RoomTagForm(sent(request))

    def write() -> None:
        made = add_room_tag(site, form.cleaned_data["name"], actor=actor_of(request))
        toast(request, gettext("Room tag “%(name)s” added.") % {"name": made.name})

    if written(request, form, write):
        return _back()
    text = _("Operators also make new ones while they tag a chat. A chat has at most 8.")
    layout: Layout = [(_("Room tag"), text, [("name",)])]
    return _form(request, form, layout, gettext("New room tag"), submit_label=gettext("Create"))


def change(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Rename; the ways to merge and delete it."""
    tag = _tag(request, tag_id)
    form = RoomTagForm(sent(request), initial={"name": tag.name})
    if written(request, form, lambda: rename_room_tag(tag, form.cleaned_data["name"], actor=actor_of(request))):
        toast(request, gettext("Room tag “%(name)s” saved.") % {"name": tag.name})
        return _back()
    layout: Layout = [(_("Room tag"), _("Chats that have it show the new name."), [("name",)])]
    more = {"delete_url": reverse("admin:chat_room_tag_delete", args=[tag.pk])}
    if RoomTag.objects.filter(site=tag.site).exclude(pk=tag.pk).exists():
        more["merge_url"] = reverse("admin:chat_room_tag_merge", args=[tag.pk])
    return _form(request, form, layout, tag.name, **more)


def merge(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Choose the tag that stays; says how many chats are concerned."""
    tag = _tag(request, tag_id)
    form = MergeForm(sent(request), tag=tag)

    def write() -> None:
        into = form.cleaned_data["into"]
        merge_room_tags(tag, into, actor=actor_of(request))
        toast(request, gettext("“%(tag)s” is merged into “%(into)s”.") % {"tag": tag.name, "into": into.name})

    if written(request, form, write):
        return _back()
    chats = chats_with(tag)
    words = ngettext(
        "%(n)s chat has “%(tag)s”. It gets the other one instead, and “%(tag)s” is gone. This cannot be undone.",
        "%(n)s chats have “%(tag)s”. They get the other one instead, and “%(tag)s” is gone. This cannot be undone.",
        chats,
    ) % {"n": localize(chats), "tag": tag.name}
    layout: Layout = [(gettext("Merge “%(tag)s”") % {"tag": tag.name}, words, [("into",)])]
    return _form(request, form, layout, gettext("Merge room tags"), submit_label=gettext("Merge"))


def delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Ask with the number of chats, then do it."""
    tag = _tag(request, tag_id)
    if request.method == "POST":
        try:
            delete_room_tag(tag, actor=actor_of(request))
        except ChatRefused as refused:
            toast(request, refused.message, level="error")
        else:
            toast(request, gettext("Room tag “%(name)s” deleted.") % {"name": tag.name})
        return _back()
    context = framed(request, gettext("Delete"), tag=tag, chats=chats_with(tag))
    return TemplateResponse(request, "chats/settings/room_tag_delete.html", context)


def _tag(request: HttpRequest, tag_id: int) -> RoomTag:
    return found(RoomTag.objects.select_related("site").filter(site=administered(request).site), tag_id)


def _form(request: HttpRequest, form: forms.Form, layout: Layout, title: str, **more: Any) -> HttpResponse:
    above = {"above_url": reverse(_LIST), "above_label": gettext("Room tags"), "cancel_url": reverse(_LIST)}
    context = framed(request, title, **form_context(form, layout, **above, **more))
    return TemplateResponse(request, "chats/settings/form.html", context)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(_LIST))


chat_settings_tabs.register("roomTags", SettingsTab(_("Room tags"), _LIST, 30))
desk_site.add_page("settings/chats/room-tags/", show_tags, "chat_room_tags")
desk_site.add_page("settings/chats/room-tags/new/", add, "chat_room_tag_add")
desk_site.add_page("settings/chats/room-tags/<int:tag_id>/", change, "chat_room_tag_change")
desk_site.add_page("settings/chats/room-tags/<int:tag_id>/merge/", merge, "chat_room_tag_merge")
desk_site.add_page("settings/chats/room-tags/<int:tag_id>/delete/", delete, "chat_room_tag_delete")
