"""Parts of names, addresses and numbers (FIL-7, LIST-1), broad and rare, of two characters and more."""

import json
from typing import Any

from benchmarks.by_hand import Case, Hand, Sql, many

_GRAMS = "dangol_grams(p.search_text) @> %s::text[]"


class Texts(Hand):
    """Cases about parts of texts."""

    def cases(self) -> list[Case]:
        """Parts of names, addresses and numbers: broad and rare, two characters and more."""
        return [
            self._part("name", "민준", "name_folded", "name contains 민준"),
            self._part("name", "남궁", "name_folded", "name contains 남궁 (rare)"),
            self._part("name", "佐藤", "name_folded", "name contains 佐藤"),
            self._part("name", "勅使", "name_folded", "name contains 勅使 (rare)"),
            self._part("name", "김", "name_folded", "name contains 김 (one in eight)"),
            self._part("name", "zz", "name_folded", "name contains zz (nobody)"),
            self._part("email", "namgung12", "email_norm", "e-mail contains namgung12"),
            self._part("email", "kim", "email_norm", "e-mail contains kim (broad)"),
            self._part("mobileNumber", "4321", "mobile_number_norm", "mobile contains 4321"),
            self._part("mobileNumber", "12-3456", "mobile_number_norm", "mobile contains 12-3456", part="123456"),
            self._begun("mobileNumber", "010-1234", "+82101234"),
            self._part("memberId", "seoyeon99", "member_id_folded", "memberId contains seoyeon99"),
            self._search("민준", "민준"),
            self._search("勅使", "勅使"),
            self._search("1234-56", "123456"),
            self._search("jun.kim", "jun.kim"),
            self._twenty_names(),
        ]

    def _part(self, key: str, typed: str, column: str, name: str, *, part: str = "") -> Case:
        part = part or typed
        test, values = self.containing(column, part)
        return Case(name, many(key, "contains", typed), [(test, values), *self._narrowed(test, values, [part])])

    def _begun(self, key: str, typed: str, norm: str) -> Case:
        test = "mobile_number_norm LIKE %s" if self.postgres else "substr(mobile_number_norm, 1, length(%s)) = %s"
        values = [f"{norm}%"] if self.postgres else [norm, norm]
        conditions: list[Sql] = [(test, values), *self._narrowed(test, values, [norm.lstrip("+")])]
        # The index is in the order of the code points, or not, as the database's collation has it: ~>=~ always is.
        end = f"{norm[:-1]}{chr(ord(norm[-1]) + 1)}"
        conditions.append(("mobile_number_norm >= %s AND mobile_number_norm < %s", [norm, end]))
        return Case(f"mobile begins with {typed}", many(key, "startsWith", typed), conditions)

    def _search(self, typed: str, part: str) -> Case:
        test, values = self.containing("p.search_text", part)
        inner = "EXISTS (SELECT 1 FROM contacts_contactprofile p WHERE p.contact_id = c.id AND {test})"
        conditions = [(inner.format(test=test), values)]
        if self.postgres and not part.isascii():
            conditions.append((inner.format(test=f"{_GRAMS} AND {test}"), [[part], *values]))
        return Case(f"quick search for {typed}", {}, conditions, search=typed)

    def _twenty_names(self) -> Case:
        parts = ["남궁민", "勅使河原 凛", "남궁별", "선우별", "林 隆", "森 蓮", "류한별", "홍가을", "황나래", "안보라"]
        parts += ["송철수", "권은지", "신유나", "오세아", "서진우", "한경희", "임승훈", "장나래", "윤가을", "조한별"]
        if self.postgres:
            test, values = "name_folded LIKE ANY(%s)", [[f"%{part}%" for part in parts]]
        else:
            test = "EXISTS (SELECT 1 FROM json_each(%s) j WHERE instr(name_folded, j.value) > 0)"
            values = [json.dumps(parts)]
        document = many("name", "contains", *parts)
        return Case("name contains any of 20", document, [(test, values), *self._narrowed(test, values, parts)])

    def _narrowed(self, test: str, values: list[Any], parts: list[str]) -> list[Sql]:
        """By way of the search text and its indexes."""
        if not self.postgres or (len(parts[0]) < 3 and parts[0].isascii()):
            return []
        tests: list[str] = []
        grams: list[Any] = []
        for part in parts:
            if part.isascii():
                tests.append("p.search_text LIKE %s")
                grams.append(f"%{part}%")
            else:
                tests.append(_GRAMS)
                grams.append(_bigrams(part))
        inner = f"SELECT p.contact_id FROM contacts_contactprofile p WHERE {' OR '.join(tests)}"
        return [
            (f"{test} AND c.id IN ({inner})", [*values, *grams]),
            (f"COALESCE({test}, FALSE) AND c.id IN ({inner})", [*values, *grams]),
        ]


def _bigrams(text: str) -> list[str]:
    """The pairs of neighbouring characters beyond ASCII, or the one there is."""
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    return [pair for pair in pairs if not any(char.isascii() for char in pair)] or [text[0]]
