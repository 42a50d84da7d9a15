"""Filters are the address: shareable, printable, and an export takes them along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

Value = str | int | bool | None | Iterable[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A path with its query. Made anew by each change; `str()` is what goes into `href`."""

    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, path: str, wanted: Mapping[str, Value]) -> "Address":
        """Build an address from a filter's fields; what is empty, false or None is left out."""
        return cls(path, tuple(pair for name, value in wanted.items() for pair in _pairs(name, value)))

    def with_(self, **changes: Value) -> "Address":
        """Return the address with fields set anew; the page number starts over unless it is set."""
        kept = tuple(pair for pair in self.query if pair[0] not in changes and pair[0] != "page")
        return Address(
            self.path, kept + tuple(pair for name, value in changes.items() for pair in _pairs(name, value))
        )

    def without(self, name: str, value: str | None = None) -> "Address":
        """Return the address without a field, or without one of its several values."""
        return Address(
            self.path,
            tuple(
                pair
                for pair in self.query
                if pair[0] != "page" and (pair[0] != name or (value is not None and pair[1] != value))
            ),
        )

    def at(self, path: str) -> "Address":
        """Return the same query at another path, for an export of just this list."""
        return Address(path, tuple(pair for pair in self.query if pair[0] != "page"))

    def get(self, name: str) -> str:
        """Return the first value of a field, or an empty string."""
        return next((value for key, value in self.query if key == name), "")

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def _pairs(name: str, value: Value) -> Iterable[tuple[str, str]]:
    if value is None or value is False or value == "":
        return ()
    if value is True:
        return ((name, "1"),)
    if isinstance(value, str | int):
        return ((name, str(value)),)
    return tuple((name, str(each)) for each in value)
