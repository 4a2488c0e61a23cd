"""A process that replays slices for the worker: one JSON object a line in, one a line out.

It writes nothing to the database. It ends when its input does, which is also when the worker has died.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TextIO

POLITENESS = 10
"""Pages and the worker's other jobs come first."""


def serve(asked: TextIO, answers: TextIO) -> None:
    """Answer each slice with how many chains it has and what they come to, or with why it cannot be."""
    from keyue.compliance import what_if

    plans: dict[int, dict[str, what_if.Plan]] = {}
    for line in asked:
        said = json.loads(line)
        try:
            pk = said["what_if"]
            if pk not in plans:
                plans[pk] = {plan.subject: plan for plan in what_if.plans(what_if.by_id(pk))}
            piece = what_if.Slice(said["kind"], said["after"], said["up_to"])
            n, found = what_if.replay_slice(plans[pk][piece.kind], piece)
            answer = {"chains": n, "found": found.as_json()}
        except Exception as error:
            # whatever it is, this replay has failed, and who asked for it is told
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main() -> None:
    """Set the product up on the database that the first line names, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, at whose end this one ends
    os.nice(POLITENESS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyue.config.settings")
    import django
    from django.db import connection

    django.setup()
    connection.settings_dict["NAME"] = json.loads(sys.stdin.readline())["database"]
    answers = sys.stdout
    sys.stdout = sys.stderr  # nothing but answers goes out
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
