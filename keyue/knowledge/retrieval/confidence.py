"""How sure a hit is, from 0 to 1, and from where on it may answer. Pure Python.

The weights were fitted on two thirds of the labelled questions (`tests.support.retrieval_figures --fit`); the other third was
set aside before, by hash, and is reported apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

THRESHOLD = 0.85
WEIGHTS = (1.81, 1.91, 4.17, 5.38, 1.53)
BIAS = -6.24


def confidence_of(signs: Sequence[float]) -> float:
    """The chance that a hit with these signs answers: how much of the question the article covers, how like it is to a phrase
    or the title, its score for the length, how much the best passage proves, and how far it is before the next."""
    return 1 / (1 + math.exp(-(BIAS + sum(w * sign for w, sign in zip(WEIGHTS, signs, strict=True)))))
