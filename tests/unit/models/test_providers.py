"""The providers that the form of an agent knows are those that the sidecar knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sidecar.errors import ModelError
from sidecar.models.names import Models
from sidecar.settings import Settings

GAPS = Path(__file__).parents[3] / "drupal_module/src/Agent/ModelGaps.php"


def test_the_form_knows_the_providers_of_the_sidecar() -> None:
    """Else it would warn of a provider that works, or be silent about one that does not."""
    with pytest.raises(ModelError) as refused:
        Models(Settings()).build("nobody:model")
    sidecar = re.search(r"a provider of ([a-z, -]+);", str(refused.value))
    form = re.search(r"const array PROVIDERS = \[(.*?)\]", GAPS.read_text(encoding="utf-8"))
    assert sidecar is not None
    assert form is not None
    assert re.findall(r"'([^']+)'", form[1]) == sidecar[1].split(", ")
