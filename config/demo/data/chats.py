"""The demo's chats, told by the same rules by which they would have happened, each at its own time."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from chats.answers import create_answer
from chats.categories import add_category
from chats.handling import assign, close, reopen, set_state
from chats.messaging import Text, say
from chats.models import SHARED_CHANNELS, Author, Category, Chat, State
from chats.noting import add_memo, set_category, set_room_tags
from chats.opening import open_room
from config.demo.data.talks import ANSWERS, CATEGORIES, TALKS, VISITOR, Line, Talk
from config.demo.data.work import set_up_work
from contacts.identities import create_identity
from contacts.models import Channel, Contact, Identity
from desk.actors import PLUGIN, Actor
from desk.models import Operator, Site


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who works here."""

    site: Site
    actors: dict[str, Actor]
    seeder: Actor


def tell_chats(site: Site, team: dict[str, Operator], *, seeder: Actor, now: datetime.datetime | None = None) -> int:
    """Make the demo's teams, rules, categories, saved answers and conversations; how many conversations."""
    moment = now or timezone.now()
    scene = _Scene(site, {name: Actor.of_operator(operator) for name, operator in team.items()}, seeder)
    categories = _make_categories(scene)
    set_up_work(site, team, categories, seeder=seeder, now=moment)
    for name, text in ANSWERS.items():
        create_answer(site, name=name, text=text, actor=seeder, now=moment)
    people = _people(site)
    # Oldest first: what happened earlier has the smaller ids.
    for talk in TALKS:
        _tell(scene, talk, next(people[talk.language, talk.graded]), categories, moment)
    return len(TALKS)


def _make_categories(scene: _Scene) -> dict[tuple[str, ...], Category]:
    made: dict[tuple[str, ...], Category] = {}
    for name, below in CATEGORIES.items():
        top = made[(name,)] = add_category(scene.site, name, actor=scene.seeder)
        for one in below:
            made[name, one] = add_category(scene.site, one, parent=top, actor=scene.seeder)
    return made


def _people(site: Site) -> dict[tuple[str, bool], Iterator[Contact]]:
    """People of each language, the liveliest first; of those with a grade the highest first."""
    found: dict[tuple[str, bool], Iterator[Contact]] = {}
    for language in {talk.language for talk in TALKS}:
        speakers = Contact.objects.select_related("site").filter(
            site=site, managed=True, language=language, blocked=False, last_seen_at__isnull=False
        )
        plain = speakers.filter(carried_grade=None).exclude(name="").order_by("-last_seen_at", "-pk")[:40]
        found[language, False] = iter(list(plain))
        graded = speakers.exclude(carried_grade=None).order_by("-carried_grade__grade__rank", "-pk")[:10]
        found[language, True] = iter([*graded, *plain[20:]])
    return found


def _tell(
    scene: _Scene, talk: Talk, contact: Contact, categories: dict[tuple[str, ...], Category], now: datetime.datetime
) -> None:
    at = now - datetime.timedelta(hours=talk.hours)
    identity = _identity(contact, talk.channel, at)
    chat = open_room(contact, talk.channel, identity, now=at, page=talk.page).chat
    for line in talk.lines:
        at = min(now, at + datetime.timedelta(minutes=line.after, seconds=7))
        _act(scene, chat, line, at)
    if talk.category:
        set_category(chat, categories[talk.category], actor=scene.seeder, now=at)
    # What is told of the past must not make a person look longer gone than they are.
    Contact.objects.filter(pk=contact.pk, last_touch_at__lt=contact.last_touch_at).update(
        last_touch_at=contact.last_touch_at
    )


def _identity(contact: Contact, channel: str, at: datetime.datetime) -> Identity | None:
    if channel in SHARED_CHANNELS:
        return Identity.objects.filter(contact=contact, channel=channel).first()
    return create_identity(contact.site, contact.pk, Channel(channel), f"demo-{channel}-{contact.pk}", now=at)


def _act(scene: _Scene, chat: Chat, line: Line, at: datetime.datetime) -> None:
    if line.who == VISITOR:
        say(chat, Text(line.text), author=Author.VISITOR, actor=PLUGIN, now=at)
        return
    actor = scene.actors[line.who]
    if line.deed == "says":
        say(chat, Text(line.text), author=Author.OPERATOR, actor=actor, now=at)
    elif line.deed == "memo":
        add_memo(chat, line.text, actor=actor, now=at)
    elif line.deed in ("takes", "gives"):
        to = actor if line.deed == "takes" else scene.actors[line.text]
        assign(chat, to.operator, actor=actor, now=at)
    elif line.deed == "holds":
        set_state(chat, State.ON_HOLD, actor=actor, now=at)
    elif line.deed == "tags":
        set_room_tags(chat, line.text.split(","), actor=actor, now=at)
    elif line.deed in ("closes", "reopens"):
        (close if line.deed == "closes" else reopen)(chat, actor=actor, now=at)
    else:
        raise LookupError(line.deed)
