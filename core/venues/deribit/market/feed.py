"""One market-data connection: a conversation on a link of its own, and how the screen sees it."""

from __future__ import annotations

import time

from core.service import ServiceState
from core.venues.base import LinkState
from core.venues.deribit.market.conversation import Listed, MarketConversation
from core.venues.deribit.market.shards import Plan
from core.venues.link.link import Heard, Link


class Feed:
    """Any thread may call it."""

    def __init__(
        self,
        url: str,
        conversation: MarketConversation,
        stale_after_s: float,
        listed: Heard[Listed],
    ) -> None:
        self.name = conversation.name
        self._conversation = conversation
        self._stale_after_s = stale_after_s
        self._link = Link(self.name, url, conversation, listed)

    def carry(self, plan: Plan) -> None:
        """Hold exactly this plan from now on."""
        self._conversation.carry(plan)

    def start(self) -> None:
        """Connect, and keep connected."""
        self._link.start()

    def ask_to_stop(self) -> None:
        """Let the thread end by itself."""
        self._link.ask_to_stop()

    def stop(self) -> bool:
        """Close the connection; True when the thread is gone."""
        return self._link.stop()

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._link.service_state()

    def state(self) -> LinkState:
        """The connection, for the screen."""
        talk, now_s = self._conversation, time.monotonic()
        age_ms = (now_s - talk.heard_s) * 1e3
        is_silent = talk.is_up and age_ms > self._stale_after_s * 1000
        rates, delay = talk.traffic.rates(now_s), talk.delays.lately(now_s)
        return LinkState(
            name=self.name,
            is_up=talk.is_up and not is_silent,
            status="silent" if is_silent else self._link.status,
            messages=talk.traffic.messages,
            gaps=talk.gaps,
            resyncs=talk.resyncs,
            reconnects=self._link.reconnects,
            age_ms=age_ms,
            latency_ms=delay.median_ms,
            latency_p99_ms=delay.p99_ms,
            messages_per_s=rates.messages_per_s,
            bytes_per_s=rates.bytes_per_s,
        )
