"""The one place that builds the parts from settings and joins them; the screen sees only this.

`Desk` (desk.py) owns every service and offers frozen views; `build` makes one. Imports every
floor of the core below it.
"""
