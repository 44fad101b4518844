"""CHAT-4: saved answers: kept, found, filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from chats import answers
from chats.answers import change_answer, create_answer, delete_answer, fill, find_answers
from chats.errors import ChatRefused
from chats.models import AnswerTemplate, Chat
from chats.placeholders import Facts, fill_text, placeholders_of, unknown_in
from contacts.models import Contact, ContactProfile, ProfileField
from desk.actors import SYSTEM
from desk.models import AuditEntry, Operator, Site
from tests.chats.people import HOUR, NOON, room_of
from tests.factories import ContactFactory, SiteFactory


def kept(site: Site, text: str, name: str = "Greeting") -> AnswerTemplate:
    return create_answer(site, name=name, text=text, actor=SYSTEM, now=NOON)


@pytest.fixture
def room(shop: Site) -> Chat:
    contact = ContactFactory(site=shop, name="이서연", member_id="seoyeon", customer_number=1024)
    for key, type_ in (
        ("size", "text"),
        ("spent", "number"),
        ("bought", "date"),
        ("vip", "boolean"),
        ("likes", "list"),
    ):
        ProfileField.objects.create(site=shop, key=key, type=type_, label="")
    values = {"size": "M", "spent": 12000, "bought": "2026-11-20", "vip": True, "likes": ["tea", "cake"]}
    ContactProfile.objects.filter(contact=contact).update(values=values)
    return room_of(Contact.objects.get(pk=contact.pk))


def test_placeholders_are_filled_from_the_chat(room: Chat, bob: Operator) -> None:
    """CHAT-4: everything an answer may name."""
    answer = kept(room.site, "{name} #{customerNumber} {memberId}, {agent} of {site}, room {roomNumber}")
    assert fill(answer, room, bob) == f"이서연 #1024 seoyeon, Bob of Shop, room {room.number}"


def test_custom_values_are_written_for_the_customer(room: Chat, bob: Operator) -> None:
    """CHAT-4, L10N-1: in the site's language, which is Korean."""
    text = "{profile.size}|{profile.spent}|{profile.bought}|{profile.vip}|{profile.likes}"
    assert fill(kept(room.site, text), room, bob) == "M|12,000|2026-11-20|예|tea, cake"


def test_empty_value_says_what_the_placeholder_says_instead(shop: Site, bob: Operator) -> None:
    """CHAT-4"""
    ProfileField.objects.create(site=shop, key="size", type="text")
    nameless = room_of(ContactFactory(site=shop, name=""))
    answer = kept(shop, "{name|고객님} {profile.size | any size}{memberId}{memberId|}.")
    assert fill(answer, nameless, bob) == "고객님 any size."


def test_value_is_never_filled_again(shop: Site, bob: Operator) -> None:
    """CHAT-4: a customer who is called {agent} stays one."""
    prankster = room_of(ContactFactory(site=shop, name="{agent}"))
    assert fill(kept(shop, "{name}"), prankster, bob) == "{agent}"


def test_placeholder_that_means_nothing_is_named_when_saving(shop: Site) -> None:
    """CHAT-4"""
    with pytest.raises(ChatRefused) as refused:
        kept(shop, "{nmae}, {name}, {profile.gone|x}, { }, {nmae}")
    assert refused.value.path == "text"
    assert refused.value.message.endswith(": {nmae}, {profile.gone}, {}")
    assert not AnswerTemplate.objects.exists()


def test_field_of_another_site_means_nothing_here(shop: Site, elsewhere: Site) -> None:
    """SITE-2"""
    ProfileField.objects.create(site=elsewhere, key="size", type="text")
    with pytest.raises(ChatRefused, match="mean nothing"):
        kept(shop, "{profile.size}")


def test_braces_that_hold_no_placeholder_stay(shop: Site, bob: Operator) -> None:
    """CHAT-4"""
    text = "a { b } c".replace(" } c", "\n} c") + " {{name}"
    assert fill(kept(shop, text), room_of(ContactFactory(site=shop, name="Kim")), bob) == "a { b\n} c {Kim"


def test_field_that_is_gone_leaves_nothing(room: Chat, bob: Operator) -> None:
    """CHAT-4: an answer of yesterday never shows its braces."""
    answer = kept(room.site, "Size {profile.size|unknown}")
    ContactProfile.objects.update(values={})
    ProfileField.objects.all().delete()
    assert fill(answer, Chat.objects.get(pk=room.pk), bob) == "Size unknown"


