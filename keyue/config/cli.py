"""`keyue`: everything operational on the command line.

The pure tools (`due`, `derive`, `regulation check`) need no database and load no Django.
"""

from __future__ import annotations

import sys

PURE = {"due", "derive", "regulation"}


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    print(arguments)
    return 2


if __name__ == "__main__":
    sys.exit(main())
