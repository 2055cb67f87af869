"""The five source documents stay as they came, byte for byte: every annotation leans on them."""

import hashlib
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "seeds"

SHA256 = {
    "000_ac252b40dbe19da3.txt": "c725fb73d69d2f78d97f1d7587b83a5cf69f9ecd688ad21ecde3587df61f0d40",
    "001_7d29d2d5cf896e98.txt": "51a358f9e47e44e1410e49970d8cb75dbb95c91342885f0a3944981297d2b479",
    "002_30f4a11276055365.txt": "a05c3bab6f4c3b59aa84542fb000e2a4d84dbc2e202dfef16ea38b7ab2ef30a1",
    "003_4653dd86a5e97ce5.txt": "a19871a275f705e55ff5ca0fd589a14a428b5e4904dff5a0d91c0ef79e8eb001",
    "004_fcd2deebf2371fda.txt": "29441ceb3d61d4800ce196aee576c4803ba5f9fae86ef5147ed8421103de1bcd",
}


def test_the_seeds_are_as_they_came():
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SEEDS.glob("*.txt")
    }
    assert found == SHA256
