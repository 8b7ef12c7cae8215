"""Whether the venue can be reached, said in one sentence before the screen opens."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Final
from urllib.parse import urlsplit

from core.errors import StartError
from core.venues.deribit.endpoints import Endpoints

_CONNECT_S: Final = 5.0
_PATIENCE_S: Final = 8.0
"""A name that is looked up without a network may take minutes: nobody waits for it."""


def check_reach(at: Endpoints, patience_s: float = _PATIENCE_S) -> None:
    """Open the venue's socket once, as the links will, and close it.

    Raises:
        StartError: what stands in the way.
    """
    host = urlsplit(at.socket_url).netloc
    found: list[str | None] = []
    # A name look-up cannot be interrupted, so it runs beside and is left behind if it hangs.
    probe = threading.Thread(
        target=lambda: found.append(_obstacle(at.socket_url)), name="reach", daemon=True
    )
    probe.start()
    probe.join(patience_s)
    if not found:
        raise StartError(f"{host} cannot be reached: it did not answer in {patience_s:.0f} s")
    if found[0] is not None:
        raise StartError(f"{host} cannot be reached: {found[0]}")


def _obstacle(url: str) -> str | None:
    """Why no socket opens at `url`; None when one does."""
    import websocket

    from core.venues.link.backoff import reason_of
    from core.venues.link.batch_socket import open_socket

    try:
        open_socket(url, _CONNECT_S, _CONNECT_S).end()
    except socket.gaierror:
        return "its name is not known here; is there a network?"
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not good ({error.verify_message})"
    except ssl.SSLError as error:
        return f"TLS failed ({error.reason or 'no reason given'})"
    except websocket.WebSocketBadStatusException as error:
        return f"it answered HTTP {error.status_code} where a socket was asked for"
    except websocket.WebSocketProxyException as error:
        return f"the proxy does not let us through ({reason_of(error)})"
    except (OSError, websocket.WebSocketException, ValueError) as error:
        return reason_of(error)
    return None
