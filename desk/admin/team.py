"""The team page: who works for the site on show, and as what (SITE-3). The rules are in ``desk.teams``."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from desk import second_factor, second_factor_duty, teams
from desk.admin import access_of, actor_of
from desk.admin.base import SiteScopedAdmin
from desk.admin.form_pages import Layout, form_context
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Membership, Role

_RIGHTS: Layout = [
    (
        _("Role"),
        _("Administrators set everything of this site. Agents work with contacts, tags and chats. Viewers only read."),
        [("role",), ("sees_personal_data",)],
    )
]
_PERSON: Layout = [
    (_("Person"), _("You get a link for them, with which they choose a password."), [("email",), ("name",)]),
]


class MembershipForm(forms.ModelForm):
    """What somebody is on this site."""

    class Meta:
        model = Membership
        fields = ["role", "sees_personal_data"]


class InviteForm(MembershipForm):
    """A newcomer: the address decides whether an account is made or an existing one attached."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Somebody who has a sign-in already keeps the name they gave.")
    )


@admin.register(Membership, site=desk_site)
class TeamAdmin(SiteScopedAdmin):
    """List, invite, change, remove."""

    view_permission = "operators.change"
    add_permission = "operators.change"
    change_permission = "operators.change"
    delete_permission = "operators.change"

    list_display = ["person", "email", "role_words", "personal_data", "second_factor", "state"]
    list_filter = ["role"]
    search_fields = ["operator__name", "operator__email"]
    list_select_related = ["operator"]
    ordering = ["operator__name", "pk"]
    change_list_template = "desk/team.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        device = TOTPDevice.objects.filter(user=OuterRef("operator"), confirmed=True)
        return super().get_queryset(request).annotate(has_second_factor=Exists(device))

    @admin.display(description=_("name"), ordering="operator__name")
    def person(self, membership: Membership) -> str:
        return membership.operator.name

    @admin.display(description=_("e-mail"), ordering="operator__email")
    def email(self, membership: Membership) -> str:
        return membership.operator.email

    @admin.display(description=_("role"), ordering="role")
    def role_words(self, membership: Membership) -> SafeString:
        look = "badge badge-accent" if membership.role == Role.ADMIN else "badge"
        return format_html('<span class="{}">{}</span>', look, capfirst(membership.get_role_display()))

    @admin.display(description=_("personal data"))
    def personal_data(self, membership: Membership) -> str:
        return gettext("shown") if membership.sees_personal_data else gettext("masked")

    @admin.display(description=_("second factor"), ordering="has_second_factor")
    def second_factor(self, membership: Any) -> SafeString:
        look, word = ("", gettext("set up")) if membership.has_second_factor else ("muted", gettext("none"))
        return format_html('<span class="{}">{}</span>', look, word)

    @admin.display(description=_("sign-in"))
    def state(self, membership: Membership) -> SafeString:
        if teams.has_come(membership):
            return format_html('<span class="secondary">{}</span>', gettext("has signed in"))
        return format_html('<span class="badge badge-warning">{}</span>', gettext("invited"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Invite somebody; afterwards their page shows the welcome link."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        access = access_of(request)
        form = InviteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                invited = teams.invite(
                    access.site, **form.cleaned_data, language=access.site.language, actor=actor_of(request)
                )
            except (ValidationError, teams.TeamRefused) as refused:
                form.add_error(None if isinstance(refused, ValidationError) else "email", _as_error(refused))
            else:
                toast(request, gettext("%(email)s is on the team.") % {"email": form.cleaned_data["email"]})
                return HttpResponseRedirect(reverse("admin:desk_membership_change", args=[invited.membership.pk]))
        return self._page(request, form, _PERSON + _RIGHTS, title=gettext("New team member"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Change the role; while the person has not come yet, also hand out the welcome link."""
        membership = self._found(request, object_id)
        form = MembershipForm(request.POST or None, instance=self._found(request, object_id))
        if request.method == "POST" and form.is_valid():
            try:
                teams.change_membership(membership, **form.cleaned_data, actor=actor_of(request))
            except teams.TeamRefused as refused:
                form.add_error("role", _as_error(refused))
            else:
                toast(request, gettext("%(name)s is saved.") % {"name": membership.operator.name})
                return HttpResponseRedirect(reverse("admin:desk_membership_changelist"))
        more: dict[str, Any] = {
            "title": membership.operator.name,
            "membership": membership,
            "link": _welcome_link(request, membership),
        }
        more["has_second_factor"] = second_factor.is_on(membership.operator)
        more["can_reset_second_factor"] = more["has_second_factor"] and second_factor_duty.may_reset(
            membership.operator, actor=actor_of(request)
        )
        more["can_reset"] = not more["link"] and membership.operator != request.user
        return self._page(request, form, _RIGHTS, **more)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take somebody off the team; asked in a dialog of the person's page."""
        membership = self._found(request, object_id)
        here = reverse("admin:desk_membership_change", args=[membership.pk])
        if request.method != "POST":
            return HttpResponseRedirect(here)
        try:
            teams.remove_from_team(membership, actor=actor_of(request))
        except teams.TeamRefused as refused:
            toast(request, str(refused), level="error")
            return HttpResponseRedirect(here)
        toast(request, gettext("%(name)s is no longer on the team.") % {"name": membership.operator.name})
        return HttpResponseRedirect(reverse("admin:desk_membership_changelist"))

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset_view)
        reset_factor = self.admin_site.admin_view(self.reset_second_factor_view)
        return [
            path("<int:object_id>/reset/", reset, name="desk_membership_reset"),
            path("<int:object_id>/reset-second-factor/", reset_factor, name="desk_membership_reset_second_factor"),
            *super().get_urls(),
        ]

    def reset_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A new password for somebody who lost theirs: by a new welcome link, which their page then shows."""
        membership = self._found(request, str(object_id))
        here = reverse("admin:desk_membership_change", args=[membership.pk])
        if request.method != "POST":
            return HttpResponseRedirect(here)
        try:
            teams.reset_sign_in(membership, actor=actor_of(request))
        except teams.TeamRefused as refused:
            toast(request, str(refused), level="error")
        else:
            toast(request, gettext("The old password has ended. Send the new link."), level="warning")
        return HttpResponseRedirect(here)

    def reset_second_factor_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """For somebody who lost the phone and the recovery codes; asked in a dialog of the person's page."""
        membership = self._found(request, str(object_id))
        here = reverse("admin:desk_membership_change", args=[membership.pk])
        if request.method != "POST":
            return HttpResponseRedirect(here)
        try:
            second_factor_duty.reset_for(membership, actor=actor_of(request))
        except teams.TeamRefused as refused:
            toast(request, str(refused), level="error")
        else:
            told = gettext("%(name)s signs in with the password alone now.") % {"name": membership.operator.name}
            toast(request, told, level="warning")
        return HttpResponseRedirect(here)

    def _found(self, request: HttpRequest, object_id: str) -> Membership:
        if not self.has_change_permission(request):
            raise PermissionDenied
        membership: Membership | None = self.get_object(request, object_id)
        if membership is None:
            raise Http404
        return membership

    def _page(self, request: HttpRequest, form: forms.BaseForm, layout: Layout, **more: Any) -> HttpResponse:
        list_url = reverse("admin:desk_membership_changelist")
        context = {
            **self.admin_site.each_context(request),
            **form_context(form, layout),
            "above_url": list_url,
            "above_label": gettext("Team"),
            "cancel_url": list_url,
            **more,
        }
        return TemplateResponse(request, "desk/member.html", context)


def _as_error(refused: Exception) -> ValidationError:
    return refused if isinstance(refused, ValidationError) else ValidationError(str(refused))


def _welcome_link(request: HttpRequest, membership: Membership) -> str:
    """The address to hand to somebody who has not come yet; empty afterwards."""
    if not teams.waits_for_password(membership) or membership.operator == request.user:
        return ""
    token = teams.welcome_token(membership, actor=actor_of(request))
    return settings.PUBLIC_URL + reverse("admin:welcome", args=[token])
