"""``POST me/tags`` of the plugin API (TAG-6)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.plugin.base import VisitorView
from contacts.api.plugin.shapes import UserShape, user_data
from contacts.visitor_facts import facts_of
from desk.api.errors import Malformed, Problem
from desk.api.serializers import StrictSerializer, TextField
from tags.api.errors import api_error_of
from tags.errors import TagRefused
from tags.names import fold_name, parse_name
from tags.visiting import MAX_TAGS_PER_CALL, change_own_tags


class _NamesField(serializers.ListField):
    """Names of tags, ten at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=TextField(max_length=200), max_length=MAX_TAGS_PER_CALL, required=False, **options)


class TagsShape(StrictSerializer):
    """Which tags the visitor is to carry from now on, and which no longer."""

    add = _NamesField()
    remove = _NamesField()


_TAGS = TagsShape()


class MyTagsView(VisitorView):
    """The visitor's own tags."""

    @extend_schema(
        operation_id="change_my_tags",
        tags=["plugin"],
        summary="Attach tags to the visitor, or take them off; ten at most of each",
        description="A tag that does not exist yet is made, up to 100 that pages made on one site.",
        request=TagsShape,
        responses={200: UserShape},
    )
    def post(self, request: Request) -> Response:
        data = _TAGS.run_validation(self.body())
        add, remove = data.get("add", []), data.get("remove", [])
        _check(add, "add")
        _check(remove, "remove")
        both = {fold_name(name) for name in add} & {fold_name(name) for name in remove}
        if both:
            message = TagRefused("contradiction", tag=both.pop()).message
            raise Malformed(Problem("remove", "contradiction", message))
        try:
            change_own_tags(self.visitor, add=add, remove=remove, now=timezone.now())
        except TagRefused as refused:
            raise api_error_of(refused, "add") from None
        contact = self.visitor.contact
        return Response(user_data(contact, facts_of(contact.pk)))


def _check(names: list[str], path: str) -> None:
    """Refuse what can be no tag, each with its place."""
    problems = []
    for index, name in enumerate(names):
        try:
            parse_name(name)
        except TagRefused as refused:
            problems.append(Problem(f"{path}.{index}", refused.code, refused.message))
    if problems:
        raise Malformed(*problems)
