"""The fields of an order ticket and how keys change them; composes the text of the order."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Literal

from core.commands.grammar.amounts import plain
from core.domain.instrument import Instrument
from core.domain.order import OrderReport, Side

Kind = Literal["limit", "market", "stop", "stop limit"]
KINDS: tuple[Kind, ...] = ("limit", "market", "stop", "stop limit")
LIVES = ("gtc", "day", "ioc", "fok")
LONGEST = 16


class Field(Enum):
    """The lines of the ticket, in their order."""

    AMOUNT = "amount"
    PRICE = "price"
    TRIGGER = "trigger"
    KIND = "type"
    POST = "post-only"
    REDUCE = "reduce-only"
    LIFE = "time"


_TYPED = (Field.AMOUNT, Field.PRICE, Field.TRIGGER)
_FIELDS: dict[Kind, tuple[Field, ...]] = {
    "limit": (Field.AMOUNT, Field.PRICE, Field.KIND, Field.POST, Field.REDUCE, Field.LIFE),
    "market": (Field.AMOUNT, Field.KIND, Field.REDUCE),
    "stop": (Field.AMOUNT, Field.TRIGGER, Field.KIND),
    "stop limit": (Field.AMOUNT, Field.TRIGGER, Field.PRICE, Field.KIND),
}


@dataclass(slots=True)
class TicketForm:
    """One order being written. Amounts are the venue's; the multiplier does not apply here."""

    side: Side
    instrument: Instrument
    texts: dict[Field, str] = field(default_factory=dict)
    kind: Kind = "limit"
    is_post: bool = False
    is_reduce: bool = False
    life: str = "gtc"
    order_id: str = ""
    """Set when a working order is edited: only amount and price can change then."""
    at: Field = Field.AMOUNT
    _is_fresh: bool = True
    """The next character replaces the field's text instead of adding to it."""

    @classmethod
    def editing(cls, order: OrderReport, instrument: Instrument) -> TicketForm:
        """The form that changes a working order."""
        price = "" if order.price is None else plain(order.price)
        texts = {Field.AMOUNT: plain(order.amount), Field.PRICE: price}
        order_id = order.order_id or order.label
        return cls(order.side, instrument, texts, order_id=order_id, at=Field.PRICE)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The lines this kind of order has."""
        return (Field.AMOUNT, Field.PRICE) if self.order_id else _FIELDS[self.kind]

    def text_of(self, one: Field) -> str:
        """What a line shows."""
        shown = {
            Field.KIND: self.kind,
            Field.POST: "yes" if self.is_post else "no",
            Field.REDUCE: "yes" if self.is_reduce else "no",
            Field.LIFE: self.life,
        }
        return shown.get(one) or self.texts.get(one, "")

    def move(self, step: int) -> None:
        """To the line after or before."""
        fields = self.fields
        at = fields.index(self.at) if self.at in fields else 0
        self.at = fields[(at + step) % len(fields)]
        self._is_fresh = True

    def type_in(self, char: str) -> None:
        """A character of a number; the first one replaces what stood there."""
        if self.at not in _TYPED or char not in "0123456789.$v":
            return
        if char in "$v" and self.at is Field.AMOUNT:
            return
        old = "" if self._is_fresh else self.texts.get(self.at, "")
        if len(old) < LONGEST:
            self.texts[self.at] = old + char
        self._is_fresh = False

    def erase(self) -> None:
        """Take the last character away."""
        if self.at in _TYPED:
            self.texts[self.at] = self.texts.get(self.at, "")[:-1]
            self._is_fresh = False

    def change(self, step: int) -> None:
        """Left and right: the next choice, one amount step, one tick."""
        if self.at is Field.KIND:
            self.kind = KINDS[(KINDS.index(self.kind) + step) % len(KINDS)]
        elif self.at is Field.POST:
            self.is_post = not self.is_post
        elif self.at is Field.REDUCE:
            self.is_reduce = not self.is_reduce
        elif self.at is Field.LIFE:
            self.life = LIVES[(LIVES.index(self.life) + step) % len(LIVES)]
        elif self.at is Field.AMOUNT:
            self._step_amount(step)
        else:
            self.nudge(step)

    def nudge(self, ticks: int) -> None:
        """Move the price (the trigger of a stop) by ticks, 0.1 volatility points or dollars."""
        one = self.at if self.at in (Field.PRICE, Field.TRIGGER) else self._price_field()
        text = self.texts.get(one, "")
        number = _number(text.strip("$v"))
        if number is None:
            return
        if text.endswith("v"):
            self.texts[one] = f"{plain(max(number + Decimal('0.1') * ticks, Decimal('0.1')))}v"
        elif text.startswith("$"):
            self.texts[one] = f"${plain(max(number + ticks, Decimal(1)))}"
        else:
            moved = self.instrument.next_price(self.instrument.price_near(number), ticks)
            self.texts[one] = self._written(max(moved, self.instrument.tick))
        self._is_fresh = True

    def set_price(self, price: Decimal) -> None:
        """Put a price of the market into the field."""
        self.texts[self._price_field()] = self._written(price)
        self._is_fresh = True

    def text(self) -> str:
        """The order as the command language writes it."""
        amount, price = self.texts.get(Field.AMOUNT, ""), self.texts.get(Field.PRICE, "")
        if self.order_id:
            return f"amend {self.order_id} {amount} {price}".strip()
        words = [self.side.value, amount, self.instrument.name]
        if self.kind in ("stop", "stop limit"):
            words.append(f"stop {self.texts.get(Field.TRIGGER) or 'nothing'}")
        if self.kind in ("limit", "stop limit"):
            words.append(f"@ {price or 'nothing'}")
        if self.kind == "market":
            words.append("market")
        if self.kind == "limit":
            words += ["post"] * self.is_post
        if self.kind in ("limit", "market"):
            words += ["reduce"] * self.is_reduce
        words.append(self.life if self.kind == "limit" else "gtc")
        return " ".join(word for word in words if word)

    def _written(self, price: Decimal) -> str:
        return f"{price:.{self.instrument.price_decimals}f}"

    def _price_field(self) -> Field:
        return Field.TRIGGER if self.kind == "stop" else Field.PRICE

    def _step_amount(self, step: int) -> None:
        number = _number(self.texts.get(Field.AMOUNT, "")) or Decimal(0)
        least = self.instrument.min_amount
        self.texts[Field.AMOUNT] = plain(
            max(self.instrument.amount_near(number + least * step), least)
        )
        self._is_fresh = True


def _number(text: str) -> Decimal | None:
    """The number in a field, or None while it is none."""
    is_number = text.replace(".", "", 1).isdigit()
    return Decimal(text) if is_number else None
