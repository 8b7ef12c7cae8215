"""From a request to the bytes of its answer: method, login, credits, faults, errors."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from core.simulator.exchange import Exchange
from core.simulator.methods.call import NO_ANSWER, Call, Connection
from core.simulator.methods.params import Params
from core.simulator.methods.table import METHODS
from core.simulator.rpc import Request, RpcError, Stamp, answer, failure, unauthorized
from core.simulator.server.credentials import Credentials
from core.simulator.server.faults import Faults
from core.simulator.server.limits import Credits

log = logging.getLogger(__name__)
NEEDS_TRADE = ("private/buy", "private/sell", "private/edit", "private/cancel", "private/close_p")
TOO_MANY = 10028


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request."""

    frame: bytes | None
    """None for silence."""
    is_last: bool
    """True when the session ends with it."""
    is_error: bool


class Dispatcher:
    """Shared by all sessions and HTTP requests."""

    def __init__(
        self, exchange: Exchange, credentials: Credentials, faults: Faults, is_limited: bool
    ) -> None:
        self.exchange = exchange
        self.credentials = credentials
        self.faults = faults
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
        stamp = Stamp(in_us, self.now_us())
        if result is NO_ANSWER or (error is None and self.faults.loses_answer(request.method)):
            return Outcome(None, False, error is not None)
        if error is not None:
            frame = failure(request.rpc_id, error, stamp)
            return Outcome(frame, error.code == TOO_MANY, True)
        return Outcome(answer(request.rpc_id, result, stamp), False, False)

    def _serve(self, connection: Connection, request: Request, stranger: Credits) -> object:
        method = METHODS.get(request.method)
        if method is None:
            raise RpcError(-32601, "Method not found")
        token = request.params.get("access_token")
        if isinstance(token, str) and request.method.startswith("private/"):
            client_id = self.credentials.client_of(token)
            if client_id is None:
                raise unauthorized()
            connection.client_id = client_id
        if request.method != "simulator/fault":
            self._pay(connection, request.method, stranger)
            self.faults.before(request.method)
        call = Call(self.exchange, connection, Params(request.params))
        if request.method.startswith("private/"):
            call.account()
            if request.method.startswith(NEEDS_TRADE):
                self._check_scope(connection)
        return method(call)

    def _pay(self, connection: Connection, method: str, stranger: Credits) -> None:
        if not self._is_limited:
            return
        client_id = connection.client_id
        purse = self._credits.setdefault(client_id, Credits()) if client_id else stranger
        if not purse.spend(method, time.monotonic()):
            raise RpcError(TOO_MANY, "too_many_requests")

    @staticmethod
    def _check_scope(connection: Connection) -> None:
        if "trade:read_write" not in connection.scope.split():
            raise RpcError(13021, "forbidden", {"reason": "trade:read_write required"})
