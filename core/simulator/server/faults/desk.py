"""Where faults are armed: HTTP requests, the command line and scripts all come here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.simulator.exchange import Exchange
from core.simulator.server.access.credentials import Credentials
from core.simulator.server.faults.market import MarketFaults
from core.simulator.server.faults.reading import Fault, read
from core.simulator.server.faults.requests import Aftermath, RequestFaults
from core.simulator.server.faults.sockets import Socket, SocketFaults
from core.simulator.server.faults.table import TABLE
from core.simulator.server.faults.venue import VenueFaults
from core.simulator.server.timing import Timing


class Faults:
    """Arms faults and is asked whether one is due."""

    def __init__(
        self, exchange: Exchange, credentials: Credentials, timing: Timing,
        sockets: Callable[[], Iterable[Socket]],
    ) -> None:  # fmt: skip
        self._credentials = credentials
        self.requests = RequestFaults()
        self.sockets = SocketFaults(sockets)
        self.venue = VenueFaults(exchange, timing, sockets)
        self.market = MarketFaults(exchange, timing)
        self._handlers = self._by_kind()
        assert self._handlers.keys() == TABLE.keys()

    def arm(self, params: Mapping[str, Any]) -> str:
        """Arm one fault; RpcError when there is no such fault or a parameter is wrong."""
        fault = read(params)
        self._handlers[fault.kind](fault)
        return "ok"

    @staticmethod
    def rows() -> list[dict[str, object]]:
        """Every fault as simulator/faults lists them."""
        return [kind.row() for kind in TABLE.values()]

    def before(self, method: str, client_id: str | None) -> None:
        """Raise what refuses this request."""
        self.venue.before(method)
        self.requests.before(method, client_id)

    def after(self, method: str, client_id: str | None) -> Aftermath:
        """What becomes of the answer of a request that was carried out."""
        return self.requests.after(method, client_id)

    def _by_kind(self) -> dict[str, Callable[[Fault], None]]:
        requests, sockets, venue, market = self.requests, self.sockets, self.venue, self.market
        return {
            "gap": sockets.tamper, "duplicate": sockets.tamper, "reorder": sockets.tamper,
            "delay": sockets.delay, "slow": requests.arm, "out_of_order": sockets.out_of_order,
            "lost_reply": requests.arm, "refuse": requests.arm, "unauthorized": requests.arm,
            "too_many_requests": requests.arm, "expire_tokens": self._expire, "cut": self._cut,
            "silent": sockets.silent, "half_open": sockets.half_open,
            "heartbeat_close": sockets.heartbeat_close, "malformed": sockets.malformed,
            "oversized": sockets.oversized, "settlement": venue.settlement,
            "maintenance": venue.maintenance, "restart": venue.restart,
            "jump": market.jump, "spread": market.spread, "storm": market.storm,
            "widen": market.widen, "empty": market.empty,
        }  # fmt: skip

    def _cut(self, fault: Fault) -> None:
        if fault.chosen("after") is None:
            self.sockets.cut(fault)
        else:
            self.requests.arm(fault)

    def _expire(self, fault: Fault) -> None:
        self._credentials.expire_all(fault.chosen("client"))
