"""TAG-3: the two actions of tags, for the panel of the list and for whoever calls actions by name later."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions import Action, ActionForm, ActionRefused, Outcome, Params, Work, actions
from desk.models import Site
from tags.catalogue import check_room, find_or_create_tags, find_tags, match_names, refuse_leaving
from tags.errors import TagRefused
from tags.models import Tag
from tags.names import COLORS, fold_name, parse_name
from tags.tagging import (
    FULL,
    MAX_TAGS_PER_CONTACT,
    attach_tags,
    detach_tags,
    plan_attach,
    plan_detach,
    undo_attach,
    undo_detach,
)


class TagNamesField(forms.Field):
    """Several tags by name: repeated values, as tick boxes and programs send them."""

    widget = forms.SelectMultiple

    def to_python(self, value: object) -> list[str]:
        if value in self.empty_values:
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise forms.ValidationError(_("Enter a list of tag names."), code="invalid")
        if len(value) > MAX_TAGS_PER_CONTACT:
            one_too_many = TagRefused("too_many", tag=value[MAX_TAGS_PER_CONTACT][:70])
            raise forms.ValidationError(one_too_many.message, code="too_many")
        return [name for name in value if name.strip()]


class TagsForm(ActionForm):
    """Which tags. ``template_name`` is the picker: search, tick several."""

    template_name = "tags/picker_form.html"
    # Of a small selection the picker tells which tags it carries.
    shows_carried = False
    tag_colors = COLORS

    tags = TagNamesField(label=gettext_lazy("Tags"))

    @property
    def may_create(self) -> bool:
        """Whether the picker offers to make what was typed and does not exist."""
        return False

    def ticked(self) -> list[Tag | str]:
        """What was sent, for showing the form again: tags with their colour, and names that none has."""
        names = [name for name in self["tags"].value() or [] if isinstance(name, str)]
        known = {
            tag.name_folded: tag for tag in Tag.objects.filter(site=self.site, name_folded__in=map(fold_name, names))
        }
        return [known.get(fold_name(name), name) for name in names]

    def clean_tags(self) -> list[str]:
        names: list[str] = self.cleaned_data["tags"]
        try:
            parsed = list({fold_name(name): name for name in map(parse_name, names)}.values())
            if self.may_create:
                check_room(self.site, parsed)
            else:
                find_tags(self.site, parsed)
        except TagRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None
        return parsed

    def params(self) -> dict[str, Any]:
        return {"tags": self.cleaned_data["tags"], "create": self.may_create}


class DetachForm(TagsForm):
    """Only tags that are there can be taken off."""

    shows_carried = True


class AttachForm(TagsForm):
    """Attaching may make a tag that does not exist yet, if the operator may (TAG-3)."""

    @property
    def may_create(self) -> bool:
        return self.access is not None and self.access.may("tags.add")


def _prepare_attach(params: Params, work: Work) -> dict[str, Any]:
    """Names into ids. A tag that does not exist is made when the job begins; until then it only counts."""
    try:
        if not params.get("create"):
            return {"tags": _ids(find_tags(work.site, params["tags"])), "new": 0}
        if not work.dry_run:
            return {"tags": _ids(find_or_create_tags(work.site, params["tags"], actor=work.actor)), "new": 0}
    except TagRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.tags") from None
    found, missing = match_names(work.site, params["tags"])
    return {"tags": _ids(found), "new": len(missing)}


def _prepare_detach(params: Params, work: Work) -> dict[str, Any]:
    try:
        return {"tags": _ids(find_tags(work.site, params["tags"]))}
    except TagRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.tags") from None


def _attach(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    tags = _loaded(params, work)
    if work.dry_run:
        return plan_attach(ids, tags, site=work.site, new=params["new"])
    try:
        refuse_leaving(tags)
        return attach_tags(ids, tags, site=work.site, actor=work.actor, now=work.now, job_id=work.job_id or None)
    except TagRefused as refused:
        raise ActionRefused(refused.code, refused.message, "params.tags") from None


def _detach(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    tags = _loaded(params, work)
    if work.dry_run:
        return plan_detach(ids, tags, site=work.site)
    return detach_tags(ids, tags, site=work.site, job_id=work.job_id)


def _undo_attach(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    tags = list(Tag.objects.filter(site=work.site, pk__in=params["tags"]))
    return undo_attach(ids, tags, site=work.site, job_id=work.job_id) if tags else Outcome()


def _undo_detach(ids: Sequence[int], params: Params, work: Work) -> Outcome:
    return undo_detach(ids, site=work.site, job_id=work.job_id)


def _ids(tags: Sequence[Tag]) -> list[int]:
    return [tag.pk for tag in tags]


def _loaded(params: Params, work: Work) -> list[Tag]:
    """The tags of the job; one that was deleted since ends it."""
    tags = list(Tag.objects.select_related("leaving").filter(site=work.site, pk__in=params["tags"]))
    if len(tags) != len(params["tags"]):
        raise ActionRefused("gone", _("The tag was deleted meanwhile."), "params.tags")
    return tags


def _has_tags(site: Site) -> bool:
    return Tag.objects.filter(site=site).exists()


def _details(params: Params) -> dict[str, Any]:
    return {"tags": list(Tag.objects.filter(pk__in=params["tags"]).values_list("name", flat=True))}


def _told_attach(params: Params) -> str:
    return _("Attach tags: %(tags)s") % {"tags": ", ".join(params["tags"])}


def _told_detach(params: Params) -> str:
    return _("Detach tags: %(tags)s") % {"tags": ", ".join(params["tags"])}


_SENTENCES = {FULL: gettext_lazy("Would carry more than 20 tags.")}

ATTACH = Action(
    name="attachTags",
    label=gettext_lazy("Attach tags"),
    permission="contacts.tag",
    form_class=AttachForm,
    prepare=_prepare_attach,
    change=_attach,
    undo=_undo_attach,
    told=_told_attach,
    sentences=_SENTENCES,
    audit="contact.tag",
    details=_details,
    icon="tag",
)
DETACH = Action(
    name="detachTags",
    label=gettext_lazy("Detach tags"),
    permission="contacts.tag",
    form_class=DetachForm,
    prepare=_prepare_detach,
    change=_detach,
    undo=_undo_detach,
    told=_told_detach,
    sentences=_SENTENCES,
    audit="contact.untag",
    details=_details,
    icon="minus",
    available=_has_tags,
)
for _action in (ATTACH, DETACH):
    actions.register(_action.name, _action)
