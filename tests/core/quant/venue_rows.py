"""Rows L1..L6: what the venue's own tickers said, and the model's figures for the same inputs.

Source: table "Deribit's own rows" of section 1.8 of the project's quantitative reference, recorded
live 2020-2026. The model's columns were computed outside this code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class VenueRow:
    """One ticker: inputs, the venue's mark and greeks, the model's."""

    name: str
    is_call: bool
    expiry: datetime
    at_ms: int
    forward: float
    strike: float
    mark_iv: float
    """Percent."""
    tau_years: float
    mark: float
    digit: float
    """The last printed digit of the mark."""
    model_price: float
    venue_greeks: tuple[float, ...]
    """delta, gamma, vega, theta, rho with 5 decimals; empty where they were not recorded."""
    model_greeks: tuple[float, ...]


ROWS = (
    VenueRow(
        "L1",
        False,
        datetime(2025, 2, 7, 8, tzinfo=UTC),
        1737074222663,
        98763.21,
        106000.0,
        60.86,
        0.0583770084031,
        0.1042716,
        1e-7,
        0.1042715,
        (),
        (-0.6581334, 2.528283e-5, 87.61729, -125.1287, -43.95646),
    ),
    VenueRow(
        "L2",
        True,
        datetime(2025, 6, 27, 8, tzinfo=UTC),
        1737074222663,
        96813.04,
        230000.0,
        74.14,
        0.441938652239,
        0.01184211,
        1e-8,
        0.0118411917,
        (),
        (0.06562511, 2.677048e-6, 82.21263, -18.89323, 23.01168),
    ),
    VenueRow(
        "L3",
        True,
        datetime(2024, 9, 27, 8, tzinfo=UTC),
        1699578548021,
        38992.71,
        40000.0,
        61.27,
        0.882973489948,
        0.2168,
        1e-4,
        0.216780172,
        (0.59621, 2e-05, 141.90146, -13.48784, 130.63998),
        (0.596217, 1.725133e-5, 141.9009, -13.48846, 130.6383),
    ),
    VenueRow(
        "L4",
        False,
        datetime(2020, 5, 8, 8, tzinfo=UTC),
        1588897318040,
        9936.78,
        11000.0,
        179.23,
        0.000871447234906,
        0.1075835,
        1e-7,
        0.107580489,
        (-0.97095, 0.00013, 0.19434, -17.4153, -0.09339),
        (-0.9709408, 0.0001260415, 0.1943823, -17.41957, -0.09339325),
    ),
    VenueRow(
        "L5",
        False,
        datetime(2026, 1, 17, 8, tzinfo=UTC),
        1768566606025,
        95550.7606,
        94000.0,
        34.6,
        0.00222583634576,
        0.0013,
        1e-4,
        0.00134279456,
        (-0.15612, 0.00015, 10.79341, -128.29691, -0.33492),
        (-0.1561158, 0.0001534969, 10.79288, -128.305, -0.3348834),
    ),
    VenueRow(
        "L6",
        True,
        datetime(2026, 3, 27, 8, tzinfo=UTC),
        1768521084524,
        96516.12,
        110000.0,
        39.89,
        0.192710409564,
        0.0246,
        1e-4,
        0.0246032126,
        (0.25485, 2e-05, 136.01012, -38.56193, 42.82599),
        (0.2548761, 1.899445e-5, 136.0177, -38.56839, 42.82997),
    ),
)
