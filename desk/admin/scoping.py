"""SITE-2 in forms and filters: which rows another table offers for choosing on the site on show."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from desk.access import Access
from desk.admin import access_of
from desk.models import Operator, Site


def rows_of_site(model: type[Model], access: Access) -> QuerySet[Any]:
    """The rows of ``model`` that belong to the site on show; an unscoped table is a mistake, never "all"."""
    rows: QuerySet[Any] = model._default_manager.all()
    if model is Site:
        return rows.filter(pk=access.site.pk)
    if model is Operator:
        return rows.filter(memberships__site=access.site)
    try:
        model._meta.get_field("site")
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model._meta.label} has no site: say how its rows are scoped") from None
    return rows.filter(site=access.site)


class SiteRelatedFilter(admin.RelatedFieldListFilter):
    """A list filter over a relation that offers rows of the site on show only."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = rows_of_site(field.remote_field.model, access_of(request))
        return [(str(row.pk), str(row)) for row in rows]


# Django's own filter for relations lists every row of the table; ours takes its place in every list_filter.
admin.FieldListFilter.register(lambda field: bool(field.remote_field), SiteRelatedFilter, take_priority=True)
