"""How the C library keeps memory: for a process of many threads that takes large blocks now and then."""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGE = 1 << 20
"""Bytes; what is larger is taken from the system and goes back to it."""
ARENAS = 2


def give_back_large_blocks() -> None:
    """Have glibc return large blocks at once, from however many threads they came.

    Left alone it learns from the first block freed to keep blocks of that size, in each of its arenas (mallopt(3),
    M_MMAP_THRESHOLD): five people who sign in at a time would cost 90 MiB for good. Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_ARENA_MAX, ARENAS)
