"""The doors of the open API for merges: plan, merge, list, undo, suggestions (API-2, UNI-6, UNI-10, UNI-12, UNI-13)."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.open.base import OpenView, nothing_else
from contacts.api.open.merge_shapes import (
    MergePageShape,
    MergeRequestShape,
    MergeShape,
    PlannedMergeShape,
    SuggestionPageShape,
    merge_data,
    planned_data,
    suggestion_data,
)
from contacts.merge_plans import plan_merge
from contacts.merge_values import MergeRefused, PlanChanged, PlanDifference, UndoRefused
from contacts.merging import find_managed, merge
from contacts.models import Contact, Kind, Merge, MergeSuggestion
from contacts.suggesting import dismiss, open_suggestions
from contacts.told_plans import keep_told, recall_told
from contacts.undoing import undo_merge
from desk.api.errors import ApiError, Malformed, Problem
from desk.api.open import PAGING, read_limit
from desk.ids import read_id

M = TypeVar("M", bound=Model)
_REQUEST = MergeRequestShape()
_CONFLICT = OpenApiResponse(
    {"$ref": "#/components/schemas/Error"},
    description="`plan_changed` with the difference in `details`, `confirmation_required`, or why it is refused.",
)


class MergeView(OpenView):
    """Two contacts become one."""

    @extend_schema(
        operation_id="merge_contacts",
        tags=["merges"],
        summary="Plan a merge (dryRun), or carry out the plan whose fingerprint is sent",
        request=MergeRequestShape,
        responses={200: PlannedMergeShape, 201: MergeShape, 409: _CONFLICT},
    )
    def post(self, request: Request, contact_id: str) -> Response:
        addressed = self._contact(contact_id)
        data = _REQUEST.run_validation(self.body())
        survivor, absorbed = self._both(addressed, data)
        choices = data.get("fields", {})
        try:
            if data.get("dryRun"):
                plan = plan_merge(survivor, absorbed, choices=choices, member_into_member=True)
                keep_told(self.site, plan)
                return Response(planned_data(plan))
            if "fingerprint" not in data:
                message = _("Confirm the plan: send the fingerprint of a dry run.")
                raise Malformed(Problem("fingerprint", "required", message))
            _ask_about_members(survivor, absorbed, data)
            made = merge(
                survivor,
                absorbed,
                actor=self.actor,
                trigger="program",
                now=timezone.now(),
                choices=choices,
                fingerprint=data["fingerprint"],
                told=recall_told(self.site, data["fingerprint"]),
                member_into_member=bool(data.get("confirmMembers")),
            )
        except PlanChanged as changed:
            raise _plan_changed(changed) from None
        except MergeRefused as refused:
            raise _answer_to(refused) from None
        return Response(merge_data(made), status=201)

    def _contact(self, contact_id: str, path: str = "") -> Contact:
        """The managed contact of this site, or the survivor of the one that had the id; 404, or 400 at ``path``."""
        contact = find_managed(self.site, contact_id)
        if contact is not None:
            return contact
        if path:
            raise Malformed(Problem(path, "unknown", _("There is no contact with this id.")))
        raise NotFound

    def _both(self, addressed: Contact, data: dict[str, Any]) -> tuple[Contact, Contact]:
        """(survivor, absorbed) as it was asked for."""
        other = self._contact(data["with"], "with")
        if "survivor" not in data:
            swap = other.kind == Kind.MEMBER and addressed.kind != Kind.MEMBER
            return (other, addressed) if swap else (addressed, other)
        survivor = self._contact(data["survivor"], "survivor")
        if survivor.pk not in (addressed.pk, other.pk):
            raise Malformed(Problem("survivor", "invalid", _("The survivor has to be one of the two.")))
        return (addressed, other) if survivor.pk == addressed.pk else (other, addressed)


def _ask_about_members(survivor: Contact, absorbed: Contact, data: dict[str, Any]) -> None:
    """UNI-6: two members are merged only when that is said twice."""
    if survivor.kind == absorbed.kind == Kind.MEMBER and not data.get("confirmMembers"):
        message = _("Both are members. Send “confirmMembers”: true if they are one person.")
        raise ApiError(409, "confirmation_required", message, path="confirmMembers")


def _answer_to(refused: MergeRefused) -> ApiError:
    if refused.code == "choice":
        return Malformed(Problem(f"fields.{refused.path}", "invalid", refused.message))
    if refused.code in ("gone", "other_site"):
        return ApiError(404, "not_found", refused.message)
    return ApiError(409, refused.code, refused.message)


def _plan_changed(changed: PlanChanged) -> ApiError:
    """409 with one line for everything that is not as the plan said: “then → now”, each “survivor / other”."""
    message = _("Nothing was merged: something changed since the plan was made. Ask for a new plan.")
    problems = tuple(Problem(f"plan.{one.key}", "changed", _difference(one)) for one in changed.changes)
    return ApiError(409, "plan_changed", message, path="fingerprint", problems=problems)


def _difference(one: PlanDifference) -> str:
    return f"{one.what}: {one.now}" if one.then is None else f"{one.what}: {one.then} → {one.now}"


class MergesView(OpenView):
    """What was merged, by hand or by itself."""

    query_parameters = frozenset({"limit", "since", "contact"})

    @extend_schema(
        operation_id="list_merges",
        tags=["merges"],
        summary="Merges, newest first",
        parameters=[*PAGING, OpenApiParameter("contact", str, description="Only those into this contact")],
        responses=MergePageShape,
    )
    def get(self, request: Request) -> Response:
        merges = Merge.objects.filter(site=self.site, survivor__managed=True).defer("journal")
        if "contact" in request.query_params:
            merges = merges.filter(survivor_id=read_id(request.query_params["contact"]) or 0)
        found, following = _newest_first(merges, request.query_params)
        return Response({"merges": [merge_data(one) for one in found], "next": following})


class _OneMerge(OpenView):
    def merge(self, merge_id: str) -> Merge:
        """The merge of this site, or 404."""
        merges = Merge.objects.filter(site=self.site, survivor__managed=True)
        return self.found(merges.defer("journal"), merge_id)


class MergeReadView(_OneMerge):
    """One merge."""

    @extend_schema(operation_id="read_merge", tags=["merges"], summary="A merge", responses=MergeShape)
    def get(self, request: Request, merge_id: str) -> Response:
        return Response(merge_data(self.merge(merge_id)))


class MergeUndoView(_OneMerge):
    """Taking it back."""

    @extend_schema(
        operation_id="undo_merge",
        tags=["merges"],
        summary="Undo a merge of the last 30 days",
        request=None,
        responses={
            200: MergeShape,
            409: OpenApiResponse({"$ref": "#/components/schemas/Error"}, description="Why it cannot be undone."),
        },
    )
    def post(self, request: Request, merge_id: str) -> Response:
        found = self.merge(merge_id)
        nothing_else(self.body())
        try:
            undo_merge(found, actor=self.actor, now=timezone.now())
        except UndoRefused as refused:
            raise ApiError(409, refused.code, refused.message) from None
        return Response(merge_data(self.merge(merge_id)))


class SuggestionsView(OpenView):
    """Possible duplicates."""

    discloses = "suggestions"
    query_parameters = frozenset({"limit", "since"})

    @extend_schema(
        operation_id="list_merge_suggestions",
        tags=["merges"],
        summary="Contacts that may be one person, newest first",
        parameters=PAGING,
        responses=SuggestionPageShape,
    )
    def get(self, request: Request) -> Response:
        found, following = _newest_first(open_suggestions(self.site).select_related(None), request.query_params)
        return Response({"suggestions": [suggestion_data(one) for one in found], "next": following})


class SuggestionDismissView(OpenView):
    """These are two people."""

    @extend_schema(
        operation_id="dismiss_merge_suggestion",
        tags=["merges"],
        summary="Never suggest these two again, nor merge them by itself",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, suggestion_id: str) -> Response:
        found = self.found(MergeSuggestion.objects.select_related("site").filter(site=self.site), suggestion_id)
        nothing_else(self.body())
        dismiss(found, self.actor, timezone.now())
        return Response(status=204)


def _newest_first(rows: QuerySet[M], query: QueryDict) -> tuple[list[M], str | None]:
    """The page that the address asks for, and where the next one begins. Ids are given in order of time."""
    limit = read_limit(query)
    if query.get("since"):
        since = read_id(str(query["since"]))
        if since is None:
            raise Malformed(Problem("since", "invalid", _("This is not the “next” of such a page.")))
        rows = rows.filter(pk__lt=since)
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None
