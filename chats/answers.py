"""CHAT-4: saved answers of a site, with placeholders (``chats.placeholders``): keep, find, fill."""

import datetime
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from chats.errors import ChatRefused
from chats.messaging import MAX_TEXT
from chats.models import AnswerTemplate, Chat
from chats.names import is_storable, one_line
from chats.placeholders import facts_of, fill_text, unknown_in
from contacts.folding import fold
from desk.actors import Actor
from desk.audit import record
from desk.models import Operator, Site

MAX_NAME = 40
MAX_ANSWERS = 500
MAX_SEARCH = 100


def fill(template: AnswerTemplate, chat: Chat, operator: Operator | None) -> str:
    """The answer as it goes into the composer of this chat."""
    [text] = fill_all([template], chat, operator)
    return text


def fill_all(templates: Iterable[AnswerTemplate], chat: Chat, operator: Operator | None) -> list[str]:
    """The same for many: what is known of the chat is read once."""
    facts = facts_of(chat, operator)
    return [fill_text(template.text, facts) for template in templates]


def find_answers(site: Site, query: str = "") -> QuerySet[AnswerTemplate]:
    """The answers whose name or text holds what was typed, by name; nothing typed: all."""
    answers = AnswerTemplate.objects.filter(site=site)
    words = query[:MAX_SEARCH].strip()
    if not is_storable(words):
        return answers.none()
    return answers.filter(Q(name_folded__contains=fold(words)) | Q(text__icontains=words)) if words else answers


def create_answer(site: Site, *, name: str, text: str, actor: Actor, now: datetime.datetime) -> AnswerTemplate:
    """Keep an answer; ``ChatRefused`` names the field and the placeholder that means nothing."""
    name, text = parse_name(name), parse_text(site, text)
    try:
        with transaction.atomic():
            # One maker at a time, so that the limit holds.
            Site.objects.select_for_update(no_key=True).only("id").get(pk=site.pk)
            if AnswerTemplate.objects.filter(site=site).count() >= MAX_ANSWERS:
                raise ChatRefused("answers_full", path="name")
            answer = AnswerTemplate.objects.create(
                site=site, name=name, name_folded=fold(name), text=text, updated_at=now
            )
            record("answertemplate.create", actor=actor, site=site, target=answer, details={"name": name})
    except IntegrityError:
        raise ChatRefused("answer_taken", path="name", name=name) from None
    return answer


def change_answer(
    answer: AnswerTemplate, *, name: str, text: str, actor: Actor, now: datetime.datetime
) -> AnswerTemplate:
    """Rename or rewrite; nothing different writes nothing."""
    name, text = parse_name(name), parse_text(answer.site, text)
    details: dict[str, object] = {}
    try:
        with transaction.atomic():
            fresh = AnswerTemplate.objects.select_for_update(no_key=True).filter(pk=answer.pk).first()
            if fresh is None:
                raise ChatRefused("answer_unknown")
            if fresh.name != name:
                details["name"] = {"from": fresh.name, "to": name}
            if fresh.text != text:
                details["fields"] = ["text"]
            if not details:
                return answer
            fresh.name, fresh.name_folded, fresh.text, fresh.updated_at = name, fold(name), text, now
            fresh.save(update_fields=["name", "name_folded", "text", "updated_at"])
            record("answertemplate.change", actor=actor, site=answer.site, target=answer, details=details)
    except IntegrityError:
        raise ChatRefused("answer_taken", path="name", name=name) from None
    answer.name, answer.text, answer.updated_at = name, text, now
    return answer


@transaction.atomic
def delete_answer(answer: AnswerTemplate, *, actor: Actor) -> bool:
    """Throw it away; False when it is gone. What was said with it stays said."""
    deleted, _per_model = AnswerTemplate.objects.filter(pk=answer.pk).delete()
    if deleted:
        record("answertemplate.delete", actor=actor, site=answer.site, target=answer, details={"name": answer.name})
    return bool(deleted)


def parse_name(name: str) -> str:
    """The name as it is kept: 1 to 40 characters on one line."""
    kept = one_line(name, MAX_NAME)
    if kept is None:
        raise ChatRefused("answer_name", path="name")
    return kept


def parse_text(site: Site, text: str) -> str:
    """The text as it is kept: everything in braces means something."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise ChatRefused("answer_blank", path="text")
    if len(text) > MAX_TEXT:
        raise ChatRefused("answer_too_long", path="text")
    if not is_storable(text):
        raise ChatRefused("text_invalid", path="text")
    if unknown := unknown_in(site, text):
        names = ", ".join(f"{{{key[:40]}}}" for key in unknown[:5])
        raise ChatRefused("placeholder_unknown", path="text", names=names)
    return text
