"""From a request to the bytes of its answer: method, login, credits, faults, errors."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

from core.simulator.exchange import Exchange
from core.simulator.methods.call import NO_ANSWER, Call, Connection
from core.simulator.methods.params import Params
from core.simulator.methods.table import METHODS
from core.simulator.rpc import Request, RpcError, Stamp, answer, failure
from core.simulator.server.access import scopes
from core.simulator.server.access.credentials import Credentials
from core.simulator.server.access.limits import Payer, Purses
from core.simulator.server.faults.desk import Faults
from core.simulator.server.faults.requests import UNHARMED
from core.simulator.server.pace import SteppedPace
from core.simulator.server.timing import Timing

log = logging.getLogger(__name__)
TOO_MANY = 10028
CONTROL = "simulator/"
ADVANCE = "simulator/advance"


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


class Caller(Connection, Payer, Protocol):
    """A connection as the server knows it."""

    def show(self, access_token: str) -> None:
        """A token that came among the parameters of the request being served."""
        ...


class Dispatcher:
    """Shared by all sessions and HTTP requests."""

    def __init__(
        self, exchange: Exchange, credentials: Credentials, faults: Faults, timing: Timing,
        is_limited: bool, pace: SteppedPace | None = None,
    ) -> None:  # fmt: skip
        self.exchange = exchange
        self.credentials = credentials
        self.faults = faults
        self.timing = timing
        self._is_limited = is_limited
        self._pace = pace
        self._purses = Purses()

    def now_us(self) -> int:
        """Exchange time in microseconds."""
        return self.exchange.clock.now_ns() // 1000

    def late_s(self, client_id: str | None) -> float:
        """How late answers to a client are at present."""
        return self.faults.sockets.late_s("answers", client_id)

    def subaccounts_of(self, params: Params) -> dict[int, str]:
        """Client ids by user id, of the owner of a refresh token."""
        owner = self.credentials.owner_of(params.text("refresh_token"))
        account = self.exchange.accounts.find(owner)
        return {} if account is None else {account.user_id: owner}

    async def turn(self) -> None:
        """Wait while a stepped exchange is moving on for somebody."""
        if self._pace is not None:
            await self._pace.turn()

    async def prepare(self, request: Request) -> None:
        """Let time pass when that is what is asked; a wrong request is refused by `run`."""
        if self._pace is None or request.method != ADVANCE:
            return
        try:
            steps = self._pace.steps_of(Params(request.params))
        except RpcError:
            return
        await self._pace.advance(steps)

    def run(self, connection: Caller, request: Request) -> Outcome:
        """Serve one request; never raises."""
        in_us = self.now_us()
        try:
            result = self._serve(connection, request)
        except RpcError as refusal:
            return self._refused(request, refusal, in_us)
        except Exception:
            log.exception("%s failed", request.method)
            return self._refused(request, RpcError(11094, "internal_server_error"), in_us)
        if result is NO_ANSWER:
            return Outcome(None, False, False)
        frame = answer(request.rpc_id, result, Stamp(in_us, self.now_us()))
        return self._harmed(connection, request, frame)

    def _refused(self, request: Request, error: RpcError, in_us: int) -> Outcome:
        frame = failure(request.rpc_id, error, Stamp(in_us, self.now_us()))
        return Outcome(frame, error.code == TOO_MANY, True)

    def _harmed(self, connection: Caller, request: Request, frame: bytes) -> Outcome:
        """The answer with what faults do to it."""
        after = UNHARMED
        if not request.method.startswith(CONTROL):
            after = self.faults.after(request.method, connection.client_id)
        return Outcome(None if after.is_lost else frame, False, False, after.late_s, after.is_cut)

    def _serve(self, connection: Caller, request: Request) -> object:
        if request.method.startswith(CONTROL):
            return self._control(connection, request)
        method = METHODS.get(request.method)
        if method is None:
            raise RpcError(-32601, "Method not found")
        token = request.params.get("access_token")
        if request.method.startswith("private/") and isinstance(token, str):
            connection.show(token)
        self._pay(connection, request.method)
        self.faults.before(request.method, connection.client_id)
        call = Call(self.exchange, connection, Params(request.params))
        if request.method.startswith("private/"):
            self._check_private(call, request.method, connection.scope)
        return method(call)

    def _check_private(self, call: Call, method: str, scope: str) -> None:
        """Refuse strangers and scopes that are too small; what may change is written down."""
        account = call.account()
        if (need := scopes.missing(method, scope)) is not None:
            raise RpcError(13021, "forbidden", {"reason": f"{need} required"})
        if not method.startswith("private/get_"):
            self.exchange.account_touched(account)

    def _control(self, connection: Caller, request: Request) -> object:
        """The simulator's own methods; faults a venue's client never meets on its socket."""
        params = request.params
        if request.method == ADVANCE and self._pace is not None:
            steps = self._pace.steps_of(Params(params))
            return {"timestamp": self.exchange.clock.now_ms(), "steps": steps}
        if not connection.is_websocket and request.method == "simulator/faults":
            return self.faults.rows()
        if not connection.is_websocket and request.method == "simulator/fault":
            return self.faults.arm(params)
        raise RpcError(-32601, "Method not found")

    def _pay(self, connection: Caller, method: str) -> None:
        if not self._is_limited:
            return
        if not self._purses.spend(connection, method, self.timing.now_s()):
            raise RpcError(TOO_MANY, "too_many_requests")
