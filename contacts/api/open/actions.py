"""The doors of the open API for actions on many contacts: what there is, and doing it as a job (LIST-3, JOB-1, JOB-4).

The very actions of the desk's panel: their forms check the params, ``contacts.bulk`` carries them out. Up to 1,000
people are done when the call returns, more in the background; either way the answer is the job.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.actions import Action, ActionRefused, actions
from contacts.api.open.base import OpenView, path_below, refused_filter
from contacts.bulk import start_action
from contacts.filters.errors import FilterError
from contacts.filters.reading import PROGRAM
from contacts.selection import MAX_IDS, Selection, SelectionChanged, SelectionInvalid, parse_selection
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.idempotency import IDEMPOTENCY, IdempotentView
from desk.api.job_shapes import JobReadShape, job_read_data
from desk.api.jobs import jobs_of
from desk.api.serializers import FlagField, ObjectField, StrictSerializer, WholeNumberField


class ParamShape(serializers.Serializer[Any]):
    """A parameter of an action. ``label``, ``required`` and ``help_text`` are names serializers need themselves."""

    def get_fields(self) -> dict[str, Any]:
        """The fields by their public names."""
        return {
            "name": serializers.CharField(),
            "label": serializers.CharField(),
            "required": serializers.BooleanField(),
            "help": serializers.CharField(allow_blank=True),
        }


class ActionShape(serializers.Serializer[Any]):
    """Something that can be done to contacts. ``label`` is a name that serializers need for themselves."""

    def get_fields(self) -> dict[str, Any]:
        """The fields by their public names."""
        return {
            "name": serializers.CharField(),
            "label": serializers.CharField(),
            "undoable": serializers.BooleanField(),
            "erases": serializers.BooleanField(help_text="It cannot be taken back."),
            "params": ParamShape(many=True),
        }


class ActionListShape(serializers.Serializer[Any]):
    """All actions."""

    actions = ActionShape(many=True)


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "ids": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_IDS},
            "filter": {"type": "object", "additionalProperties": True},
            "search": {"type": "string"},
            "exclude": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_IDS},
        },
    }
)
class SelectionField(ObjectField):
    """Checked by ``contacts.selection``."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class ParamsField(ObjectField):
    """What the action's own form takes; checked by it."""


class ActionRequestShape(StrictSerializer):
    """Whom, how many they were when you looked, and with which parameters.

    ``selection`` is `{"ids": […]}` (at most 5,000) or `{"filter": …, "search": "…", "exclude": […]}`; a filter needs
    ``expectedCount``, and nothing happens when more match by now.
    """

    selection = SelectionField()
    expectedCount = WholeNumberField(required=False, min_value=0, allow_null=True)
    params = ParamsField(required=False)
    dryRun = FlagField(required=False)


_REQUEST = ActionRequestShape()
_CONFLICT = OpenApiResponse(
    {"$ref": "#/components/schemas/Error"},
    description="`selection_changed` with `expected` and `found`: nothing was done. `confirmation_required`. "
    "`idempotency_key_reused` and `in_progress` of a call that was sent twice.",
)


class ActionsView(OpenView):
    """All actions."""

    @extend_schema(operation_id="list_actions", tags=["actions"], summary="What can be done", responses=ActionListShape)
    def get(self, request: Request) -> Response:
        return Response({"actions": [self._data(action) for action in actions]})

    def _data(self, action: Action) -> dict[str, Any]:
        fields = action.form_class(site=self.site).fields
        return {
            "name": action.name,
            "label": str(action.label),
            "undoable": action.undo is not None,
            "erases": action.erases,
            "params": [
                {
                    "name": name,
                    "label": str(field.label or name),
                    "required": field.required,
                    "help": str(field.help_text),
                }
                for name, field in fields.items()
            ],
        }


class ActionView(IdempotentView, OpenView):
    """Doing one."""

    @extend_schema(
        operation_id="run_action",
        tags=["actions"],
        summary="Do it to the selected contacts, or with dryRun say what would happen; answers the job",
        parameters=[IDEMPOTENCY],
        request=ActionRequestShape,
        responses={202: JobReadShape, 409: _CONFLICT},
    )
    def post(self, request: Request, name: str) -> Response:
        if name not in actions:
            raise NotFound
        action, data = actions.get(name), _REQUEST.run_validation(self.body())
        params = self._params(action, data.get("params", {}))
        try:
            job = start_action(
                action,
                _selection(data),
                params,
                site=self.site,
                actor=self.actor,
                asker=PROGRAM,
                dry_run=data.get("dryRun", False),
            )
        except FilterError as error:
            raise refused_filter(error, "selection.filter") from None
        except SelectionChanged as changed:
            message = _("Nothing was done: %(expected)d people were expected, and %(found)d match now.")
            more = {"expected": changed.expected, "found": changed.found}
            raise ApiError(409, "selection_changed", message % more, path="expectedCount", more=more) from None
        except ActionRefused as refused:
            raise _answer_to(refused) from None
        return self.answer_again(str(job.pk))

    def answer_again(self, reference: str) -> Response:
        return Response(job_read_data(self.found(jobs_of(self.site), reference)), status=202)

    def _params(self, action: Action, sent: dict[str, Any]) -> dict[str, Any]:
        """What the action's form makes of what was sent; every problem with its path."""
        form = action.form_class(sent, site=self.site)
        problems = [*_unknown(form, sent), *_of_wrong_type(form, sent)]
        if not problems and not form.is_valid():
            problems = list(_of_form(form))
        if problems:
            raise Malformed(*problems)
        return form.params()


def _selection(data: dict[str, Any]) -> Selection:
    try:
        return parse_selection(data["selection"], expected_count=data.get("expectedCount"))
    except SelectionInvalid as invalid:
        message = {
            "unknown": _("This field is not known."),
            "required": _("Say how many people were seen: a set that nobody has seen is not changed."),
            "too_many": _("These are too many to name one by one; choose them by a filter."),
        }.get(invalid.code, _("This is no selection."))
        raise Malformed(Problem(path_below("", invalid.path), invalid.code, message)) from None


def _unknown(form: forms.Form, sent: dict[str, Any]) -> Iterator[Problem]:
    for name in sent:
        if name not in form.fields:
            yield Problem(f"params.{name}", "unknown", _("This field is not known."))


def _of_wrong_type(form: forms.Form, sent: dict[str, Any]) -> Iterator[Problem]:
    """A form takes texts, and would make one of a list or an object."""
    for name, field in form.fields.items():
        many = isinstance(field.widget, forms.SelectMultiple)
        if isinstance(sent.get(name), dict) or (isinstance(sent.get(name), list) and not many):
            yield Problem(f"params.{name}", "wrong_type", _("A single value is expected here."))


def _of_form(form: forms.Form) -> Iterator[Problem]:
    for name, errors in form.errors.as_data().items():
        path = "params" if name == NON_FIELD_ERRORS else f"params.{name}"
        for error in errors:
            for message in error.messages:
                yield Problem(path, error.code or "invalid", message)


def _answer_to(refused: ActionRefused) -> ApiError:
    if refused.code == "confirmation_required":
        return ApiError(409, refused.code, refused.message, path=refused.path)
    return Malformed(Problem(refused.path, refused.code, refused.message))
