"""SITE-2, SITE-3: which sites an operator sees and what the role allows there.

Every door asks here. Names of permissions are ``noun.verb``; an unknown one is an error, never "no".
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from desk.models import Membership, Operator, Role, Site

_VIEWER = {"contacts.view", "segments.view", "tags.view", "chats.view"}
_AGENT = _VIEWER | {
    "contacts.add",
    "contacts.change",
    "contacts.merge",
    "contacts.tag",
    "contacts.block",
    "segments.change",
    "tags.add",
    "chats.work",
    "jobs.viewAll",
}
_ADMIN = _AGENT | {
    "contacts.delete",
    "contacts.export",
    "contacts.import",
    "contacts.mergeMembers",
    "segments.changeAll",
    "tags.change",
    "settings.change",
    "operators.change",
    "audit.view",
    "jobs.manageAll",
}
_ALLOWED: dict[str, set[str]] = {Role.VIEWER: _VIEWER, Role.AGENT: _AGENT, Role.ADMIN: _ADMIN}


class UnknownPermission(LookupError):
    """A permission name that no role knows: a typing error in the caller."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one operator may do on one site."""

    operator: Operator
    site: Site
    role: str
    sees_personal_data: bool

    def may(self, permission: str) -> bool:
        """Whether the role allows ``permission``; ``UnknownPermission`` when no role has it."""
        if permission not in _ADMIN:
            raise UnknownPermission(permission)
        return permission in _ALLOWED[self.role]


def visible_sites(operator: Operator) -> QuerySet[Site]:
    """The sites in the operator's switcher, by name."""
    if not operator.is_active:
        return Site.objects.none()
    if operator.is_superuser:
        return Site.objects.all()
    return Site.objects.filter(memberships__operator=operator)


def access_to(operator: Operator, site_id: int | None) -> Access | None:
    """Access to the wanted site, or to the first visible one when ``site_id`` is empty or not visible.

    None when the operator has no site at all. One statement for a member of the wanted site.
    """
    if not operator.is_active:
        return None
    memberships = Membership.objects.select_related("site").filter(operator=operator)
    membership = memberships.filter(site_id=site_id).first() if site_id else None
    if membership is None and operator.is_superuser:
        sites = Site.objects.order_by("name")
        site = (sites.filter(pk=site_id).first() if site_id else None) or sites.first()
        return Access(operator, site, Role.ADMIN, True) if site else None
    membership = membership or memberships.order_by("site__name").first()
    if membership is None:
        return None
    sees = membership.sees_personal_data
    return Access(operator, membership.site, Role.ADMIN if operator.is_superuser else membership.role, sees)
