"""Dialogs over the desk: tickets, questions, help, the search for instruments.

The app opens them and does what they answer; none of them sends anything itself. Nothing is
confirmed by a key that was pressed too early, and leaving means no.
"""
