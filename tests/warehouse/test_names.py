import subprocess
import sys

from warehouse.names import dataset_of


def test_both_spellings_are_one_data_set() -> None:
    assert {dataset_of("mimic-cxr"), dataset_of("mimic_cxr")} == {"mimic_cxr"}
    assert dataset_of("my_own") == "my_own"


def test_it_imports_nothing() -> None:
    code = "import sys, warehouse.names; print(*sorted(m for m in sys.modules if m.startswith('warehouse')))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["warehouse", "warehouse.names"]
