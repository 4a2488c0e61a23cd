"""Reading a file in a process of its own, which a hostile file may take down or keep busy: nobody waits for it."""

from __future__ import annotations

import json
import os
import subprocess  # this interpreter, with a path of ours
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.utils.translation import gettext as _

MOST_MEMORY = 2 * 1024 * 1024 * 1024
LONGEST = 120
"""Seconds that a reading may take; one that takes longer is given up with a sentence."""
LONGEST_STEM = 60
READER = (
    f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY}, {MOST_MEMORY})); "
    "from keyue.config.cli import main; raise SystemExit(main())"
)
Read = tuple[dict[str, Any] | None, str]
"""What the reader prints of a file, or None and a sentence."""


@dataclass(slots=True)
class ReadingChild:
    """A reading under way. `finish` ends it, `is_over` says whether that would wait."""

    name: str
    path: Path
    folder: tempfile.TemporaryDirectory[str]
    process: subprocess.Popen[bytes]
    give_up_at: float

    @classmethod
    def start(cls, name: str, content: bytes) -> ReadingChild:
        folder = tempfile.TemporaryDirectory(prefix="keyue-read-")
        # 200 Chinese letters are more than a file system takes
        path = Path(folder.name) / f"{PurePath(name).stem[:LONGEST_STEM]}{PurePath(name).suffix}"
        path.write_bytes(content)
        # the sentences of a reading are kept, in one language
        environment = {**os.environ, "LANG": "zh_CN.UTF-8", "LANGUAGE": "zh", "LC_ALL": "C.UTF-8"}
        with (
            (Path(folder.name) / "said.json").open("wb") as said,
            (Path(folder.name) / "wrong.txt").open("wb") as wrong,
        ):
            process = subprocess.Popen(
                [sys.executable, "-c", READER, "regulation", "read", str(path), "--json"],
                stdout=said,
                stderr=wrong,
                env=environment,
            )
        return cls(name, path, folder, process, time.monotonic() + LONGEST)

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None or time.monotonic() > self.give_up_at

    def finish(self) -> Read:
        """Wait for the end, but no longer than is left, and say what was read."""
        try:
            self.process.wait(max(0.0, self.give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.folder.cleanup()
            return None, _("读这个文件用了太久，已放弃。")
        place = Path(self.folder.name)
        printed, wrong = (place / "said.json").read_bytes(), (place / "wrong.txt").read_bytes()
        self.folder.cleanup()
        if self.process.returncode == 0:
            return json.loads(printed), ""
        lines = wrong.decode("utf-8", "replace").strip().splitlines()
        is_sentence = self.process.returncode == 2 and lines
        return None, lines[-1].replace(str(self.path), self.name) if is_sentence else _("读不了这个文件。")
