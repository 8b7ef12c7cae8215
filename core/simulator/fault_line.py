"""`python -m core simulator fault …` and `… faults`: arm and list faults of a running exchange."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Sequence
from typing import Any

from core.errors import StartError
from core.simulator.server.faults.table import TABLE

HOST = "127.0.0.1"
WITHIN_S = 5.0
USAGE = "python -m core simulator fault KIND [name=value ...] --port N"


def arm(words: Sequence[str]) -> int:
    """Arm the fault the words name; StartError in one sentence when it cannot be done."""
    kind, settings, port = _read(words)
    if not kind:
        raise StartError(f"simulator: no fault is named; {USAGE}, one of {', '.join(TABLE)}")
    _ask(port, "simulator/fault", {"kind": kind, **settings})
    return 0


def show(words: Sequence[str]) -> int:
    """Write one line for each fault the exchange knows."""
    kind, settings, port = _read(words)
    if kind or settings:
        raise StartError(f"simulator: faults takes only --port, not {' '.join(words)}")
    for row in _ask(port, "simulator/faults", {}):
        given = " ".join(f"[{one['name']}={_plain(one['default'])}]" for one in row["params"])
        sys.stdout.write(f"{row['kind']:<18}{row['says']}  {given}".rstrip() + "\n")
    return 0


def settings_of(words: Sequence[str]) -> dict[str, str]:
    """`name=value` words as a mapping."""
    settings = {}
    for word in words:
        name, is_pair, value = word.partition("=")
        if not name or not is_pair or not value:
            raise StartError(f"simulator: {word!r} is not name=value")
        settings[name] = value
    return settings


def _plain(value: object) -> str:
    if value is None:
        return "…"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(words: Sequence[str]) -> tuple[str, dict[str, str], int]:
    """(kind, settings, port); an empty kind when none is given."""
    left, port = list(words), ""
    if "--port" in left:
        at = left.index("--port")
        port = left[at + 1] if at + 1 < len(left) else ""
        del left[at : at + 2]
    if not port.isdigit() or not 0 < int(port) <= 65_535:
        raise StartError(f"simulator: {port!r} is no port of a running exchange; give --port N")
    kind = left.pop(0) if left and "=" not in left[0] else ""
    return kind, settings_of(left), int(port)


def _ask(port: int, method: str, params: dict[str, str]) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    line = http.client.HTTPConnection(HOST, port, timeout=WITHIN_S)
    try:
        line.request("POST", "/api/v2", body, {"Content-Type": "application/json"})
        answer = json.loads(line.getresponse().read())
        error = answer.get("error")
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error_met:
        raise StartError(f"simulator: no exchange answers on {HOST}:{port}") from error_met
    finally:
        line.close()
    if error is not None:
        raise StartError(f"simulator: {reason(error)}")
    return answer["result"]


def reason(error: dict[str, Any]) -> str:
    """What an error object says is wrong, with the parameter's name in front."""
    data = error.get("data")
    if isinstance(data, dict):
        return f"{data['param']}: {data['reason']}"
    return str(error["message"])
