"""Template tags of the frame: icons from the sprite, initials, toasts."""

import re
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, TypedChoiceField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from desk.access import visible_sites
from desk.admin.audit_words import details_in_words, words_of
from desk.admin.navigation import ShownSection, shown_sections
from desk.admin.operator_menu import MenuPart, menu_parts
from desk.admin.toasts import UNDO_PREFIX
from desk.look import icon_names
from desk.models import AuditEntry, Operator, Role, Site
from desk.models.operator import Theme
from desk.models.site import Language

register = template.Library()

SWITCHER_LENGTH = 20


class UnknownIcon(LookupError):
    """The sprite has no drawing of this name."""


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """One drawing of the sprite. Without a ``label`` it is decoration and hidden from screen readers."""
    if name not in icon_names():
        raise UnknownIcon(name)
    address = f"{static('desk/icons.svg')}#{name}"
    classes = f"icon {extra}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, address
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address)


@register.filter
def initials(name: Any) -> str:
    """What an avatar shows: two letters of a Latin name, the first character of any other (a family name)."""
    words = str(name).split()
    if not words:
        return "?"
    if words[0][0].isascii() and len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return words[0][0].upper()


# --- the frame -----------------------------------------------------------------------------------------


def _operator(context: Context) -> Operator | None:
    user = getattr(context.get("request"), "user", None)
    return user if isinstance(user, Operator) else None


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """light, dark or system: the operator's choice, for ``<html data-theme>``."""
    operator = _operator(context)
    return operator.theme if operator else Theme.SYSTEM.value


@register.simple_tag(takes_context=True)
def sidebar_state(context: Context) -> str:
    """open or closed, as this operator left it on any machine."""
    operator = _operator(context)
    return "closed" if operator and operator.preferences.get("sidebar") == "closed" else "open"


@register.simple_tag(takes_context=True)
def sidebar_sections(context: Context) -> list[ShownSection]:
    """The sections of the navigation registry for this request; none without a site."""
    request = context.get("request")
    if request is None or not getattr(request, "access", None):
        return []
    return shown_sections(request)


@register.simple_tag(takes_context=True)
def operator_parts(context: Context) -> list[MenuPart]:
    """What apps add to the operator's menu; nothing without a site."""
    request = context.get("request")
    if request is None or not getattr(request, "access", None):
        return []
    return menu_parts(request)


@register.simple_tag(takes_context=True)
def switcher_sites(context: Context) -> list[Site]:
    """The first sites of the switcher; one more than ``SWITCHER_LENGTH`` when there are more."""
    operator = _operator(context)
    # Names only: reading whole rows would decrypt the secrets of every site on every page.
    return list(visible_sites(operator).only("name")[: SWITCHER_LENGTH + 1]) if operator else []


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The desk's languages, each by its own name (L10N-1)."""
    return list(Language.choices)


@register.simple_tag
def themes() -> list[tuple[str, Any, str]]:
    """The appearances with the icon of each."""
    icons = {Theme.SYSTEM: "device", Theme.LIGHT: "sun", Theme.DARK: "moon"}
    return [(choice.value, choice.label, icons[choice]) for choice in Theme]


@register.filter
def undo_url(message: Any) -> str:
    """The address of a toast's Undo button (``desk.admin.toasts``), empty when there is none."""
    tags = str(getattr(message, "extra_tags", "") or "")
    return tags.removeprefix(UNDO_PREFIX) if tags.startswith(UNDO_PREFIX) else ""


@register.filter
def role_label(role: str) -> str:
    """The role's name for people."""
    return str(Role(role).label)


@register.inclusion_tag("desk/field.html")
def form_field(field: BoundField) -> dict[str, Any]:
    """One field of a form: label, control, help, errors, tied together for screen readers."""
    if isinstance(field.field, TypedChoiceField):  # choices of a model: words in running text, here they stand alone
        field.field.widget.choices = [(value, capfirst(label)) for value, label in field.field.widget.choices]
    return {"field": field, "is_checkbox": isinstance(field.field.widget, CheckboxInput)}


@register.simple_tag
def form_problems(form: BaseForm) -> int:
    """How many problems a refused form has."""
    return sum(len(errors) for errors in form.errors.values())


@register.simple_tag
def page_link(changes: Any, page: Any) -> SafeString:
    """One page number of a change list."""
    if page == changes.paginator.ELLIPSIS:
        return format_html("<span>{}</span>", page)
    current = mark_safe(' aria-current="page"') if page == changes.page_num else ""
    return format_html('<a href="{}"{}>{}</a>', changes.get_query_string({"p": page}), current, page)


@register.filter
def filter_key(spec: Any) -> str:
    """A name for a list filter that is unique on the page and fit for an id."""
    return re.sub(r"\W+", "-", str(getattr(spec, "field_path", None) or getattr(spec, "parameter_name", "")))


@register.filter
def audit_action(action: str) -> str:
    """An audit entry's action in words."""
    return words_of(action)


@register.filter
def audit_details(entry: AuditEntry, sees_personal_data: bool = False) -> str:
    """An audit entry's details on one line, masked unless the reader may see personal data."""
    return details_in_words(entry, sees_personal_data=sees_personal_data)
