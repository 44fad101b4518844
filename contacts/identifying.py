"""RET-4: by which words people who are being deleted could be recognised elsewhere: in files, filters and notes.

Numbers and addresses count in every spelling, names where they are long enough to mean somebody. A text that happens to
hold the name of somebody else of that name is forgotten too: rather one note too many than one too few.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.folding import fold
from contacts.id_lists import id_rows
from contacts.models import ContactAlias, KnownField, KnownValue
from contacts.phones import digits_of, search_spellings, spelled
from desk.ids import read_id
from desk.models import Site

# Shorter ones are in every other sentence.
_SHORTEST = 3
_SHORTEST_NUMBER = 5
# A memberId that might be a word of any language means somebody only where memberIds stand.
_SHORTEST_WORD = 8
_PHONE_LIKE = re.compile(r"\+?\d[\d\s().\-]{5,}\d")
_LAST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Identifying:
    """What is known, and was ever known, of some people. Phones and e-mails in normal form, memberIds as they are."""

    member_ids: frozenset[str]
    phones: frozenset[str]
    emails: frozenset[str]
    typed: frozenset[str]
    names: frozenset[str]
    country: str

    def __bool__(self) -> bool:
        return bool(self.member_ids or self.phones or self.emails or self.typed or self.names)

    def exact(self) -> frozenset[str]:
        """Folded values that stand for one of them wherever they stand alone, as in a filter or a cell. No names."""
        spellings = {spelled(norm, self.country) for norm in self.phones}
        return frozenset(map(fold, {*self.member_ids, *self.phones, *self.emails, *self.typed, *spellings})) - {""}

    def digits(self) -> frozenset[str]:
        """Their phones as digits, with and without the code of the country."""
        return frozenset(one for norm in self.phones for one in search_spellings(norm))


def identifying(site: Site, ids: Sequence[int]) -> Identifying:
    """Of these people of ``site``, in one statement; before their known values go."""
    found: dict[str, set[str]] = defaultdict(set)
    known = KnownValue.objects.filter(contact__in=id_rows(ids)).values_list("field", "value", "norm")
    for field, value, norm in known:
        match field:
            case KnownField.MEMBER_ID:
                found["member_ids"].add(value)
            case KnownField.MOBILE_NUMBER | KnownField.EMAIL:
                found["phones" if field == KnownField.MOBILE_NUMBER else "emails"].add(norm)
                found["typed"].add(value)
            case _:
                found["names"].add(value)
    names = ("member_ids", "phones", "emails", "typed", "names")
    sets = {name: frozenset(found[name] - {""}) for name in names}
    return Identifying(**sets, country=site.phone_country)


def earlier_ids(site: Site, ids: Sequence[int]) -> list[int]:
    """The ids of whom these people had absorbed."""
    old = ContactAlias.objects.filter(site=site, contact__in=id_rows(ids), type=ContactAlias.Type.ID)
    return [id_ for value in old.values_list("value", flat=True) if (id_ := read_id(value)) is not None]


class Words:
    """Looks for ``people`` in texts; what a text costs does not depend on how many people they are."""

    def __init__(self, people: Identifying) -> None:
        self._digits = people.digits()
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        no_words = {fold(one) for one in people.member_ids if one.isalpha() and len(one) < _SHORTEST_WORD}
        for word in {fold(one) for one in people.names} | people.exact() - no_words:
            if len(word) >= (_SHORTEST_NUMBER if word.isdecimal() else _SHORTEST):
                self._by_beginning[word[:_SHORTEST]].append(word)

    def are_in(self, text: str) -> bool:
        """Whether ``text`` names one of them. Latin letters only as whole words: no “Ann” in “annual”."""
        folded = fold(text)
        for start in range(len(folded) - _SHORTEST + 1):
            for word in self._by_beginning.get(folded[start : start + _SHORTEST], ()):
                if folded.startswith(word, start) and _stands_alone(folded, start, start + len(word)):
                    return True
        return any(digits_of(found) in self._digits for found in _PHONE_LIKE.findall(folded))

    def are_in_any(self, document: Any) -> bool:
        """The same for every text of a JSON value, keys included."""
        return any(self.are_in(text) for text in texts_of(document))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Korean and Japanese write on without a space."""
    before = start > 0 and _is_latin(text[start - 1]) and _is_latin(text[start])
    after = end < len(text) and _is_latin(text[end]) and _is_latin(text[end - 1])
    return not before and not after


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def texts_of(document: Any) -> Iterator[str]:
    """Every text of a JSON value, and every whole number, for one may be a memberId."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for key, value in document.items():
            yield str(key)
            yield from texts_of(value)
    elif isinstance(document, Iterable):
        for value in document:
            yield from texts_of(value)


class Values:
    """Looks for ``people`` among values that stand alone: cells of a file, values of a filter.

    What is a memberId among memberIds may be a tag among tags: in a filter it counts under its key only.
    """

    def __init__(self, people: Identifying) -> None:
        self._exact = people.exact()
        self._member_ids = frozenset(map(fold, people.member_ids)) - frozenset(map(fold, people.emails | people.typed))
        self._digits = frozenset(one[-_LAST_DIGITS:] for one in people.digits())

    def has(self, value: str) -> bool:
        """Whether ``value`` is the memberId, phone or e-mail of one of them, in whatever spelling."""
        if fold(value) in self._exact:
            return True
        return _PHONE_LIKE.fullmatch(value.strip()) is not None and digits_of(value)[-_LAST_DIGITS:] in self._digits

    def are_in(self, document: Any) -> bool:
        """Whether a filter document names one of them."""
        return bool(self.without(document) != document)

    def without(self, document: Any, key: str = "") -> Any:
        """A copy of a filter document that names nobody of them.

        Of several values theirs is left out; one alone becomes “…”, which nobody has, as nobody has it now.
        """
        if isinstance(document, Mapping):
            key = str(document.get("key", key))
            return {name: self.without(value, key) for name, value in document.items()}
        if isinstance(document, list):
            left = [one for one in document if not self._is_theirs(one, key)]
            return [self.without(one, key) for one in left] or ["…"] * bool(document)
        return "…" if self._is_theirs(document, key) else document

    def _is_theirs(self, value: Any, key: str) -> bool:
        return isinstance(value, str) and self.has(value) and (key == "memberId" or fold(value) not in self._member_ids)
