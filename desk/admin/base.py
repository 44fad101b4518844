"""SITE-2, SITE-3: the ``ModelAdmin`` from which every admin of the desk derives.

It shows rows of the site on show only, asks ``desk.access`` by the permission names the admin states, answers 404 for
another site's object, and records what it writes. An admin whose writes follow a rule overrides ``save_model`` and
``delete_model`` and calls the rule.
"""

from typing import TYPE_CHECKING, Any, NoReturn

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from desk.access import Access
from desk.admin import access_of, actor_of, scoping
from desk.audit import record
from desk.models import AuditEntry

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

HISTORY_LENGTH = 200


class SiteScopedAdmin(_ModelAdmin):
    """Permissions are names of ``desk.access``; None means nobody. ``site_lookup`` leads from a row to its site."""

    view_permission: str | None = None
    add_permission: str | None = None
    change_permission: str | None = None
    delete_permission: str | None = None
    site_lookup = "site"

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    save_on_top = False
    empty_value_display = "–"
    actions: Any = None
    actions_on_top = True
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        },
        models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
        models.IntegerField: {"widget": forms.NumberInput()},
        models.CharField: {"widget": forms.TextInput()},
        models.EmailField: {"widget": forms.EmailInput()},
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 5})},
    }

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        """Refuse what the desk's pages have no place for: it would load scripts that the content policy stops."""
        super().__init__(model, admin_site)
        stock = (
            "inlines",
            "autocomplete_fields",
            "raw_id_fields",
            "filter_horizontal",
            "filter_vertical",
            "radio_fields",
        )
        used = [name for name in stock if getattr(self, name)]
        if used or self.prepopulated_fields:
            raise ImproperlyConfigured(f"{type(self).__name__}: {used or 'prepopulated_fields'} needs Django's scripts")

    # --- whose rows (SITE-2) ---

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).filter(**{self.site_lookup: access_of(request).site})

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        rows = scoping.rows_of_site(db_field.remote_field.model, access_of(request))
        return rows.using(db) if db else rows

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        # Django would go to the start page and repeat the number; another site's object is simply not there.
        raise Http404

    def _is_of_site(self, access: Access, obj: models.Model | None) -> bool:
        if obj is None or obj.pk is None or obj._state.adding:
            return True
        if self.site_lookup == "site":
            return bool(obj.site_id == access.site.pk)  # type: ignore[attr-defined]
        return type(obj)._default_manager.filter(pk=obj.pk, **{self.site_lookup: access.site}).exists()

    # --- who may (SITE-3) ---

    def _may(self, request: HttpRequest, permission: str | None, obj: models.Model | None = None) -> bool:
        access: Access | None = getattr(request, "access", None)
        if not access or permission is None:
            return False
        return access.may(permission) and self._is_of_site(access, obj)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, self.view_permission, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, self.change_permission, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, self.delete_permission, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) or self.has_change_permission(request)

    # --- forms: native controls, nothing of Django's own scripts ---

    @property
    def media(self) -> forms.Media:
        return forms.Media()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        # The wrapper's add and change buttons open pop-up windows; the desk has none.
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class = super().get_form(request, obj, change, **kwargs)
        site = access_of(request).site

        class ScopedForm(form_class):  # type: ignore[misc, valid-type]
            """The form on the site on show, so that its checks (a name that is taken …) look at this site."""

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                if self.instance._state.adding and hasattr(type(self.instance), "site"):
                    self.instance.site = site

        return ScopedForm

    # --- writes ---

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verb = "change" if change else "create"
        details = {"fields": sorted(form.changed_data)}
        record(self._action(verb), actor=actor_of(request), site=access_of(request).site, target=obj, details=details)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        details = {"name": str(obj)}
        record(
            self._action("delete"), actor=actor_of(request), site=access_of(request).site, target=obj, details=details
        )
        super().delete_model(request, obj)

    def _action(self, verb: str) -> str:
        return f"{self.opts.model_name}.{verb}"

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: ``desk.audit`` is the log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: ``desk.audit`` is the log."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Nothing: ``desk.audit`` is the log."""

    # --- pages ---

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the audit log tells about one object."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        access = access_of(request)
        entries = AuditEntry.objects.filter(
            site=access.site, target_type=self.opts.model_name, target_id=str(obj.pk)
        ).order_by("-at", "-id")
        if not access.may("audit.view"):  # who looked at it is for who watches over that
            entries = entries.exclude(action=self._action("view"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "entries": entries[:HISTORY_LENGTH],
            "sees_addresses": access.may("audit.view"),
            "sees_personal_data": access.sees_personal_data,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)
