"""The editor of a lookup (LOOK-1, LOOK-2): its head and its rows, with every error at its place.

A row is known by its key, a hidden field beside its own: the keys come in the order in which the rows stand.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django import forms
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from chats.admin.lookup_rows import QueryRow, ResultRow
from chats.lookups.drafts import MAX_QUERY_ITEMS, MAX_RESULT_ITEMS
from chats.lookups.settings import ApiDraft, LookupRefused, QueryDraft, ResultDraft
from chats.lookups.targets import targets_of
from chats.models import SHARED_CHANNELS, ItemKind
from desk.models import Site

# In the template of a row that is yet to be added; the page puts a fresh key there.
_BLANK = "__key__"
_KEY = re.compile(r"[a-z0-9]{1,20}")
_PATH = re.compile(r"(query|result)_items(?:\.(\d+)(?:\.([a-z_]+)(?:\.(\d+))?)?)?")

Form = TypeVar("Form", QueryRow, ResultRow)


class HeadForm(forms.Form):
    """Name, address, whether calls are signed."""

    name = forms.CharField(
        label=gettext_lazy("name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("What agents read above the answer. At most 40 characters."),
    )
    url = forms.CharField(
        label=gettext_lazy("address of your system"),
        max_length=2_000,
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "https://crm.example/customer",
            }
        ),
        help_text=gettext_lazy("It begins with https://. Whoever runs your company’s system knows it."),
    )
    signed = forms.BooleanField(
        label=gettext_lazy("sign every call"),
        required=False,
        help_text=gettext_lazy("Your system can then check that a call really comes from this desk."),
    )


@dataclass(frozen=True, slots=True)
class Row(Generic[Form]):
    """One row of a list, by its key."""

    key: str
    form: Form


class LookupEditor:
    """All of it as one form: what the page shows, what was sent, what the rule makes of it."""

    most_query = MAX_QUERY_ITEMS
    most_result = MAX_RESULT_ITEMS

    def __init__(self, site: Site, kept: ApiDraft, data: QueryDict | None = None) -> None:
        """As ``kept`` is, or with ``data`` as it was sent."""
        self._targets = targets_of(site)
        self.query_errors, self.result_errors = ErrorList(), ErrorList()
        self.new_query = self._query_row(_BLANK, initial=_new_item())
        self.new_result = self._result_row(_BLANK)
        self.bound = data is not None
        if data is None:
            self.head = HeadForm(initial={"name": kept.name, "url": kept.url, "signed": kept.signed})
            self.query = [
                self._query_row(str(place), initial=QueryRow.initial_of(item))
                for place, item in enumerate(kept.query_items)
            ]
            self.result = [
                self._result_row(str(place), initial=ResultRow.initial_of(item))
                for place, item in enumerate(kept.result_items)
            ]
        else:
            self.head = HeadForm(data)
            self.query = [self._query_row(key, data) for key in _keys(data, "query", MAX_QUERY_ITEMS)]
            self.result = [self._result_row(key, data) for key in _keys(data, "result", MAX_RESULT_ITEMS)]

    def is_valid(self) -> bool:
        """Whether it was sent and every form took its part; all are asked, so that all errors are seen at once."""
        if not self.bound:
            return False
        wrong = [form for form in self._forms() if not form.is_valid()]
        return not wrong

    def draft(self) -> ApiDraft:
        """What was sent, as the rule takes it."""
        return ApiDraft(
            **self.head.cleaned_data,
            query_items=[row.form.draft() for row in self.query],
            result_items=[row.form.draft() for row in self.result],
        )

    def refuse(self, refused: LookupRefused) -> None:
        """Show what the rule refused at the very field."""
        if (found := _PATH.match(refused.path)) is None:
            self.head.add_error(refused.path if refused.path in self.head.fields else None, refused.message)
            return
        items, place, part, line = found.groups()
        rows: Sequence[Row[QueryRow] | Row[ResultRow]] = self.query if items == "query" else self.result
        if place is None or int(place) >= len(rows):
            (self.query_errors if items == "query" else self.result_errors).append(refused.message)
            return
        form = rows[int(place)].form
        field = form.field_of(part or "")
        message = refused.message
        if part == "options" and line is not None:
            message = gettext("Option %(n)d: %(problem)s") % {"n": int(line) + 1, "problem": message}
        form.add_error(field if field in form.fields else None, message)

    @property
    def errors(self) -> ErrorDict:
        """Every error by the name of its control: how many there are is said above the form."""
        found = ErrorDict()
        for form in self._forms():
            found.update({form.add_prefix(name): errors for name, errors in form.errors.items()})
        lists = {"query": self.query_errors, "result": self.result_errors}
        found.update({name: errors for name, errors in lists.items() if errors})
        return found

    def non_field_errors(self) -> ErrorList:
        """What concerns no single place."""
        return self.head.non_field_errors()

    def _forms(self) -> Iterator[forms.Form]:
        yield self.head
        yield from (row.form for row in self.query)
        yield from (row.form for row in self.result)

    def _query_row(
        self, key: str, data: QueryDict | None = None, initial: dict[str, object] | None = None
    ) -> Row[QueryRow]:
        return Row(key, QueryRow(data, prefix=f"query-{key}", initial=initial))

    def _result_row(
        self, key: str, data: QueryDict | None = None, initial: dict[str, object] | None = None
    ) -> Row[ResultRow]:
        return Row(key, ResultRow(data, prefix=f"result-{key}", initial=initial, targets=self._targets))


def blank() -> ApiDraft:
    """What the page of a new lookup begins with: most ask by the memberId, in chats of the company's own pages."""
    item = QueryDraft("", "memberId", kind=ItemKind.CHAT_FIELD, required=True, channels=list(SHARED_CHANNELS))
    return ApiDraft("", "", True, [item], [ResultDraft("", "")])


def _new_item() -> dict[str, object]:
    return QueryRow.initial_of(QueryDraft(label="", variable=""))


def _keys(data: QueryDict, name: str, most: int) -> list[str]:
    """The keys of the rows in their order, each once. One more than may be is read, so that the rule can say so."""
    keys = [key for key in dict.fromkeys(data.getlist(name)) if _KEY.fullmatch(key)]
    return keys[: most + 1]
