"""CHAT-10: to whom a chat goes that no rule gives to somebody."""

import datetime
import functools
from typing import Any

import pytest

from chats import waiting
from chats.availability import set_away
from chats.chat_settings import set_distribution, settings_of
from chats.distributing import Choice, choose, distribute_waiting, hand_over
from chats.errors import ChatRefused
from chats.handling import assign, assign_team, close, set_state
from chats.messaging import Text, say
from chats.models import Assignment, Author, Availability, Chat, Routing, RoutingRule
from chats.opening import open_room
from chats.tasks import find_waiting
from chats.teams import change_team, create_team
from desk.actors import PLUGIN, SYSTEM, Actor
from desk.models import AuditEntry, Operator, Site
from tests.chats.agents import agent_of, at_once, gives, had_by, is_away, opened
from tests.chats.people import HOUR, NOON, room_of, visitor_says
from tests.factories import ContactFactory

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def anna(shop: Site) -> Operator:
    return agent_of(shop, "Anna")


@pytest.fixture
def ben(shop: Site) -> Operator:
    return agent_of(shop, "Ben")


@pytest.fixture
def cleo(shop: Site) -> Operator:
    return agent_of(shop, "Cleo")


def now_of(chat: Chat) -> Chat:
    return Chat.objects.select_related("assignee").get(pk=chat.pk)


def names(chats: list[Chat]) -> list[str]:
    return [str(chat.assignee) for chat in chats]


def test_chat_goes_to_who_has_the_fewest_open_ones(shop: Site, elsewhere: Site, anna: Operator, ben: Operator) -> None:
    """CHAT-10: closed ones and those of another site do not count."""
    for _ in range(2):
        assign(opened(shop), anna, actor=SYSTEM, now=NOON)
    for _ in range(3):
        room = room_of(ContactFactory(site=shop))
        assign(room, ben, actor=SYSTEM, now=NOON)
        close(room, actor=SYSTEM, now=NOON)
    Chat.objects.create(
        site=elsewhere, number=1, contact=ContactFactory(site=elsewhere), channel="web", assignee=ben, opened_at=NOON
    )
    gives(shop)
    assert names([opened(shop) for _ in range(2)]) == ["Ben", "Ben"]
    assert had_by(shop) == {"Anna": 2, "Ben": 2}


def test_of_equals_it_is_the_turn_of_who_was_given_none_for_longest(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator
) -> None:
    """CHAT-10"""
    gives(shop)
    chats = [opened(shop, now=NOON + n * MINUTE) for n in range(3)]
    assert sorted(names(chats)) == ["Anna", "Ben", "Cleo"]
    first, second, third = (chat.assignee for chat in chats)
    for chat in reversed(chats):
        close(chat, actor=SYSTEM, now=NOON + HOUR)
    assert [opened(shop, now=NOON + HOUR).assignee for _ in range(3)] == [first, second, third]


def test_turns_go_round_whatever_anybody_has(shop: Site, anna: Operator, ben: Operator, cleo: Operator) -> None:
    """CHAT-10: also when the clock of one server is behind, or stands still."""
    gives(shop, "roundRobin")
    for _ in range(5):
        assign(room_of(ContactFactory(site=shop)), anna, actor=SYSTEM, now=NOON)
    chats = [opened(shop, now=NOON - (n % 4) * MINUTE) for n in range(9)]
    assert names(chats[:3]) == names(chats[3:6]) == names(chats[6:])
    assert sorted(names(chats[:3])) == ["Anna", "Ben", "Cleo"]


def test_who_comes_back_has_one_turn_and_does_not_make_up_for_all(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator
) -> None:
    """CHAT-10"""
    gives(shop, "roundRobin")
    [opened(shop) for _ in range(3)]
    is_away(shop, anna)
    assert "Anna" not in names([opened(shop) for _ in range(4)])
    set_away(shop, anna, False, actor=Actor.of_operator(anna), now=NOON)
    assert names([opened(shop) for _ in range(4)]).count("Anna") == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("distribution", ["fewest", "roundRobin"])
