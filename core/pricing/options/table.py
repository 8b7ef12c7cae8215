"""All options' figures as columns; a row becomes a value when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.pricing.options.notes import SETTLING, Note
from core.pricing.view import OptionPricing
from core.quant.black import CoinGreeks, Greeks
from core.quant.types import BoolArray, CodeArray, FloatArray

IV_SOURCES = ("", "mid", "other side", "venue")
"""By code: whose volatility the greeks were made with."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionColumns:
    """Figures of every option, in the order of the rows. Shape (n,); fields as `OptionPricing`."""

    bid_iv: FloatArray
    ask_iv: FloatArray
    mid_iv: FloatArray
    greeks: Greeks
    coin: CoinGreeks
    net_delta: FloatArray
    """Of the account: linear premiums are not in the coin."""
    iv: FloatArray
    iv_source: CodeArray
    """Index into `IV_SOURCES`."""
    note: CodeArray
    is_low_confidence: BoolArray
    open_share: FloatArray


class OptionTable(Mapping[str, OptionPricing]):
    """Name to figures. Frozen; rows are made on demand, a few of many are ever looked at."""

    def __init__(self, place: Mapping[str, int], columns: OptionColumns) -> None:
        self._place = place
        self.columns = columns
        """For who wants all of them at once."""
        self._made: dict[str, OptionPricing] = {}

    def __getitem__(self, name: str) -> OptionPricing:
        """The figures of one option; KeyError when it is not listed."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = _row(name, self._place[name], self.columns)
        return made

    def __iter__(self) -> Iterator[str]:
        """Names by chain, expiry and strike, the call before the put."""
        return iter(self._place)

    def __len__(self) -> int:
        """How many are listed."""
        return len(self._place)


def _row(name: str, at: int, columns: OptionColumns) -> OptionPricing:
    found, coin = columns.greeks, columns.coin
    open_share = float(columns.open_share[at])
    return OptionPricing(
        name=name,
        bid_iv=float(columns.bid_iv[at]),
        ask_iv=float(columns.ask_iv[at]),
        mid_iv=float(columns.mid_iv[at]),
        delta=float(found.delta[at]),
        net_delta=float(columns.net_delta[at]),
        gamma=float(found.gamma[at]),
        vega=float(found.vega[at]),
        theta=float(found.theta[at]),
        theta_raw=float(found.theta_raw[at]),
        rho=float(found.rho[at]),
        vanna=float(found.vanna[at]),
        volga=float(found.volga[at]),
        gamma_coin=float(coin.gamma[at]),
        vega_coin=float(coin.vega[at]),
        theta_coin=float(coin.theta[at]),
        vanna_coin=float(coin.vanna[at]),
        volga_coin=float(coin.volga[at]),
        iv=float(columns.iv[at]),
        iv_source=IV_SOURCES[columns.iv_source[at]],
        is_low_confidence=bool(columns.is_low_confidence[at]),
        open_share=open_share,
        status=_status(Note(columns.note[at]), open_share),
    )


def _status(note: Note, open_share: float) -> str:
    if not 0.0 < open_share < 1.0:
        return note.text
    return f"{SETTLING}; {note.text}" if note else SETTLING
