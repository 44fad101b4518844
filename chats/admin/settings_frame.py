"""The pages under Settings → Chats: their tabs, who may open them, forms whose refusals stand at their fields.

Another module adds its page by registering a tab in ``chat_settings_tabs``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chats.errors import ChatRefused
from desk.access import Access
from desk.admin import access_of
from desk.admin.navigation import Entry
from desk.admin.sections import more_settings
from desk.admin.site import desk_site
from desk.registry import Registry

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class SettingsTab:
    """One page: its words, the name of its address, where it stands."""

    label: str | Promise
    url_name: str
    order: int


chat_settings_tabs: Registry[SettingsTab] = Registry("tabs of the settings of chats")


def administered(request: HttpRequest) -> Access:
    """``settings.change``: the site's administrators set how its chats work."""
    access = access_of(request)
    if not access.may("settings.change"):
        raise PermissionDenied
    return access


def framed(request: HttpRequest, title: str, tab: str = "", **more: Any) -> dict[str, Any]:
    """The context of a page; ``tab`` is the address of the tab that is open."""
    tabs = [
        {"label": one.label, "url": reverse(one.url_name), "open": one.url_name == tab}
        for one in sorted(chat_settings_tabs, key=lambda one: one.order)
    ]
    return {**desk_site.each_context(request), "title": title, "tabs": tabs, **more}


def found(rows: QuerySet[Row], pk: int) -> Row:
    """The row of this number; another site's does not exist (SITE-2)."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def written(request: HttpRequest, form: BaseForm, write: Callable[[], object]) -> bool:
    """Whether the form was sent and the rule took it; else what is wrong stands at its field."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        write()
    except ChatRefused as refused:
        form.add_error(refused.path if refused.path in form.fields else None, refused.message)
        return False
    return True


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing until it is sent, also when it is sent empty."""
    return request.POST if request.method == "POST" else None


def _line(access: Access) -> list[Entry]:
    if not access.may("settings.change"):
        return []
    return [Entry(_("Chats"), reverse("admin:chat_settings"), "chat")]


more_settings.register("chats", _line)
