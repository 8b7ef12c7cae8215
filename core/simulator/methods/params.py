"""Parameters as they come, read with the venue's complaints."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any

from core.simulator.rpc import invalid

MAX_NUMBER = Decimal(10) ** 15
MAX_TIME_MS = 10**15


class Params:
    """Typed access; numbers and truths may come as text, as they do in a query string."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def filled(self, key: str, value: object) -> Params:
        """The same with one more value."""
        return Params(self._values | {key: value})

    def text(self, key: str, default: str | None = None) -> str:
        """A string; `value required` when missing without a default."""
        value = self._values.get(key)
        if value is None:
            if default is None:
                raise invalid(key, "value required")
            return default
        if not isinstance(value, str):
            raise invalid(key, "invalid format")
        return value

    def optional_text(self, key: str, longest: int = 256) -> str | None:
        """A string or None."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > longest:
            raise invalid(key, "invalid format")
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of `allowed`."""
        value = self.text(key, default)
        if value not in allowed:
            raise invalid(key, "invalid format")
        return value

    def truth(self, key: str, default: bool = False) -> bool:
        """A boolean, or its name."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise invalid(key, "invalid format")

    def decimal(self, key: str) -> Decimal | None:
        """An exact number, None when missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise invalid(key, "invalid format")
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise invalid(key, "invalid format") from error
        if not number.is_finite():
            raise invalid(key, "invalid format")
        if abs(number) > MAX_NUMBER:
            raise invalid(key, "value is too high")
        return number

    def whole(self, key: str, default: int | None = None) -> int:
        """An integer."""
        value = self._values.get(key)
        if value is None:
            if default is None:
                raise invalid(key, "value required")
            return default
        if isinstance(value, float) and math.isfinite(value) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.removeprefix("-").isdigit() and len(value) < 20:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(key, "invalid format")
        return value

    def time_ms(self, key: str, default: int | None = None) -> int:
        """A time in milliseconds, within what a calendar can hold."""
        value = self.whole(key, default)
        if not 0 <= value <= MAX_TIME_MS:
            raise invalid(key, "invalid format")
        return value

    def count(self, default: int = 20, most: int = 1_000) -> int:
        """The `count` of a list."""
        value = self.whole("count", default)
        if value > most:
            raise invalid("count", "value is too high")
        return max(1, value)

    def texts(self, key: str) -> list[str]:
        """A list of strings; a single string counts as a list of one."""
        value = self._values.get(key)
        if value is None:
            raise invalid(key, "value required")
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid(key, "invalid format")
        return value

    def raw(self, key: str) -> Any:
        """Whatever came."""
        return self._values.get(key)
