"""FIL-7, LIST-1: people by a part of a text, found through the indexes of their search text (PostgreSQL).

Every text that is looked into by its parts (name, e-mail, memberId, phones) is in ``ContactProfile.search_text``:
whoever has the part in one of them has it there. Asked beside the exact test this changes nobody's membership (FIL-4);
it only lets the database find the few people first. How frequent a part is tells PostgreSQL which of the two is better.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.expressions import Expression
from django.db.models.sql.compiler import SQLCompiler

from contacts.filters.sql import Sql, Test, TextTest, escaped, text_sql
from contacts.models import Contact

MOST_PARTS = 10  # so many are asked side by side; of more each is looked up in turn
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# What a trigram index can look up: three letters or digits in a row. It ignores everything else.
_TRIGRAM = re.compile(r"[0-9a-z]{3}")
_GRAMS = "dangol_grams({}) @> %s::text[]"
_PATTERNS = {"contains": "'%%' || {} || '%%'", "startsWith": "{} || '%%'", "endsWith": "'%%' || {}"}


def grams_of(part: str) -> list[str]:
    """The pairs of neighbouring characters beyond ASCII, or the single ones: what ``dangol_grams`` finds in a text."""
    grams: dict[str, None] = {}
    for run in _BEYOND_ASCII.findall(part):
        grams |= dict.fromkeys([run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)])
    return list(grams)


def can_be_looked_up(parts: Sequence[str]) -> bool:
    """Whether the indexes find few people by each of ``parts`` (folded). Of one that they do not serve, or that is a
    single character, people are told by reading everybody."""
    return bool(parts) and all(_has_grams(part) or _TRIGRAM.search(part) for part in parts)


def _has_grams(part: str) -> bool:
    """Whether there is more to look for than a single character, which many people have."""
    grams = grams_of(part)
    return len(grams) > 1 or any(len(gram) > 1 for gram in grams)


class LookedUp(Test):
    """True of whoever has any of ``parts``, a few, in their search text, and perhaps of others; on SQLite of everybody.

    SQLite reads 100,000 texts in the time in which it looks up and sorts some thousand people.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__("pk")
        self.parts = parts

    def written(self, subject: str, *, postgres: bool) -> Sql:
        if not postgres:
            return "(1 = 1)", []
        found, values = _side_by_side(self.parts)
        return f"{subject} IN ({found})", values


class Contains(Test):
    """Whether the search text contains ``part``, in the words its trigrams are asked in; SQLite's LIKE is slow."""

    def __init__(self, subject: str, part: str) -> None:
        super().__init__(subject)
        self.part = part

    def written(self, subject: str, *, postgres: bool) -> Sql:
        return text_sql(subject, "contains", (self.part,), postgres=postgres)


class HasGrams(Test):
    """What must be true of a search text that contains ``part``, in the words of its index; on SQLite nothing."""

    def __init__(self, subject: str, part: str) -> None:
        super().__init__(subject)
        self.part = part

    def written(self, subject: str, *, postgres: bool) -> Sql:
        grams = grams_of(self.part)
        return (_GRAMS.format(subject), [grams]) if postgres and grams else ("(1 = 1)", [])


class PartTest(TextTest):
    """A ``TextTest`` on a column of the contact whose text is in the search text: through its indexes."""

    def __init__(
        self, subject: "str | Expression | F", how: str, terms: Sequence[str], parts: Sequence[str] = ()
    ) -> None:
        super().__init__(subject, how, terms)
        self.pk: Any = F("pk")
        self.parts = parts or terms  # what the search text has of each term

    def get_source_expressions(self) -> list[Any]:
        return [self.subject, self.pk]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.subject, self.pk = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        exact, values = super().as_sql(compiler, connection)
        if connection.vendor != "postgresql":
            return exact, values
        pk, _params = compiler.compile(self.pk)
        if len(self.terms) > MOST_PARTS:
            subject, _params = compiler.compile(self.subject)
            table = connection.ops.quote_name(Contact._meta.db_table)
            text = f"(SELECT x.{subject.rpartition('.')[2]} FROM {table} x WHERE x.id = p.contact_id)"
            exact = f" AND {text} LIKE {_PATTERNS[self.how].format('t.term')}"
            found, parts = _in_turn(self.parts, self.terms, exact)
            return f"{pk} IN ({found})", parts
        found, parts = _side_by_side(self.parts)
        # PostgreSQL takes the two for independent and would expect almost nobody; that a number is not 0 it takes for
        # granted.
        return f"(({exact})::int <> 0 AND {pk} IN ({found}))", [*values, *parts]


def _side_by_side(parts: Sequence[str]) -> Sql:
    """An OR of conditions that an index serves each; ``LIKE ANY`` would not be."""
    tests: list[str] = []
    values: list[Any] = []
    for part in parts:
        by_grams = _has_grams(part)
        tests.append(_GRAMS.format("p.search_text") if by_grams else "p.search_text LIKE %s")
        values.append(grams_of(part) if by_grams else f"%{escaped(part)}%")
    return f"SELECT p.contact_id FROM contacts_contactprofile p WHERE {' OR '.join(tests)}", values


def _in_turn(parts: Sequence[str], terms: Sequence[str], exact: str) -> Sql:
    """Thousands of parts, each looked up in the index that serves it; ``exact`` is tested at once, by its term."""
    grams = _GRAMS.format("p.search_text").replace("%s::text[]", "dangol_grams(t.part)")
    like = f"p.search_text LIKE {_PATTERNS['contains'].format('t.part')}"
    sql = " UNION ALL ".join(
        # OFFSET 0: one after the other, or PostgreSQL reads every text and compares it with every part.
        "SELECT found.contact_id FROM unnest(%s::text[], %s::text[]) AS t(part, term), LATERAL"
        f" (SELECT p.contact_id FROM contacts_contactprofile p WHERE {test}{exact} OFFSET 0) AS found"
        for test in (grams, like)
    )
    by_grams: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for part, term in zip(parts, terms, strict=True):
        (by_grams if _has_grams(part) else others).append((escaped(part), escaped(term)))
    return sql, [[pair[place] for pair in pairs] for pairs in (by_grams, others) for place in (0, 1)]
