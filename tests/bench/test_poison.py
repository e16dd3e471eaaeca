import json

import pytest

from bench.poison import MEASURED_ELSEWHERE, main, table
from bench.poisoned import poisoned_tape
from dnsguard.kubernetes.tape import events
from dnsguard.model.events import Upserted


def test_a_quick_run_without_external_dns_says_in_json_what_the_real_program_spends(capsys: pytest.CaptureFixture[str]):
    main(["--quick", "--json", "--without", "external-dns"])
    rows = json.loads(capsys.readouterr().out)

    assert [(row["readable"], row["poisoned"]) for row in rows] == [(True, 1), (True, 4), (False, 1), (False, 4)]
    assert [row["dnsguard"] for row in rows[:2]] == [2, 2]
    assert all(2 < row["dnsguard"] <= row["bound"] for row in rows[2:])
    assert all(row["external_dns"] is None and row["ratio"] is None for row in rows)


def test_what_was_measured_elsewhere_is_said_to_be():
    row = {"names": 250, "poisoned": 1, "readable": True, "dnsguard": 2, "bound": 2, "external_dns": MEASURED_ELSEWHERE[1], "ratio": 126.0}

    assert "measured elsewhere" in table([row], measured=False)
    assert "252" in table([row], measured=False)


@pytest.mark.parametrize("poisoned", [0, 1, 3])
def test_every_object_of_the_cluster_can_be_understood(poisoned: int):
    found = [event for _, event in events(poisoned_tape(10, poisoned), ("Gateway", "HTTPRoute", "Namespace"))]
    views = [event.view for event in found if isinstance(event, Upserted)]

    assert len(views) == 13
    assert sum("alias" in "".join(view.annotations) for view in views if view.ref.kind == "HTTPRoute") == poisoned
