"""What stands in the annotations of a ConfigMap is understood, or named in a sentence while the rest counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.sheets import KEYS, MOST, PREFIX, Approval, read_sheet
from dnsguard.model.objects import Ref, SheetView

REF = Ref("ConfigMap", "dnsguard", "orders")
NOON = 1785585600.0
"""2026-08-01T12:00:00Z."""


def view(annotations=None, writers=None, **named):
    pairs = {f"{PREFIX}{key.replace('_', '-')}": value for key, value in named.items()} | (annotations or {})
    return SheetView(REF, "u", pairs, writers or {})


def sheet(**named):
    return read_sheet(view(**named))


@pytest.mark.parametrize(
    ("text", "freezes"),
    [
        ("all", ("all",)),
        ("ALL", ("all",)),
        ("example.com", ("example.com",)),
        ("Example.COM.", ("example.com",)),
        ("*.preview.example.com", ("*.preview.example.com",)),
        ("Z0123ABC", ("Z0123ABC",)),
        ("/hostedzone/Z0123ABC", ("Z0123ABC",)),
        ("*", ("*",)),
        (" a.example.com ,, b.example.com,a.example.com ", ("a.example.com", "b.example.com")),
        ("all, Z1, *.x.example.com", ("all", "Z1", "*.x.example.com")),
    ],
)
def test_what_is_frozen_is_a_list_of_zones_and_hosts(text, freezes):
    found = sheet(freeze=text)
    assert (found.freezes, found.complaints) == (freezes, ())


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-08-01T12:00:00Z", NOON),
        ("2026-08-01T14:00:00+02:00", NOON),
        ("2026-08-01T12:00:00.5Z", NOON + 0.5),
        (" 2026-08-01 12:00:00Z ", NOON),
    ],
)
def test_a_freeze_ends_at_a_moment(text, until):
    found = sheet(freeze="all", freeze_until=text, freeze_reason=" a move\n of  the edge ")
    assert (found.until, found.reason, found.complaints) == (until, "a move of the edge", ())


@pytest.mark.parametrize(
    ("text", "approval"),
    [
        ("example.com 0a1b2c3d", Approval("example.com", "0a1b2c3d")),
        ("Example.com.  0a1b2c3d", Approval("example.com", "0a1b2c3d")),
        ("Z0123ABC 0a1b2c3d", Approval("Z0123ABC", "0a1b2c3d")),
        ("example.com max=400 until=2026-08-01T12:00:00Z", Approval("example.com", "", 400, NOON)),
        ("example.com until=2026-08-01T12:00:00Z max=400", Approval("example.com", "", 400, NOON)),
    ],
)
def test_an_approval_names_its_zone_and_a_checksum_or_a_number_and_a_moment(text, approval):
    found = sheet(approve=text)
    assert (found.approvals, found.complaints) == ((approval,), ())


def test_several_approvals_stand_in_one_sheet_and_each_counts_once():
    found = sheet(approve="example.com 0a1b2c3d, example.org 00000000,example.com  0a1b2c3d")
    assert [approval.zone for approval in found.approvals] == ["example.com", "example.org"]


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ({"freeze": ""}, "dnsguard.io/freeze is empty, allowed is all, a zone, or a host name such as a.example.com or *.example.com"),
        ({"freeze": "a.*.b, all"}, "dnsguard.io/freeze has 'a.*.b', which is neither all, nor a zone, nor a host name: "),
        ({"freeze": "a..b"}, "dnsguard.io/freeze has 'a..b', which is neither all, nor a zone, nor a host name: "),
        ({"freeze_until": "tomorrow"}, "dnsguard.io/freeze-until is 'tomorrow', allowed is a moment such as 2026-08-01T12:00:00Z: "),
        ({"freeze_until": "2026-08-01T12:00:00"}, "dnsguard.io/freeze-until is '2026-08-01T12:00:00', allowed is a moment "),
        ({"freez": "all"}, "dnsguard.io/freez is no order, the nearest is dnsguard.io/freeze"),
        ({"approved": "x"}, "dnsguard.io/approved is no order, the nearest is dnsguard.io/approve"),
        ({"approve": "example.com"}, "dnsguard.io/approve has 'example.com', allowed is ZONE CHECKSUM, or ZONE max=NUMBER until=MOMENT"),
        ({"approve": "example.com 0A1B2C3D"}, "dnsguard.io/approve has 'example.com 0A1B2C3D', allowed is "),
        ({"approve": "example.com max=0 until=2026-08-01T12:00:00Z"}, "dnsguard.io/approve has 'example.com max=0 "),
        ({"approve": "example.com max=x until=2026-08-01T12:00:00Z"}, "dnsguard.io/approve has 'example.com max=x "),
        ({"approve": "example.com max=1 max=2 until=2026-08-01T12:00:00Z"}, "dnsguard.io/approve has 'example.com max=1 max=2 "),
        ({"approve": "example.com max=1 for=10m"}, "dnsguard.io/approve has 'example.com max=1 for=10m', allowed is "),
        ({"approve": "example.com max=400"}, "dnsguard.io/approve has 'example.com max=400', whose until is missing, allowed is a moment "),
        ({"approve": "example.com max=4 until=soon"}, "dnsguard.io/approve has 'example.com max=4 until=soon', whose until is 'soon', "),
        ({"approve": " , "}, "dnsguard.io/approve is empty, allowed is "),
        ({"freeze": ",".join(f"h{n}.example.com" for n in range(MOST + 1))}, "dnsguard.io/freeze has 101 items: the first 100 count"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(named, complaint):
    found = sheet(**named)
    assert len(found.complaints) == 1
    assert found.complaints[0].startswith(complaint)


def test_what_is_right_counts_beside_what_is_wrong():
    found = sheet(freeze="a..b, ok.example.com", freeze_until="tomorrow", approve="nonsense, example.com 0a1b2c3d", oops="x")
    assert (found.freezes, found.until) == (("ok.example.com",), None)
    assert [approval.checksum for approval in found.approvals] == ["0a1b2c3d"]
    assert len(found.complaints) == 4


def test_annotations_of_others_say_nothing():
    found = read_sheet(view({"kubectl.kubernetes.io/last-applied-configuration": "{}", "freeze": "all"}))
    assert (found.freezes, found.approvals, found.complaints) == ((), (), ())


def test_each_order_is_by_the_manager_that_wrote_its_annotation():
    writers = {f"{PREFIX}freeze": "ann", f"{PREFIX}approve": "argocd"}
    found = read_sheet(view(writers=writers, freeze="all", approve="example.com 0a1b2c3d"))
    assert (found.by, found.approved_by) == ("ann", "argocd")


@given(st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text().map(lambda text: PREFIX + text)), st.text(), max_size=6))
def test_whatever_stands_there_is_read_and_what_counts_is_sound(annotations):
    found = read_sheet(SheetView(REF, "", annotations, {}))
    assert all(freeze == "all" or freeze for freeze in found.freezes)
    assert all(approval.checksum or (approval.most >= 1 and approval.until is not None) for approval in found.approvals)
    assert len(found.freezes) <= MOST
    assert all("\n" not in complaint and len(complaint) < 500 for complaint in found.complaints)
