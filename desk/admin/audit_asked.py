"""What the page of the audit log was asked for in its address, and what its form offers."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from desk.access import Access
from desk.admin.audit_words import KINDS, of_kind, words_of
from desk.audit_log import MAX_TEXT, NO_OPERATOR, Place, Question, Subject, actions_there, audit_subjects
from desk.ids import read_id
from desk.models import Operator, Site

PARAMETERS = ("q", "what", "who", "from", "to", "person", "where", "after")
INSTALLATION = "installation"


class AuditRefused(Exception):
    """The address asks for something that there is not; ``parameter`` says where."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Asked:
    """The address as it was read. ``nobody``: a person was named whom nobody is."""

    parameters: Mapping[str, str]
    question: Question
    actions: tuple[str, ...]
    operators: tuple[tuple[str, str], ...]
    after: Place | None
    subject: Subject | None
    nobody: bool

    @property
    def narrowed(self) -> bool:
        """Whether anything but all of the log is asked for."""
        return any(name in self.parameters for name in ("q", "what", "who", "from", "to", "person"))

    def address(self, **changes: str) -> str:
        """``?…`` of this list with some parameters changed; from its first page unless ``after`` says where."""
        wanted = {**self.parameters, "after": "", **changes}
        kept = {name: wanted[name] for name in PARAMETERS if wanted.get(name)}
        return f"?{urlencode(kept)}" if kept else "?"


def read_asked(access: Access, query: QueryDict) -> Asked:
    """``AuditRefused`` for what cannot be understood."""
    parameters = {name: str(value).strip() for name, value in query.items() if str(value).strip()}
    for name, value in parameters.items():
        if name not in PARAMETERS or len(query.getlist(name)) > 1 or len(value) > MAX_TEXT or "\0" in value:
            raise AuditRefused(name[:40])
    site = _site(access, parameters.get("where", ""))
    actions = actions_there(site)
    text, person = parameters.get("q", ""), parameters.get("person", "")
    subject = _subject(access, person) if person else None
    question = Question(
        site=site,
        actions=_actions(parameters["what"], actions) if "what" in parameters else None,
        text=text,
        actions_of_text=_named(text, actions),
        who=_who(parameters.get("who", "")),
        since=_day(access, parameters, "from"),
        until=_day(access, parameters, "to", days=1),
        # A number that is nobody's may be that of somebody who was deleted since.
        about=subject or (Subject("contact", (person,), person) if person else None),
    )
    return Asked(
        parameters=parameters,
        question=question,
        actions=tuple(actions),
        operators=tuple(_operators(access, question.who)),
        after=_place(parameters),
        subject=subject,
        nobody=bool(person) and subject is None,
    )


def _site(access: Access, where: str) -> Site | None:
    """The site on show, or the installation for who runs it."""
    if not where:
        return access.site
    if where != INSTALLATION or not access.operator.is_superuser:
        raise AuditRefused("where")
    return None


def _subject(access: Access, text: str) -> Subject | None:
    for find in audit_subjects:
        if (found := find(access, text)) is not None:
            return found
    return None


def _actions(what: str, actions: list[str]) -> list[str]:
    if what in KINDS:
        return of_kind(what, actions)
    if "." not in what:
        raise AuditRefused("what")
    return [what]


def _named(text: str, actions: list[str]) -> list[str]:
    folded = text.casefold()
    return [action for action in actions if folded in words_of(action).casefold()] if folded else []


def _who(who: str) -> str:
    if who and who != NO_OPERATOR and read_id(who) is None:
        raise AuditRefused("who")
    return who


def _day(access: Access, parameters: Mapping[str, str], name: str, *, days: int = 0) -> datetime.datetime | None:
    """The beginning of that day where the site is."""
    text = parameters.get(name)
    if not text:
        return None
    try:
        day = parse_date(text)
        if day is None:
            raise AuditRefused(name)
        start = datetime.datetime.combine(day + datetime.timedelta(days=days), datetime.time(), access.site.zone)
        return start.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise AuditRefused(name) from None


def _place(parameters: Mapping[str, str]) -> Place | None:
    if "after" not in parameters:
        return None
    try:
        return Place.read(parameters["after"])
    except ValueError:
        raise AuditRefused("after") from None


def choices_of(asked: Asked) -> dict[str, Any]:
    """What the form offers: kinds and single actions that the log has, and who was at work."""
    kinds = [(name, str(label)) for name, (label, _verbs) in KINDS.items() if of_kind(name, asked.actions)]
    single = sorted(((action, words_of(action)) for action in asked.actions), key=lambda one: one[1])
    return {
        "kinds": kinds,
        "actions": single,
        "who": asked.operators,
        "today": timezone.localdate(),
    }


def _operators(access: Access, chosen: str) -> list[tuple[str, str]]:
    """The team; and whoever is asked for, who may have left it."""
    team = Operator.objects.filter(memberships__site=access.site).order_by("name")
    offered = [(str(pk), name or email) for pk, name, email in team.values_list("pk", "name", "email")]
    if chosen and chosen != NO_OPERATOR and chosen not in {pk for pk, _label in offered}:
        # Names of people of other sites are not told (SITE-2).
        offered.append((chosen, _("somebody who is not on the team")))
    return [*offered, (NO_OPERATOR, _("Programs and the desk itself"))]
