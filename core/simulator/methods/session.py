"""Session calls: hello, time, heartbeats, login, subscriptions."""

from __future__ import annotations

from core.simulator.methods.call import NO_ANSWER, Call
from core.simulator.rpc import RpcError, invalid, unauthorized

VERSION = {"version": "1.2.26"}
MIN_HEARTBEAT_S = 10
MAX_HEARTBEAT_S = 86_400
LONGEST_LABEL = 16


def hello(call: Call) -> object:
    """public/hello."""
    call.needs_websocket()
    call.params.text("client_name")
    call.params.text("client_version")
    return VERSION


def test(call: Call) -> object:
    """public/test."""
    if call.params.optional_text("expected_result") == "exception":
        raise RpcError(11094, "internal_server_error")
    return VERSION


def get_time(call: Call) -> object:
    """public/get_time."""
    return call.exchange.clock.now_ms()


def status(call: Call) -> object:
    """public/status; the truth is a string on the wire."""
    return {"locked": "true" if call.exchange.is_locked else "false"}


def auth(call: Call) -> object:
    """public/auth."""
    return call.connection.login(call.params)


def exchange_token(call: Call) -> object:
    """public/exchange_token."""
    return call.tokens().exchange_token(call.params)


def fork_token(call: Call) -> object:
    """public/fork_token."""
    return call.tokens().fork_token(call.params)


def logout(call: Call) -> object:
    """private/logout: closes the socket without an answer."""
    call.needs_websocket()
    call.connection.logout(call.params.truth("invalidate_token", True))
    return NO_ANSWER


def set_heartbeat(call: Call) -> object:
    """public/set_heartbeat."""
    call.needs_websocket()
    interval_s = call.params.whole("interval")
    if interval_s < MIN_HEARTBEAT_S:
        raise invalid("interval", "value is too low")
    if interval_s > MAX_HEARTBEAT_S:
        raise invalid("interval", "value is too high")
    call.connection.heartbeat_s = interval_s
    return "ok"


def disable_heartbeat(call: Call) -> object:
    """public/disable_heartbeat."""
    call.needs_websocket()
    call.connection.heartbeat_s = 0
    return "ok"


def enable_cancel_on_disconnect(call: Call) -> object:
    """private/enable_cancel_on_disconnect."""
    return _set_cod(call, True)


def disable_cancel_on_disconnect(call: Call) -> object:
    """private/disable_cancel_on_disconnect."""
    return _set_cod(call, False)


def get_cancel_on_disconnect(call: Call) -> object:
    """private/get_cancel_on_disconnect."""
    scope = call.params.choice("scope", ("connection", "account"), "connection")
    if scope == "account":
        return {"enabled": call.account().cancel_on_disconnect, "scope": scope}
    call.needs_websocket()
    return {"enabled": call.connection.cancel_on_disconnect, "scope": scope}


def public_subscribe(call: Call) -> object:
    """public/subscribe."""
    return _subscribe(call, private=False)


def private_subscribe(call: Call) -> object:
    """private/subscribe; public channels are welcome too."""
    return _subscribe(call, private=True)


def unsubscribe(call: Call) -> object:
    """public/unsubscribe and private/unsubscribe."""
    call.needs_websocket()
    return [name for name in call.params.texts("channels") if call.connection.leave(name)]


def unsubscribe_all(call: Call) -> object:
    """public/unsubscribe_all and private/unsubscribe_all."""
    call.needs_websocket()
    call.connection.leave_all()
    return "ok"


def _subscribe(call: Call, private: bool) -> list[str]:
    call.needs_websocket()
    call.params.optional_text("label", LONGEST_LABEL)
    names = list(dict.fromkeys(call.params.texts("channels")))
    if call.connection.client_id is None and any(name.endswith(".raw") for name in names):
        raise RpcError(13778, "raw_subscriptions_not_available_for_unauthorized")
    if any(name.startswith("user.") for name in names) and not private:
        raise unauthorized()
    # In an order of the venue's own, as recorded, so that nobody relies on the order asked for.
    return sorted(name for name in names if call.connection.join(name))


def _set_cod(call: Call, is_on: bool) -> str:
    scope = call.params.choice("scope", ("connection", "account"), "connection")
    if scope == "account":
        call.account().cancel_on_disconnect = is_on
    else:
        call.needs_websocket()
        call.connection.cancel_on_disconnect = is_on
    return "ok"
