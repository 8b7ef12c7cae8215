"""What a method gets: who calls, over what, with which parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from core.simulator.accounts.account import Account
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market
from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid, unauthorized
from core.simulator.world.listing.instruments import CURRENCIES
from core.simulator.world.prices.roster import BY_NAME

LISTED_CURRENCIES = (*CURRENCIES, "USDT", "EURR")
KNOWN_CURRENCIES = (*LISTED_CURRENCIES, *(name for name in BY_NAME if name not in CURRENCIES))
"""Every coin is a currency to the venue, also those nothing is settled in."""
KINDS = ("any", "future", "option", "spot", "future_combo", "option_combo")


class Connection(Protocol):
    """The caller's connection: a WebSocket session, or one HTTP request."""

    is_websocket: bool

    @property
    def client_id(self) -> str | None:
        """Who is logged in, by token, header or login."""
        ...

    @property
    def scope(self) -> str:
        """What the caller may do."""
        ...

    heartbeat_s: int
    """0 while heartbeats are off."""
    cancel_on_disconnect: bool

    def login(self, params: Params) -> dict[str, object]:
        """public/auth."""
        ...

    def logout(self, invalidate: bool) -> None:
        """Close without an answer."""
        ...

    def join(self, name: str) -> bool:
        """Subscribe once the answer is out; False when there is no such channel."""
        ...

    def leave(self, name: str) -> bool:
        """Unsubscribe; False when not subscribed."""
        ...

    def leave_all(self) -> None:
        """Unsubscribe from everything."""
        ...


@runtime_checkable
class TokenHolder(Protocol):
    """A connection whose tokens can be turned into others."""

    def exchange_token(self, params: Params) -> dict[str, object]:
        """public/exchange_token."""
        ...

    def fork_token(self, params: Params) -> dict[str, object]:
        """public/fork_token."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way."""

    exchange: Exchange
    connection: Connection
    params: Params

    def market(self, key: str = "instrument_name") -> Market:
        """The listed market a parameter names."""
        name = self.params.text(key)
        market = self.exchange.floor.markets.find(name)
        if market is None:
            raise invalid(key, "instrument not found")
        return market

    def account(self) -> Account:
        """The caller's account; 13009 for strangers."""
        client_id = self.connection.client_id
        account = self.exchange.accounts.find(client_id) if client_id else None
        if account is None:
            raise unauthorized()
        return account

    def currency(self, default: str | None = None, wildcard: bool = False) -> str | None:
        """A currency parameter; None for `any`."""
        value = self.params.text("currency", default)
        if value == "any" and wildcard:
            return None
        if value.upper() not in KNOWN_CURRENCIES:
            raise invalid("currency", "invalid currency")
        return value.upper()

    def kind(self) -> str | None:
        """A kind parameter; None for any."""
        value = self.params.choice("kind", KINDS, "any")
        return None if value == "any" else value

    def tokens(self) -> TokenHolder:
        """The connection's tokens; 11042 where there are none."""
        if not isinstance(self.connection, TokenHolder):
            raise RpcError(11042, "permission_denied")
        return self.connection

    def needs_websocket(self) -> None:
        """Refuse over HTTP."""
        if not self.connection.is_websocket:
            raise RpcError(10030, "must_be_websocket_request")


NO_ANSWER = object()
"""Returned by a method that has no response."""
Method: TypeAlias = Callable[[Call], object]
