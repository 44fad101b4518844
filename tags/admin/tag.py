"""TAG-2: the management page: the tree with numbers and links; create, rename, recolour, delete."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.folding import fold
from desk.admin import access_of, actor_of
from desk.admin.ruled import RuledAdmin
from desk.admin.site import desk_site
from tags.admin.navigation import contacts_url
from tags.catalogue import change_tag, create_tag, delete_tag, match_names, tags_of_site
from tags.errors import TagRefused
from tags.models import Tag
from tags.names import COLORS, DESCRIPTION_LENGTH, parse_color, parse_description, parse_name
from tags.tree import Branch, as_tree, contacts_per_tag, contacts_with

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Tag]
else:
    _ModelForm = forms.ModelForm


class ColorInput(forms.TextInput):
    """The browser's own colour picker, with our colours to choose from (``<datalist>`` of the page)."""

    input_type = "color"


class TagForm(_ModelForm):
    """Name, colour, description; what ``tags.names`` refuses stands beside its field."""

    class Meta:
        model = Tag
        fields = ("name", "color", "description")
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
            "color": ColorInput(attrs={"list": "tag-colors"}),
            "description": forms.TextInput(attrs={"maxlength": DESCRIPTION_LENGTH}),
        }
        help_texts = {
            "name": gettext_lazy("Up to three levels split by “/”, for example Region/Seoul; 20 characters each.")
        }

    def clean_name(self) -> str:
        try:
            name = parse_name(self.cleaned_data["name"])
            found, _missing = match_names(self.instance.site, [name])
            if found and found[0].pk != self.instance.pk:
                raise TagRefused("name_taken", tag=name)
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return name

    def clean_color(self) -> str:
        return self._parsed(parse_color, "color")

    def clean_description(self) -> str:
        return self._parsed(parse_description, "description")

    def _parsed(self, parse: Any, field: str) -> str:
        try:
            parsed: str = parse(self.cleaned_data[field], tag=self.data.get("name", ""))
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return parsed


@admin.register(Tag, site=desk_site)
class TagAdmin(RuledAdmin):
    """Customer tags of the site on show."""

    view_permission = "tags.view"
    add_permission = "tags.add"
    change_permission = "tags.change"
    delete_permission = "tags.change"
    refusals = (TagRefused,)
    delete_template = "tags/tag_delete.html"
    form = TagForm
    add_form_template = change_form_template = "tags/tag_form.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The tree. Rows first; the numbers come with the second request of the page, for they cost a scan."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access, query = access_of(request), request.GET.get("q", "")[:80]
        tags = [tag for tag in tags_of_site(access.site) if fold(query) in tag.name_folded]
        partial = bool(request.headers.get("HX-Request"))
        numbers = contacts_per_tag(access.site) if partial else None
        context = self.page_context(
            request,
            _("Customer tags"),
            rows=[_row(branch, numbers) for branch in as_tree(tags)],
            numbers=numbers is not None,
            query=query,
            may_add=self.has_add_permission(request),
            may_change=access.may("tags.change"),
        )
        return TemplateResponse(request, "tags/tag_rows.html" if partial else "tags/tag_list.html", context)

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
        actor, data = actor_of(request), form.cleaned_data
        if change:
            saved = change_tag(self.get_queryset(request).get(pk=obj.pk), actor=actor, **data)
        else:
            saved = create_tag(access_of(request).site, actor=actor, **data)
        obj.pk = saved.pk

    def delete_by_rule(self, request: HttpRequest, obj: Tag) -> str:
        delete_tag(obj, actor=actor_of(request))
        return _("Tag “%(tag)s” deleted.") % {"tag": obj.name}

    def consequences(self, request: HttpRequest, obj: Tag) -> dict[str, Any]:
        """The number of contacts concerned (TAG-2)."""
        return {"consequence": _consequence(contacts_with(obj))}


def _row(branch: Branch, numbers: dict[int, int] | None) -> dict[str, Any]:
    """A line of the tree as the template prints it; ``contacts`` None: not counted yet."""
    if branch.tag is None:
        return {"branch": branch}
    contacts = None if numbers is None else numbers.get(branch.tag.pk, 0)
    return {"branch": branch, "tag": branch.tag, "contacts": contacts, "url": contacts_url(branch.tag)}


def _consequence(contacts: int) -> str:
    if not contacts:
        return _("No contact carries it.")
    return ngettext(
        "%(n)s contact carries it and will lose it.", "%(n)s contacts carry it and will lose it.", contacts
    ) % {"n": localize(contacts)}
