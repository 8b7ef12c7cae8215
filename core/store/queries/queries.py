"""Every question the store answers, in one object."""

from __future__ import annotations

from core.store.queries.journal import JournalQueries
from core.store.queries.pages import PageQueries
from core.store.queries.series import SeriesQueries
from core.store.queries.surfaces import SurfaceQueries


class Queries(JournalQueries, SurfaceQueries, SeriesQueries, PageQueries):
    """Reads the store: what a start needs, and the past behind the screens.

    Every method raises StoreError when the database is not there or not in time.
    """
