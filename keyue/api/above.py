"""Routers of rooms above this one, which the assembly cannot import; they name themselves while the product starts."""

routers: dict[str, str] = {}
"""Each one's prefix, and the dotted name under which it is found once the API is asked for."""
