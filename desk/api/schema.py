"""The OpenAPI description: how callers prove who they are, and the errors that every address can answer.

drf-spectacular finds the classes here when ``config.api`` imports them.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import TemplateView
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

_PROBLEM = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["path", "code", "message"],
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "For programs."},
                "message": {"type": "string", "description": "For people, in the language of the request."},
                "path": {"type": "string", "description": "Leads to what is wrong, with dots."},
                "contact": {"type": "string", "description": "Of a conflict: the id of the contact in the way."},
                "expected": {"type": "integer", "description": "Of `selection_changed`: how many were seen."},
                "found": {"type": "integer", "description": "Of `selection_changed`: how many there are now."},
                "until": {"type": "string", "format": "date", "description": "Of `contact_held`: the last day of it."},
                "details": {"type": "array", "items": _PROBLEM, "description": "All problems, if there are several."},
            },
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}
_ANSWERS = {
    "400": "Malformed: `invalid`, with the path.",
    "401": "No or unknown credentials.",
    "403": "Not allowed.",
    "404": "Not found.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "429": "Too many calls: see `Retry-After`.",
}
_WITH_BODY = {"413", "415"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Both headers of the open API."""

    target_class = "desk.api.auth.ApiKeyAuthentication"
    name = ["accessKey", "accessSecret"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        return {"accessKey": [], "accessSecret": []}

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return [
            {"type": "apiKey", "in": "header", "name": "x-access-key"},
            {"type": "apiKey", "in": "header", "name": "x-access-secret"},
        ]


def add_errors(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Postprocessing hook: the error shape, under every status that an operation does not describe itself."""
    result["components"].setdefault("schemas", {})["Error"] = _ERROR
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, description in _ANSWERS.items():
                if status in _WITH_BODY and "requestBody" not in operation:
                    continue
                if status == "404" and "{" not in path:
                    continue
                operation["responses"].setdefault(
                    status,
                    {
                        "description": description,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                    },
                )
    return result


class DocumentationView(TemplateView):
    """The description, browsable; every file of it comes from this host."""

    template_name = "desk/api_docs.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response({"schema_url": reverse("api-schema")})
