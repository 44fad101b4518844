"""docs/filter-language.md is what the registries say."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from contacts.filters.document import parse_filter
from contacts.filters.fields import filter_fields
from contacts.filters.reference import CHANNEL, INTRODUCTION, filter_language
from contacts.management.commands import write_filter_language
from contacts.models import ProfileField
from desk.models import Site


def test_the_page_is_current() -> None:
    """Run manage.py write_filter_language when this fails."""
    call_command("write_filter_language", "--check")


def test_a_page_that_is_not_current_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test above can fail."""
    monkeypatch.setattr(write_filter_language, "filter_language", lambda: "another page")
    with pytest.raises(CommandError):
        call_command("write_filter_language", "--check")


def test_the_page_names_every_registered_field() -> None:
    """FIL-2"""
    page = filter_language()
    assert [field.key for field in filter_fields if f"| `{field.key}` |" not in page] == []


def test_the_example_of_the_page_is_a_filter() -> None:
    """FIL-1"""
    [example] = re.findall(r"```json\n(.+?)```", INTRODUCTION, re.DOTALL)
    data = json.loads(example)
    assert parse_filter(data, site=Site(code="X")).data == data


def test_the_foreign_example_of_the_page_is_a_filter(shop: Site) -> None:
    """FIL-1"""
    ProfileField.objects.create(site=shop, key="grade", type="text")
    [example] = re.findall(r"```json\n(.+?)```", CHANNEL, re.DOTALL)
    assert len(parse_filter(json.loads(example), site=shop).data["and"]) == 2
