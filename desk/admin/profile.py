"""The operator's own page: name, language, appearance, password."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from desk import operators, second_factor, second_factor_duty
from desk.access import Access
from desk.admin import actor_of, operator_of
from desk.admin.site import desk_site
from desk.admin.toasts import toast
from desk.models import Membership, Operator


class ProfileForm(forms.ModelForm):
    """What operators may say about themselves."""

    class Meta:
        model = Operator
        fields = ["name", "language", "theme"]


def profile(request: HttpRequest) -> HttpResponseBase:
    """Show and change the signed-in operator's own settings."""
    operator = operator_of(request)
    # A copy: a refused form must not leave its values on the operator that the frame shows.
    form = ProfileForm(request.POST or None, instance=Operator.objects.get(pk=operator.pk))
    if request.method == "POST" and form.is_valid():
        access: Access | None = getattr(request, "access", None)
        operators.change_profile(
            operator, form.cleaned_data, actor=actor_of(request), site=access.site if access else None
        )
        with override(operator.language):
            toast(request, _("Your profile is saved."))
        return HttpResponseRedirect(reverse("admin:profile"))
    context: dict[str, Any] = {
        **desk_site.each_context(request),
        "title": _("Your profile"),
        "form": form,
        "second_factor": second_factor.device_of(operator),
        "second_factor_required": second_factor_duty.is_required(operator),
        "recovery_codes_left": second_factor.recovery_codes_left(operator),
        "memberships": Membership.objects.filter(operator=operator).select_related("site").order_by("site__name"),
    }
    return TemplateResponse(request, "desk/profile.html", context)


desk_site.add_page("profile/", profile, "profile", needs_site=False)
