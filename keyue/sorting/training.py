"""When a version of the model is trained: in a process of its own, so that the worker's other jobs go on meanwhile."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

import structlog

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.sorting import actions, selectors
from keyue.sorting.model import base
from keyue.sorting.models import SortingModel
from keyue.sorting.proposing import marks_of, text_of

log = structlog.get_logger(__name__)
ENOUGH = 200
"""Confirmed cases from which on a model is worth its while; before, lists of words propose."""
NEW_LABELS = 50
MOST_NEW = 1000
"""A version follows once a tenth of what the last one learned is new, but at least and at most so many cases."""
SOONEST = timedelta(hours=1)
LOOKED = timedelta(minutes=10)
LONGEST = 1800
"""Seconds after which a training is given up."""


def is_due(now: datetime) -> bool:
    """Whether enough has been confirmed since the version before."""
    newest = selectors.newest_model()
    if newest is None:
        return selectors.confirmed_count(ENOUGH) >= ENOUGH
    if now - newest.trained_at < SOONEST:
        return False
    needed = min(max(NEW_LABELS, newest.learned // 10), MOST_NEW)
    return selectors.confirmed_since(newest.trained_at, needed) >= needed


def asked() -> dict[str, Any]:
    """What the training is given: the confirmed cases, what works now, and the company's lists."""
    used = selectors.model_in_use()
    rows = [
        selectors.as_sample(case, labels, text_of(case), marks_of(case))
        for case, labels in selectors.samples()
    ]
    return {
        "samples": [[one.key, one.owner, one.text, one.marks, one.labels] for one in rows],
        "before": base64.b64encode(selectors.model_data(used.pk)).decode() if used is not None else "",
        "lists": base.lists(selectors.own_words()),
    }


def keep(answer: dict[str, Any], at: datetime) -> SortingModel | None:
    """Keep the version that was trained."""
    data = base64.b64decode(answer["data"])
    said = {name: answer[name] for name in ("learned", "held_back", "figures", "seconds", "is_better")}
    return actions.keep_model(data=data, **said, by=SYSTEM, at=at)


class Trainer:
    """One training at a time in this process; several processes that train at once keep one version of theirs."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._answer: dict[str, Any] | None = None
        self._looked: datetime | None = None

    def turn(self, now: datetime) -> int:
        """Begin a training that is due, or keep what has come out of one."""
        if self._thread is not None:
            if not self._thread.is_alive():
                self._thread = None
                if self._answer is not None:
                    keep(self._answer, now)
            return 0
        if self._looked is None or not timedelta(0) <= now - self._looked < LOOKED:
            self._looked = now
            if is_due(now):
                self._answer = None
                self._thread = threading.Thread(
                    target=self._train, args=(asked(),), daemon=True, name="sorting"
                )
                self._thread.start()
        return 0

    def _train(self, question: dict[str, Any]) -> None:
        try:
            self._answer = train_apart(question)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("the training of a sorting model failed", error=type(error).__name__)


def train_apart(question: dict[str, Any]) -> dict[str, Any]:
    """Train in a process of its own. Raises SubprocessError, OSError or ValueError."""
    done = subprocess.run(
        [sys.executable, "-m", "keyue.sorting.training_child"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def train_now() -> SortingModel | None:
    """Train and keep a version at once, for the command line and tests."""
    return keep(train_apart(asked()), clock.now())
