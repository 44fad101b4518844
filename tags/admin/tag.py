"""TAG-2: the management page: the tree with numbers and links; create, rename, recolour, delete, each with a way back.

Merging two tags is ``tags.admin.merge_page``.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from desk.admin import access_of, actor_of
from desk.admin.audit_words import audit_words
from desk.admin.form_pages import Layout, form_context
from desk.admin.ruled import RuledAdmin
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import AuditEntry
from tags.admin.going import told_going
from tags.admin.merge_page import merge_page
from tags.admin.navigation import contacts_url
from tags.admin.rows import MAX_SEARCH, lines_of
from tags.admin.tag_form import LevelForm, TagForm
from tags.catalogue import change_tag, create_tag
from tags.errors import TagRefused
from tags.leaving import delete_tag
from tags.levels import rename_level, tags_of_level
from tags.models import Tag
from tags.names import COLORS
from tags.reverting import REVERTED, last_change, revert_change
from tags.tree import contacts_with
from tags.uses import uses_of


@admin.register(Tag, site=desk_site)
class TagAdmin(RuledAdmin):
    """Customer tags of the site on show."""

    view_permission = "tags.view"
    add_permission = "tags.add"
    change_permission = "tags.change"
    delete_permission = "tags.change"
    refusals = (TagRefused,)
    form = TagForm
    fields = ("name", "color", "description")
    add_form_template = change_form_template = "tags/tag_form.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("level/", wrap(self.level_view), name="tags_tag_level"),
            path("revert/<str:entries>/", wrap(require_POST(self.revert_view)), name="tags_tag_revert"),
            path("<int:pk>/contacts/", wrap(self.contacts_view), name="tags_tag_contacts"),
            path("<int:pk>/merge/", wrap(merge_page), name="tags_tag_merge"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("site", "leaving")

    # --- the page ---

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The tree. Rows first; the numbers come with the second request of the page, for they cost a scan."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        partial = bool(request.headers.get("HX-Request"))
        lines = lines_of(request, counted=partial)
        context = self.page_context(
            request, _("Customer tags"), may_add=self.has_add_permission(request), max_search=MAX_SEARCH, **lines
        )
        more = partial and lines["start"]
        template = "tags/tag_lines.html" if more else "tags/tag_rows.html" if partial else "tags/tag_list.html"
        return TemplateResponse(request, template, context)

    def contacts_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The list of everybody who carries the tag, by a short address: a thousand lines of the page link to it."""
        return HttpResponseRedirect(contacts_url(self._seen(request, pk)))

    def _seen(self, request: HttpRequest, pk: int) -> Tag:
        if not self.has_view_permission(request):
            raise PermissionDenied
        tag: Tag | None = self.get_queryset(request).filter(pk=pk).first()
        if tag is None:
            raise Http404
        return tag

    # --- create and change ---

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's form with our colours to choose from."""
        return super().changeform_view(
            request, object_id, form_url, {"colors": COLORS, "title": _("New tag"), **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        actor, data = actor_of(request), dict(form.cleaned_data)
        below = data.pop("below", False)
        if not change:
            obj.pk = create_tag(access_of(request).site, actor=actor, **data).pk
            return
        tag = self.get_queryset(request).get(pk=obj.pk)
        with transaction.atomic():
            if below and data["name"] != tag.name:
                renamed = rename_level(tag.site, tag.name, data["name"], actor=actor)
                request.reverts = [renamed.pk] if renamed else []  # type: ignore[attr-defined]
                tag = self.get_queryset(request).get(pk=obj.pk)
            before = last_change(tag.site, tag.pk)
            change_tag(tag, actor=actor, **data)
            after = last_change(tag.site, tag.pk)
            if after is not None and after != before:
                request.reverts = [*getattr(request, "reverts", []), after.pk]  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Tag, post_url_continue: str | None = None) -> HttpResponse:
        toast(request, _("Tag “%(tag)s” created.") % {"tag": obj.name})
        return HttpResponseRedirect(self.list_url())

    def response_change(self, request: HttpRequest, obj: Tag) -> HttpResponse:
        if entries := getattr(request, "reverts", []):
            toast(request, _("Tag “%(tag)s” changed.") % {"tag": obj.name}, undo_url=_revert_url(entries))
        return HttpResponseRedirect(self.list_url())

    def level_view(self, request: HttpRequest) -> HttpResponseBase:
        """Rename a level that is no tag itself."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        site, level = access_of(request).site, request.GET.get("level", "")[:200]
        tags = tags_of_level(site, level)
        if not tags:
            raise Http404
        form = LevelForm(request.POST if request.method == "POST" else None, site=site, initial={"name": level})
        if request.method == "POST" and form.is_valid():
            try:
                entry = rename_level(site, level, form.cleaned_data["name"], actor=actor_of(request))
            except TagRefused as refused:
                form.add_error("name", refused.message)
            else:
                if entry is not None:
                    words = _("Level “%(level)s” renamed.") % {"level": form.cleaned_data["name"]}
                    toast(request, words, undo_url=_revert_url([entry.pk]))
                return HttpResponseRedirect(self.list_url())
        return TemplateResponse(request, "desk/form_page.html", self._level_context(request, form, level, len(tags)))

    def _level_context(self, request: HttpRequest, form: LevelForm, level: str, below: int) -> dict[str, Any]:
        text = ngettext(
            "%(n)d tag hangs below it and keeps its contacts.",
            "%(n)d tags hang below it and keep their contacts.",
            below,
        )
        layout: Layout = [(_("Level “%(level)s”") % {"level": level}, text % {"n": below}, [("name",)])]
        more = form_context(
            form, layout, above_url=self.list_url(), above_label=_("Customer tags"), cancel_url=self.list_url()
        )
        return self.page_context(request, _("Rename the level"), **more)

    def revert_view(self, request: HttpRequest, entries: str) -> HttpResponseBase:
        """Take back what was just changed."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        site = access_of(request).site
        numbers = [int(part) for part in entries.split("-") if part.isascii() and part.isdigit() and len(part) < 19]
        found = AuditEntry.objects.filter(site=site, pk__in=numbers[:2], action__in=REVERTED).order_by("-pk")
        if not found:
            raise Http404
        try:
            with transaction.atomic():
                for entry in found:
                    name = revert_change(site, entry, actor=actor_of(request))
        except TagRefused as refused:
            toast(request, refused.message, level="error")
        else:
            toast(request, _("“%(tag)s” is as it was.") % {"tag": name})
        return HttpResponseRedirect(self.list_url())

    # --- delete ---

    @method_decorator(csrf_protect)
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask with what is concerned; few are done at once, many in the background, and either can be undone."""
        tag = self.get_object(request, object_id)
        if tag is None:
            raise Http404
        if not self.has_delete_permission(request, tag):
            raise PermissionDenied
        if request.method == "POST":
            try:
                told_going(request, delete_tag(tag, actor=actor_of(request)))
            except TagRefused as refused:
                toast(request, refused.message, level="error")
            return HttpResponseRedirect(self.list_url())
        contacts = contacts_with(tag)
        context = self.page_context(
            request,
            _("Delete"),
            object=tag,
            consequence=_consequence(contacts),
            contacts=contacts,
            uses=uses_of(access_of(request), [tag]),
        )
        return TemplateResponse(request, "tags/tag_delete.html", context)


def _revert_url(entries: list[int]) -> str:
    return reverse("admin:tags_tag_revert", args=["-".join(map(str, entries))])


def _consequence(contacts: int) -> str:
    if not contacts:
        return _("No contact carries it.")
    return ngettext(
        "%(n)s contact carries it and will lose it.", "%(n)s contacts carry it and will lose it.", contacts
    ) % {"n": localize(contacts)}


audit_words.register("tag.renameLevel", gettext_lazy("Level of customer tags renamed"))