def test_what_may_stand_in_braces_is_offered(room: Chat) -> None:
    """CHAT-4: but no field whose name cannot be written there."""
    ProfileField.objects.create(site=room.site, key="a|b", type="text")
    offered = [one.key for one in placeholders_of(room.site)]
    assert offered[:3] == ["name", "agent", "site"]
    assert "profile.size" in offered
    assert "profile.a|b" not in offered
    assert not unknown_in(room.site, "".join(f"{{{key}}}" for key in offered))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("", "Hello", "answer_name"),
        (" ", "Hello", "answer_name"),
        ("x" * 41, "Hello", "answer_name"),
        ("\ufdfa" * 40, "Hello", "answer_name"),
        ("a\0", "Hello", "answer_name"),
        ("a", " \n ", "answer_blank"),
        ("a", "x" * 5001, "answer_too_long"),
        ("a", "a\0b", "text_invalid"),
        ("a", "\ud800", "text_invalid"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(shop: Site, name: str, text: str, code: str) -> None:
    """CHAT-4"""
    with pytest.raises(ChatRefused) as refused:
        kept(shop, text, name)
    assert refused.value.code == code
    assert refused.value.path == ("name" if code == "answer_name" else "text")


def test_name_is_given_once_on_a_site(shop: Site, elsewhere: Site) -> None:
    """CHAT-4: in any spelling."""
    first, second = kept(shop, "Hello", "Greeting"), kept(shop, "Bye", "Farewell")
    kept(elsewhere, "Hello", "Greeting")
    with pytest.raises(ChatRefused, match="GREETING"):
        kept(shop, "Hello", " ＧREETING".replace("Ｇ", "G"))
    with pytest.raises(ChatRefused) as refused:
        change_answer(second, name="greeting", text="Bye", actor=SYSTEM, now=NOON)
    assert (refused.value.code, refused.value.path) == ("answer_taken", "name")
    change_answer(first, name="GREETING", text="Hello", actor=SYSTEM, now=NOON)
    assert AnswerTemplate.objects.get(pk=first.pk).name == "GREETING"


def test_site_keeps_so_many_and_no_more(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHAT-4"""
    monkeypatch.setattr(answers, "MAX_ANSWERS", 1)
    kept(shop, "Hello")
    with pytest.raises(ChatRefused, match="at most 500"):
        kept(shop, "Bye", "Farewell")


def test_change_and_deletion_are_written_down(shop: Site) -> None:
    """CHAT-4: what was not changed is not."""
    answer = kept(shop, "Hello\r\n")
    assert answer.text == "Hello"
    change_answer(answer, name="Greeting", text="Hello", actor=SYSTEM, now=NOON + HOUR)
    assert AnswerTemplate.objects.get().updated_at == NOON
    change_answer(answer, name="Greeting", text="Hello!", actor=SYSTEM, now=NOON + HOUR)
    assert AnswerTemplate.objects.get().updated_at == NOON + HOUR
    assert delete_answer(answer, actor=SYSTEM)
    assert not delete_answer(answer, actor=SYSTEM)
    with pytest.raises(ChatRefused, match="deleted"):
        change_answer(answer, name="Greeting", text="Hello?", actor=SYSTEM, now=NOON)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "answertemplate.create",
        "answertemplate.change",
        "answertemplate.delete",
    ]


def test_answers_are_found_by_name_and_text(shop: Site, elsewhere: Site) -> None:
    """CHAT-4, FIL-7, SITE-2"""
    hello, bye = kept(shop, "안녕하세요, 무엇을 도와드릴까요?", "인사"), kept(shop, "Bye 50%", "Farewell")
    kept(elsewhere, "안녕하세요", "인사")
    assert list(find_answers(shop)) == [bye, hello]
    assert list(find_answers(shop, "ＦARE")) == [bye]
    assert list(find_answers(shop, "도와")) == [hello]
    assert list(find_answers(shop, "%")) == [bye]
    assert list(find_answers(shop, "nothing")) == list(find_answers(shop, "a\0")) == []


_LITERAL = st.text(alphabet=st.characters(exclude_characters="{}", exclude_categories=["Cs", "Cc"]), max_size=12)
_PART = st.one_of(
    _LITERAL.map(lambda text: (text, text)),
    st.sampled_from([("{name}", "Kim"), ("{memberId|nobody}", "nobody"), ("{ name | x }", "Kim"), ("{memberId}", "")]),
    st.sampled_from(["{", "}"]).map(lambda brace: (f"{brace}\n", f"{brace}\n")),
)


class Filling(TestCase):
    """CHAT-4: whatever stands around and between them, placeholders alone are replaced."""

    @given(st.lists(_PART, max_size=8))
    def test_only_placeholders_are_replaced(self, parts: list[tuple[str, str]]) -> None:
        site = SiteFactory.build(language="en")
        contact = ContactFactory.build(site=site, name="Kim", member_id=None)
        text = "".join(written for written, _read in parts)
        filled = fill_text(text, Facts(contact, "Bob", site, 1, {}, {}))
        assert filled == "".join(read for _written, read in parts)

    @given(st.lists(st.one_of(_LITERAL, st.sampled_from(["{nmae}", "{profile.x|y}", "{name}"])), max_size=8))
    def test_what_means_nothing_is_named_in_its_order(self, parts: list[str]) -> None:
        unknown = {"{nmae}": "nmae", "{profile.x|y}": "profile.x"}
        expected = dict.fromkeys(unknown[part] for part in parts if part in unknown)
        assert unknown_in(SiteFactory(), "".join(parts)) == list(expected)