def test_twenty_chats_opened_at_once_are_shared_fairly(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator, distribution: str
) -> None:
    """CHAT-10: nobody gets two more than another, and turns go round: each choice sees the ones before it."""
    gives(shop, distribution)
    rooms = [open_room(ContactFactory(site=shop), "web", None, now=NOON).chat for _ in range(20)]
    at_once([functools.partial(visitor_says, room, "Hello") for room in rooms])
    counts = had_by(shop)
    assert sorted(counts) == ["Anna", "Ben", "Cleo"]
    assert sorted(counts.values()) == [6, 7, 7]
    order = list(Assignment.objects.order_by("pk").values_list("after_name", flat=True))
    assert len(order) == 20
    # The same three one after the other, in the order in which they were chosen.
    assert order == (order[:3] * 7)[:20]


@pytest.mark.django_db(transaction=True)
def test_who_goes_away_while_chats_are_opened_is_left_with_none(shop: Site, anna: Operator, ben: Operator) -> None:
    """CHAT-10: a chat given at the same moment is handed over too."""
    gives(shop, when_away="handOver")
    rooms = [open_room(ContactFactory(site=shop), "web", None, now=NOON).chat for _ in range(10)]
    says = [functools.partial(visitor_says, room, "Hello") for room in rooms]
    away = functools.partial(set_away, shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    at_once([*says[:5], away, *says[5:]])
    assert had_by(shop) == {"Ben": 10}


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_distribute_at_once_give_each_chat_once(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator
) -> None:
    """CHAT-10"""
    for _ in range(12):
        opened(shop)
    gives(shop)
    at_once([functools.partial(distribute_waiting, shop, now=NOON)] * 3)
    assert had_by(shop) == {"Anna": 4, "Ben": 4, "Cleo": 4}
    assert Assignment.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_rules_workers_and_agents_at_once_do_not_wait_for_each_other(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator
) -> None:
    """CHAT-10: a rule gives chats to a team, workers give out what waits, somebody goes away, chats are closed."""
    earlier = [opened(shop, team=None) for _ in range(6)]
    assign(earlier[0], ben, actor=SYSTEM, now=NOON)
    team = create_team(shop, "Sales", [anna, ben, cleo], actor=SYSTEM)
    RoutingRule.objects.create(
        site=shop, place=1, name="All", actions=[{"action": "assignTeam", "team": str(team.pk)}], updated_at=NOON
    )
    gives(shop, when_away="handOver")
    rooms = [open_room(ContactFactory(site=shop), "web", None, now=NOON).chat for _ in range(8)]
    at_once(
        [
            *(functools.partial(visitor_says, room, "Hello") for room in rooms),
            *[functools.partial(distribute_waiting, shop, now=NOON)] * 2,
            functools.partial(set_away, shop, anna, True, actor=Actor.of_operator(anna), now=NOON),
            functools.partial(close, earlier[0], actor=SYSTEM, now=NOON),
        ]
    )
    assert Chat.objects.filter(team=team).count() == 8
    counts = had_by(shop)
    assert counts.keys() == {"Ben", "Cleo"}
    assert sum(counts.values()) == 13


def test_agents_take_chats_themselves_where_nothing_is_set(shop: Site, anna: Operator) -> None:
    """CHAT-10: then nothing is chosen, and nothing that waits is given out."""
    chat = opened(shop)
    assert (chat.assignee, chat.state) == (None, "waiting")
    assert choose(shop, None, now=NOON) == Choice(None, "manual")
    assert distribute_waiting(shop, now=NOON) == 0
    assert not Availability.objects.exists()


def test_nobody_is_given_more_than_the_most(shop: Site, anna: Operator, ben: Operator) -> None:
    """CHAT-10: what is too many waits, and the oldest of it goes to who closes one."""
    gives(shop, most_open_chats=2)
    chats = [opened(shop, now=NOON + n * MINUTE) for n in range(6)]
    assert had_by(shop) == {"Anna": 2, "Ben": 2, "": 2}
    done = next(chat for chat in chats if chat.assignee == ben)
    close(done, actor=SYSTEM, now=NOON + HOUR)
    assert distribute_waiting(shop, now=NOON + HOUR) == 1
    assert [now_of(chat).assignee for chat in chats[4:]] == [ben, None]
    assert distribute_waiting(shop, now=NOON + HOUR) == 0


def test_chat_of_a_team_goes_to_the_team_only(shop: Site, anna: Operator, ben: Operator, cleo: Operator) -> None:
    """CHAT-10: nobody of it there: it waits for them, though others are free, and those behind it do not."""
    gives(shop)
    sales = create_team(shop, "Sales", [anna, ben], actor=SYSTEM)
    is_away(shop, anna)
    assert names([opened(shop, team=sales) for _ in range(2)]) == ["Ben", "Ben"]
    is_away(shop, ben, "signedOut")
    is_away(shop, cleo)
    mine, anybodys = opened(shop, team=sales), opened(shop)
    is_away(shop, cleo, "available")
    assert distribute_waiting(shop, now=NOON) == 1
    assert (now_of(mine).assignee, now_of(anybodys).assignee) == (None, cleo)
    change_team(sales, operators=[anna, ben, cleo], actor=SYSTEM)
    assert distribute_waiting(shop, now=NOON) == 1
    assert now_of(mine).assignee == cleo


def test_chat_that_waited_tells_how_it_found_somebody(shop: Site, anna: Operator) -> None:
    """CHAT-10"""
    gives(shop)
    is_away(shop, anna)
    chat = opened(shop)
    assert Routing.objects.get(chat=chat).how == "waits"
    is_away(shop, anna, "available")
    distribute_waiting(shop, now=NOON)
    routing = Routing.objects.get(chat=chat)
    assert (routing.how, routing.operator, routing.operator_name) == ("fewest", anna, "Anna")


def test_chat_that_somebody_gives_back_goes_to_somebody_else(shop: Site, anna: Operator, ben: Operator) -> None:
    """CHAT-10: also when they have the fewest now; to them again only when nobody else is there."""
    gives(shop)
    chat, _other = opened(shop), opened(shop)
    first = chat.assignee
    assert first is not None
    assign(chat, None, actor=Actor.of_operator(first), now=NOON)
    distribute_waiting(shop, now=NOON)
    second = now_of(chat).assignee
    assert {first, second} == {anna, ben}
    assign(chat, None, actor=SYSTEM, now=NOON)
    is_away(shop, first)
    distribute_waiting(shop, now=NOON)
    assert now_of(chat).assignee == second


def test_rooms_nobody_has_written_in_wait_for_nobody(shop: Site, anna: Operator) -> None:
    """CHAT-10"""
    room = room_of(ContactFactory(site=shop))
    gives(shop)
    assert distribute_waiting(shop, now=NOON) == 0
    say(room, Text("Hello"), author=Author.VISITOR, actor=PLUGIN, now=NOON)
    assert now_of(room).assignee == anna


def test_choice_costs_three_statements_however_many_agents_and_chats(
    shop: Site, django_assert_num_queries: Any
) -> None:
    """CHAT-10: the lock, the choice, whose turn it was."""
    gives(shop, most_open_chats=50)
    team = create_team(shop, "Sales", [agent_of(shop, f"A{n}") for n in range(8)], actor=SYSTEM)
    for _ in range(4):
        opened(shop, team=team)
    with django_assert_num_queries(3):
        assert choose(shop, team, now=NOON).operator is not None


def test_what_waits_is_looked_at_when_something_has_changed(
    shop: Site,
    anna: Operator,
    ben: Operator,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """CHAT-10: somebody is back, a chat is closed, a team or a setting is another."""
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(waiting, "run_soon", lambda *call: told.append(call))
    chat, unheard = opened(shop), opened(shop)
    team = create_team(shop, "Sales", [anna], actor=SYSTEM)
    taken = opened(shop)
    for one in (chat, taken):
        assign(one, anna, actor=SYSTEM, now=NOON)
    is_away(shop, ben)
    assert not told
    back = Actor.of_operator(ben)
    deeds = [
        lambda: set_distribution(shop, distribution="fewest", when_away="keep", most_open_chats=None, actor=SYSTEM),
        lambda: set_away(shop, ben, False, actor=back, now=NOON),
        lambda: close(chat, actor=SYSTEM, now=NOON),
        lambda: assign(taken, None, actor=SYSTEM, now=NOON),
        lambda: assign_team(unheard, team, actor=SYSTEM, now=NOON),
        lambda: change_team(team, operators=[ben], actor=SYSTEM),
    ]
    for number, deed in enumerate(deeds, start=1):
        with django_capture_on_commit_callbacks(execute=True):
            assert deed()
        assert told == [("chats.distribute", shop.pk)] * number
    find_waiting()  # what the workers were not told of
    assert now_of(unheard).assignee == ben


def test_open_chats_of_who_goes_away_go_to_colleagues(
    shop: Site, anna: Operator, ben: Operator, cleo: Operator, django_capture_on_commit_callbacks: Any
) -> None:
    """CHAT-10: those of a team to the team, others to who shares a team; what is on hold stays."""
    gives(shop, when_away="handOver")
    create_team(shop, "Sales", [anna, ben], actor=SYSTEM)
    support = create_team(shop, "Support", [anna, cleo], actor=SYSTEM)
    vip = create_team(shop, "VIP", [anna], actor=SYSTEM)
    dora = agent_of(shop, "Dora")
    plain, of_team, held, alone, closed = (room_of(ContactFactory(site=shop)) for _ in range(5))
    for chat, team in ((plain, None), (of_team, support), (held, None), (alone, vip), (closed, None)):
        visitor_says(chat, "Hello")
        assign_team(chat, team, actor=SYSTEM, now=NOON)
        assign(chat, anna, actor=SYSTEM, now=NOON)
        set_state(chat, "inProgress", actor=SYSTEM, now=NOON)
    set_state(held, "onHold", actor=SYSTEM, now=NOON)
    close(closed, actor=SYSTEM, now=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        set_away(shop, anna, True, actor=Actor.of_operator(anna), now=NOON)
    assert now_of(plain).assignee in (ben, cleo)
    assert now_of(of_team).assignee == cleo
    assert now_of(held).assignee == now_of(closed).assignee == anna
    assert (now_of(alone).assignee, now_of(alone).state) == (None, "waiting")
    assert dora.name not in had_by(shop)
    last = Assignment.objects.filter(chat=of_team).latest("pk")
    assert (last.before_name, last.after_name, last.by) == ("Anna", "Cleo", "Anna")


@pytest.mark.parametrize(
    ("distribution", "when_away", "after"), [("fewest", "keep", "Anna"), ("manual", "handOver", "")]
)
def test_chats_of_who_goes_away_stay_or_wait_as_the_site_has_set(
    shop: Site, anna: Operator, ben: Operator, distribution: str, when_away: str, after: str
) -> None:
    """CHAT-10: where agents take chats themselves, what is handed over waits for somebody."""
    gives(shop, distribution, when_away=when_away)
    chat = room_of(ContactFactory(site=shop))
    assign(chat, anna, actor=SYSTEM, now=NOON)
    hand_over(shop, anna, actor=SYSTEM, now=NOON)
    assert had_by(shop) == {after: 1}
    assert now_of(chat).state == ("received" if after else "waiting")


def test_settings_are_kept_and_told_in_the_log(shop: Site) -> None:
    """CHAT-10: without a row the defaults hold."""
    assert settings_of(shop).distribution == "manual"
    wanted = {"distribution": "roundRobin", "when_away": "handOver", "most_open_chats": 5}
    assert set_distribution(shop, **wanted, actor=SYSTEM)
    assert not set_distribution(shop, **wanted, actor=SYSTEM)
    assert {name: getattr(settings_of(shop), name) for name in wanted} == wanted
    entry = AuditEntry.objects.get(action="chatsettings.change")
    assert entry.details["most_open_chats"] == {"from": None, "to": 5}


@pytest.mark.parametrize(
    ("field", "value"),
    [("distribution", "random"), ("when_away", ""), ("most_open_chats", 0), ("most_open_chats", 1000)],
)
def test_refused_setting_names_the_field(shop: Site, field: str, value: Any) -> None:
    """CHAT-10"""
    wanted = {"distribution": "fewest", "when_away": "keep", "most_open_chats": 5, field: value}
    with pytest.raises(ChatRefused) as refused:
        set_distribution(shop, **wanted, actor=SYSTEM)
    assert refused.value.path == field
    assert refused.value.message
    assert settings_of(shop).distribution == "manual"
