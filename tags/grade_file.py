"""GRADE-3: rules from a file, and back into one. Columns criterion, value, grade, note, named in English, Korean or
Japanese; encodings, separators and workbooks as for contacts (``contacts.importing.reading``).

Nothing is written before the operator has seen what would be: ``plan_file`` says it line by line, ``apply_plan`` adds
exactly the good lines that were shown. A bad line never stops the good ones; one that is there already changes nothing.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_lazy

from contacts.folding import fold
from contacts.importing.reading import read_rows, understand
from contacts.importing.reasons import told as reason_in_words
from contacts.masking import mask
from desk.actors import Actor
from desk.audit import record
from desk.models import Site
from tags.grade_errors import GradeRefused
from tags.grade_rules import Added, NewRule, add_rules, new_rule, rules_of, there_already
from tags.grade_values import parse_criterion
from tags.models import Criterion, Grade

MAX_LINES = 20_000
COLUMNS = ("criterion", "value", "grade", "note")
LABELS = {
    "criterion": gettext_lazy("Criterion"),
    "value": gettext_lazy("Value"),
    "grade": gettext_lazy("Grade"),
    "note": gettext_lazy("Note"),
}
_HEADERS = {
    "criterion": "criterion criteria type field 기준 조건 항목 구분 등급기준 条件 項目 基準 種別 種類",
    "value": "value 값 내용 값내용 値 内容",
    "grade": "grade rank 등급 고객등급 회원등급 ランク 顧客ランク グレード 等級",
    "note": "note memo comment 메모 비고 노트 メモ 備考 注記",
}
_CRITERIA = {
    Criterion.EMAIL: "email e-mail mail emailaddress 이메일 메일 이메일주소 メール メールアドレス eメール",
    Criterion.MOBILE_NUMBER: "mobilenumber phone mobile phonenumber tel 휴대폰 휴대폰번호 휴대전화 핸드폰 전화 전화번호"
    " 연락처 携帯 携帯電話 携帯電話番号 電話 電話番号",
    Criterion.MEMBER_ID: "memberid userid 회원아이디 회원id 아이디 멤버아이디 会員id メンバーid ユーザーid",
    Criterion.CUSTOMER_NUMBER: "customernumber 고객번호 고객고유번호 고유번호 顧客番号",
}
_NAMES = "name fullname 이름 성명 고객명 氏名 名前 お名前"


_REFUSALS = {
    "columns_missing": gettext_lazy("The header has no column for: %(names)s."),
    "too_many": gettext_lazy("The file has more than %(limit)d rules. Split it."),
}


class RuleFileRefused(Exception):
    """The file is a table, but no list of rules; ``code`` and ``values`` say why."""

    def __init__(self, code: str, values: Mapping[str, object]) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    @property
    def message(self) -> str:
        """The reason in the active language."""
        return str(_REFUSALS[self.code]) % self.values


def _by_word(words: Mapping[str, str]) -> dict[str, str]:
    return {word: str(name) for name, all_words in words.items() for word in all_words.split()}


_COLUMN_OF = _by_word(_HEADERS)
_CRITERION_OF = _by_word({str(name): words for name, words in _CRITERIA.items()}) | dict.fromkeys(
    _NAMES.split(), "name"
)


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why one line is left out: its number in the file, the column, what stands there."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class FilePlan:
    """What a file would do. ``lines``: (criterion, value, grade, note) of the good lines, as they were written."""

    new: list[NewRule] = field(default_factory=list)
    noted: list[NewRule] = field(default_factory=list)
    unchanged: int = 0
    repeated: int = 0
    problems: list[LineProblem] = field(default_factory=list)
    lines: list[tuple[str, str, str, str]] = field(default_factory=list)
    encoding: str = ""

    @property
    def good(self) -> list[NewRule]:
        """What would be written."""
        return [*self.new, *self.noted]


def plan_file(path: Path, name: str, site: Site) -> FilePlan:
    """What the file at ``path``, called ``name``, would do; raises ``FileRefused``, ``RuleFileRefused``."""
    understood = understand(path, name, header=True)
    places = _places(understood.header)
    told: list[tuple[int, tuple[str, str, str, str]]] = []
    broken: list[LineProblem] = []
    for row in read_rows(path, understood.as_data()):
        if row.problem:
            broken.append(LineProblem(row.line, "", "", reason_in_words(row.problem, {})))
            continue
        cells = [_bare(row.cells[at]) if at is not None and at < len(row.cells) else "" for at in places]
        if any(cells):
            told.append((row.line, (cells[0], cells[1], cells[2], cells[3])))
        if len(told) + len(broken) > MAX_LINES:
            raise RuleFileRefused("too_many", {"limit": MAX_LINES})
    plan = plan_lines(told, site)
    plan.encoding = understood.encoding
    plan.problems = sorted([*plan.problems, *broken], key=lambda problem: problem.line)
    return plan


def plan_lines(told: Iterable[tuple[int, tuple[str, str, str, str]]], site: Site) -> FilePlan:
    """What (line, (criterion, value, grade, note)) would do, in order."""
    grades = {grade.name_folded: grade for grade in Grade.objects.filter(site=site)}
    plan, wanted = FilePlan(), {}
    for line, cells in told:
        try:
            rule = _read_line(cells, grades, site)
        except GradeRefused as refused:
            column = refused.path or "value"
            value = dict(zip(COLUMNS, cells, strict=True)).get(column, "")
            plan.problems.append(LineProblem(line, column, value, refused.message))
            continue
        key = (str(rule.value.criterion), rule.value.norm, rule.grade.pk)
        if key in wanted:
            plan.repeated += 1
            continue
        wanted[key] = (rule, cells)
    there = there_already(site, [rule for rule, _cells in wanted.values()])
    for key, (rule, cells) in wanted.items():
        if key not in there:
            plan.new.append(rule)
        elif rule.note and there[key].note != rule.note:
            plan.noted.append(rule)
        else:
            plan.unchanged += 1
            continue
        plan.lines.append(cells)
    return plan


def apply_plan(lines: Sequence[tuple[str, str, str, str]], site: Site, *, actor: Actor, now: datetime) -> Added:
    """Add the good lines that were shown. ``GradeRefused`` when one is good no more: then nothing is written."""
    grades = {grade.name_folded: grade for grade in Grade.objects.filter(site=site)}
    return add_rules(site, [_read_line(cells, grades, site) for cells in lines], actor=actor, now=now)


def _read_line(cells: tuple[str, str, str, str], grades: Mapping[str, Grade], site: Site) -> NewRule:
    criterion, value, name, note = cells
    known = _CRITERION_OF.get(_word(criterion), criterion)
    parse_criterion(known)
    grade = grades.get(fold(name))
    if grade is None:
        raise GradeRefused("grade_unknown" if name.strip() else "grade_blank", "grade", grade=name[:70])
    return new_rule(site, criterion=known, value=value, grade=grade, note=note)


def _places(header: Sequence[str]) -> list[int | None]:
    """Where criterion, value, grade and note stand; the note may be missing."""
    found: dict[str, int] = {}
    for index, name in enumerate(header):
        column = _COLUMN_OF.get(_word(name))
        if column is not None:
            found.setdefault(column, index)
    missing = [str(LABELS[name]) for name in COLUMNS[:3] if name not in found]
    if missing:
        raise RuleFileRefused("columns_missing", {"names": ", ".join(missing)})
    return [found.get(name) for name in COLUMNS]


def _word(text: str) -> str:
    return "".join(fold(text).split()).replace("_", "").replace("-", "") if fold(text) != "e-mail" else "email"


def _bare(cell: str) -> str:
    """A cell without the apostrophe that keeps a formula from being one (see ``export_rules``)."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULAS else text


# --- into a file ---------------------------------------------------------------------------------------------

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def export_rules(site: Site, *, actor: Actor, sees_personal_data: bool) -> Iterator[str]:
    """The rules as CSV that ``plan_file`` reads without change; masked for who may not see values (SITE-4)."""
    rules = rules_of(site)
    record("graderule.export", actor=actor, site=site, details={"count": rules.order_by().count()})
    yield "\ufeff" + _line(COLUMNS)
    for rule in rules.order_by("pk").iterator(chunk_size=2_000):
        value = rule.value if sees_personal_data else str(mask(rule.criterion, rule.value))
        yield _line([rule.criterion, value, rule.grade.name, rule.note])


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells])
    return out.getvalue()
