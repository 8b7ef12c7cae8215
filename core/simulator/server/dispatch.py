"""From a request to the bytes of its answer: method, login, credits, faults, errors."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from core.simulator.exchange import Exchange
from core.simulator.methods.call import NO_ANSWER, Call, Connection
from core.simulator.methods.params import Params
from core.simulator.methods.table import METHODS
from core.simulator.rpc import Request, RpcError, Stamp, answer, failure, unauthorized
from core.simulator.server.credentials import Credentials
from core.simulator.server.faults.desk import Faults
from core.simulator.server.faults.requests import UNHARMED
from core.simulator.server.limits import Credits
from core.simulator.server.timing import Timing

log = logging.getLogger(__name__)
NEEDS_TRADE = ("private/buy", "private/sell", "private/edit", "private/cancel", "private/close_p")
TOO_MANY = 10028
CONTROL = "simulator/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request."""

    frame: bytes | None
    """None for silence."""
    is_last: bool
    """True when the session ends with it."""
    is_error: bool
    late_s: float = 0.0
    """How late the answer is sent."""
    is_cut: bool = False
    """True when the connection breaks after it."""


class Dispatcher:
    """Shared by all sessions and HTTP requests."""

    def __init__(
        self, exchange: Exchange, credentials: Credentials, faults: Faults, timing: Timing,
        is_limited: bool,
    ) -> None:  # fmt: skip
        self.exchange = exchange
        self.credentials = credentials
        self.faults = faults
        self.timing = timing
        self._is_limited = is_limited
        self._credits: dict[str, Credits] = {}

    def now_us(self) -> int:
        """Exchange time in microseconds."""
        return self.exchange.clock.now_ns() // 1000

    def run(self, connection: Connection, request: Request, stranger: Credits) -> Outcome:
        """Serve one request; never raises."""
        in_us = self.now_us()
        error: RpcError | None = None
        result: object = None
        try:
            result = self._serve(connection, request, stranger)
        except RpcError as refusal:
            error = refusal
        except Exception:
            log.exception("%s failed", request.method)
            error = RpcError(11094, "internal_server_error")
        if result is NO_ANSWER:
            return Outcome(None, False, False)
        stamp = Stamp(in_us, self.now_us())
        if error is not None:
            frame = failure(request.rpc_id, error, stamp)
            return Outcome(frame, error.code == TOO_MANY, True)
        frame = answer(request.rpc_id, result, stamp)
        return self._harmed(connection, request, frame)

    def _harmed(self, connection: Connection, request: Request, frame: bytes) -> Outcome:
        """The answer with what faults do to it."""
        after = UNHARMED
        if not request.method.startswith(CONTROL):
            after = self.faults.after(request.method, connection.client_id)
        return Outcome(None if after.is_lost else frame, False, False, after.late_s, after.is_cut)

    def late_s(self, client_id: str | None) -> float:
        """How late answers to a client are at present."""
        return self.faults.sockets.late_s("answers", client_id)

    def _serve(self, connection: Connection, request: Request, stranger: Credits) -> object:
        if request.method.startswith(CONTROL):
            return self._control(connection, request)
        method = METHODS.get(request.method)
        if method is None:
            raise RpcError(-32601, "Method not found")
        token = request.params.get("access_token")
        if isinstance(token, str) and request.method.startswith("private/"):
            client_id = self.credentials.client_of(token)
            if client_id is None:
                raise unauthorized()
            connection.client_id = client_id
        self._pay(connection, request.method, stranger)
        self.faults.before(request.method, connection.client_id)
        call = Call(self.exchange, connection, Params(request.params))
        if request.method.startswith("private/"):
            call.account()
            if request.method.startswith(NEEDS_TRADE):
                self._check_scope(connection)
            if not request.method.startswith("private/get_"):
                self.exchange.account_touched(call.account())
        return method(call)

    def _control(self, connection: Connection, request: Request) -> object:
        """The simulator's own methods; a venue's client never meets them on its socket."""
        if not connection.is_websocket and request.method == "simulator/faults":
            return self.faults.rows()
        if not connection.is_websocket and request.method == "simulator/fault":
            return self.faults.arm(request.params)
        raise RpcError(-32601, "Method not found")

    def _pay(self, connection: Connection, method: str, stranger: Credits) -> None:
        if not self._is_limited:
            return
        client_id = connection.client_id
        purse = self._credits.setdefault(client_id, Credits()) if client_id else stranger
        if not purse.spend(method, self.timing.now_s()):
            raise RpcError(TOO_MANY, "too_many_requests")

    @staticmethod
    def _check_scope(connection: Connection) -> None:
        if "trade:read_write" not in connection.scope.split():
            raise RpcError(13021, "forbidden", {"reason": "trade:read_write required"})
