import json

import pytest

from bench.frames import pick_frames
from bench.gate import main
from bench.ways import WAYS

QUICK = ("--quick", "--rounds", "1", "--without", "go")


def test_a_quick_run_without_go_says_in_json_what_it_measured_and_what_it_did_not(capsys: pytest.CaptureFixture[str]):
    main([*QUICK, "--json"])
    report = json.loads(capsys.readouterr().out)

    assert set(report) == {
        "tape", "frames", "of", "bytes_per_frame", "turns", "machine", "frames_per_s", "clientgo_frames_per_s", "ratios", "bar",
        "bar_met", "instructions_per_frame",
    }  # fmt: skip
    assert set(report["frames_per_s"]) == {"decode", "gate", "stream", "observe"}
    assert all(set(found) == {"median", "best", "worst"} for found in report["frames_per_s"].values())
    assert 0 < report["frames"] <= report["of"]
    assert report["clientgo_frames_per_s"] == {"not_measured": "left out"}
    assert report["instructions_per_frame"] == {"not_counted": "left out"}
    assert report["ratios"] == {}
    assert report["bar_met"] is None


def test_a_quick_run_tells_people_what_was_not_measured(capsys: pytest.CaptureFixture[str]):
    main(QUICK)
    said = capsys.readouterr().out

    assert "client-go: not measured (left out)" in said
    assert "instructions per frame: not counted (left out)" in said


@pytest.mark.parametrize("name", WAYS)
def test_every_way_can_be_gone_twice_with_no_frame_let_through(name: str):
    way = WAYS[name](pick_frames())

    way()
    way()
