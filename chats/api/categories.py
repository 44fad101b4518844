"""``categories`` of the open API: both levels; switched off, never deleted (API-2, CHAT-3)."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chats.api.errors import refused_chat
from chats.api.setting_base import SettingApiView
from chats.categories import add_category, rename_category, switch_category
from chats.errors import ChatRefused
from chats.models import Category
from desk.api.open import PAGING
from desk.api.serializers import FlagField, StrictSerializer, TextField
from desk.ids import read_id


class CategoryShape(serializers.Serializer[Any]):
    """A category. ``parentId`` is null on level 1. One that is not ``active`` stays on chats that have it."""

    id = serializers.CharField()
    parentId = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    active = serializers.BooleanField()


class CategoryPageShape(serializers.Serializer[Any]):
    """A page of categories; ``next`` is the ``since`` of the next page, null on the last."""

    categories = CategoryShape(many=True)
    next = serializers.CharField(allow_null=True)


class NewCategoryShape(StrictSerializer):
    """A category to make: 1 to 15 characters; below ``parentId`` it is one of level 2."""

    name = TextField(max_length=200)
    parentId = TextField(required=False, allow_null=True, max_length=20)


class CategoryChangesShape(StrictSerializer):
    """What is to be different. ``active`` false also switches off what is below."""

    name = TextField(required=False, max_length=200)
    active = FlagField(required=False)


_NEW, _CHANGES = NewCategoryShape(), CategoryChangesShape()


class CategoriesView(SettingApiView):
    """All categories, and new ones."""

    @extend_schema(
        operation_id="list_categories",
        tags=["chats"],
        summary="Categories of chats, both levels",
        parameters=PAGING,
        responses=CategoryPageShape,
    )
    def get(self, request: Request) -> Response:
        rows, following = self.page_of(Category.objects.filter(site=self.site))
        return Response({"categories": [category_data(row) for row in rows], "next": following})

    @extend_schema(
        operation_id="create_category",
        tags=["chats"],
        summary="Make a category",
        request=NewCategoryShape,
        responses={201: CategoryShape},
    )
    def post(self, request: Request) -> Response:
        data = _NEW.run_validation(self.body())
        parent = self.found_parent(data.get("parentId"))
        try:
            category = add_category(self.site, data["name"], parent=parent, actor=self.actor)
        except ChatRefused as refused:
            raise refused_chat(refused, "parentId" if refused.path == "parent" else "") from None
        return Response(category_data(category), status=201)

    def found_parent(self, text: str | None) -> Category | None:
        """The category of this site that was named."""
        if text is None:
            return None
        wanted = read_id(text)
        parent = Category.objects.filter(site=self.site, pk=wanted).first() if wanted is not None else None
        if parent is None:
            raise ChatRefused("category_unknown", path="parentId")
        return parent


class CategoryView(SettingApiView):
    """One category. It is switched off, never deleted."""

    def category(self, category_id: str) -> Category:
        """The category of this site, or 404."""
        return self.found(Category.objects.select_related("site").filter(site=self.site), category_id)

    @extend_schema(operation_id="read_category", tags=["chats"], summary="A category", responses=CategoryShape)
    def get(self, request: Request, category_id: str) -> Response:
        return Response(category_data(self.category(category_id)))

    @extend_schema(
        operation_id="change_category",
        tags=["chats"],
        summary="Rename, switch on or off",
        description="A category is never deleted: chats that have it keep it, and show it by its name of today.",
        request=CategoryChangesShape,
        responses=CategoryShape,
    )
    def patch(self, request: Request, category_id: str) -> Response:
        category, data = self.category(category_id), _CHANGES.run_validation(self.body())
        with transaction.atomic():
            if "name" in data:
                rename_category(category, data["name"], actor=self.actor)
            if "active" in data:
                switch_category(category, on=data["active"], actor=self.actor)
        return Response(category_data(self.category(category_id)))


def category_data(category: Category) -> dict[str, Any]:
    """``CategoryShape`` of a category."""
    return {
        "id": str(category.pk),
        "parentId": str(category.parent_id) if category.parent_id else None,
        "name": category.name,
        "active": category.active,
    }
