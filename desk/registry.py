"""Registries: what a lower app offers and an upper app fills from ``AppConfig.ready()``.

A registry refuses duplicates and unknown names, so that a typing error is never a silently missing feature.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class DuplicateName(Exception):
    """Two registrations under one name."""


class UnknownName(LookupError):
    """Nothing is registered under this name."""

    def __init__(self, registry: str, name: str) -> None:
        super().__init__(f"{registry}: nothing is registered as {name!r}")
        self.registry = registry
        self.name = name


class Registry(Generic[T]):
    """Named things of one kind, in order of registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, T] = {}

    def register(self, name: str, item: T) -> T:
        """Add ``item`` under ``name``; ``DuplicateName`` when the name is taken."""
        if name in self._items:
            raise DuplicateName(f"{self.name}: {name!r} is registered twice")
        self._items[name] = item
        return item

    def get(self, name: str) -> T:
        """Return what is registered as ``name`` or raise ``UnknownName``."""
        try:
            return self._items[name]
        except KeyError:
            raise UnknownName(self.name, name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[T]:
        # A copy: the web server answers in threads while a test or a late import still registers.
        return iter(tuple(self._items.values()))

    def names(self) -> list[str]:
        """All names, in order of registration."""
        return list(self._items)
