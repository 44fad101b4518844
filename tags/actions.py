"""TAG-3: the two actions of tags, for the panel of the list and for whoever calls actions by name later."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.actions import Action, ActionForm, ActionRefused, Outcome, Params, actions
from contacts.models import Contact
from desk.actors import Actor
from desk.models import Site
from tags.catalogue import find_or_create_tags, find_tags, match_names
from tags.errors import TagRefused
from tags.models import Tag
from tags.names import fold_name, parse_name
from tags.tagging import MAX_TAGS_PER_CONTACT, attach_tags, detach_tags, plan_attach, plan_detach


class TagNamesField(forms.Field):
    """Several tags by name: repeated values, as tick boxes and programs send them."""

    widget = forms.SelectMultiple

    def to_python(self, value: object) -> list[str]:
        if value in self.empty_values:
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise forms.ValidationError(_("Enter a list of tag names."), code="invalid")
        if len(value) > MAX_TAGS_PER_CONTACT:
            raise forms.ValidationError(TagRefused("too_many").message, code="too_many")
        return [name for name in value if name.strip()]


class TagsForm(ActionForm):
    """Which tags. ``template_name`` is the picker: search, tick several."""

    template_name = "tags/picker_form.html"

    tags = TagNamesField(label=_("Tags"))

    @property
    def may_create(self) -> bool:
        """Whether the picker offers to make what was typed and does not exist."""
        return False

    def ticked(self) -> list[str]:
        """The names that were sent, for showing the form again."""
        return self["tags"].value() or []

    def clean_tags(self) -> list[str]:
        names: list[str] = self.cleaned_data["tags"]
        try:
            parsed = list({fold_name(name): name for name in map(parse_name, names)}.values())
            if not self.may_create:
                find_tags(self.site, parsed)
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return parsed

    def params(self) -> dict[str, Any]:
        return {"tags": self.cleaned_data["tags"], "create": self.may_create}


class AttachForm(TagsForm):
    """Attaching may make a tag that does not exist yet, if the operator may (TAG-3)."""

    @property
    def may_create(self) -> bool:
        return self.access is not None and self.access.may("tags.add")


def _apply_attach(contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime) -> Outcome:
    try:
        if params.get("create"):
            tags = find_or_create_tags(site, params["tags"], actor=actor)
        else:
            tags = find_tags(site, params["tags"])
    except TagRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.tags") from None
    return attach_tags(contacts, tags, site=site, actor=actor, now=now)


def _plan_attach(contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime) -> Outcome:
    # Tags that would be made are carried by nobody yet, but count towards each contact's limit.
    found, missing = match_names(site, params["tags"])
    return plan_attach(contacts, found, site=site, new=len(missing))


def _apply_detach(contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime) -> Outcome:
    return detach_tags(contacts, _known(site, params), site=site, actor=actor, now=now)


def _plan_detach(contacts: QuerySet[Contact], params: Params, *, site: Site, actor: Actor, now: datetime) -> Outcome:
    return plan_detach(contacts, _known(site, params), site=site)


def _known(site: Site, params: Params) -> list[Tag]:
    try:
        return find_tags(site, params["tags"])
    except TagRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.tags") from None


def _has_tags(site: Site) -> bool:
    return Tag.objects.filter(site=site).exists()


ATTACH = Action(
    name="attachTags",
    label=_("Attach tags"),
    permission="contacts.tag",
    form_class=AttachForm,
    apply=_apply_attach,
    plan=_plan_attach,
    icon="tag",
)
DETACH = Action(
    name="detachTags",
    label=_("Detach tags"),
    permission="contacts.tag",
    form_class=TagsForm,
    apply=_apply_detach,
    plan=_plan_detach,
    icon="minus",
    available=_has_tags,
)
for _action in (ATTACH, DETACH):
    actions.register(_action.name, _action)
