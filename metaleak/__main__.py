"""``python -m metaleak``."""

from __future__ import annotations

import sys

from metaleak.cli import main

if __name__ == "__main__":
    sys.exit(main())
