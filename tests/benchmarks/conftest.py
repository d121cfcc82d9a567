"""The scripts of benchmarks/ are not installed; some installed packages ship a folder of the same name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
