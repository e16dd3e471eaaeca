"""Drafting: from claims and the zones' contents to rows, and whose the names of a zone are."""

from msgspec.structs import replace

from dnsguard.core.drafting import Drafting
from dnsguard.core.inventory import Inventory
from dnsguard.core.lane import Lane
from dnsguard.core.zones import Zones
from dnsguard.model.changes import Create, Delete
from dnsguard.model.endpoints import Claim, Contribution, Resolution
from dnsguard.model.facts import Reason
from dnsguard.model.objects import Ref
from dnsguard.model.records import RecordSet, Stored, Zone
from dnsguard.model.settings import Debounce, Ownership, Settings, ZoneEntry

SETTINGS = Settings(zones=(ZoneEntry(), ZoneEntry()), ownership=Ownership(owner="me", wildcard_replacement="any"), policy="sync")
PARENT = Zone("Z1", "example.com", private=False, entry=0)
CHILD = Zone("Z2", "sub.example.com", private=False, entry=1)
INSIDE = Zone("Z3", "example.com", private=True, entry=1)
ROUTE, GATEWAY = Ref("HTTPRoute", "team", "www"), Ref("Gateway", "edge", "public")
NAME = "www.example.com"


class Desk:
    """A drafting with lanes for three zones."""

    def __init__(self, settings=SETTINGS):
        self.inventory = Inventory(None)
        zones = Zones(settings.zones)
        zones.use([PARENT, CHILD, INSIDE])
        self.lanes = {zone.id: Lane(zone, 0, Debounce()) for zone in (PARENT, CHILD, INSIDE)}
        self.drafting = Drafting(settings, self.inventory, zones, lambda *_: False)

    def publish(self, name=NAME, *, scope=-1, targets=("192.0.2.1",), properties=(), set_id="", silent=False):
        claim = Claim(name, set_id, GATEWAY, scope)
        live = {} if silent else {claim: Contribution(targets, None, properties)}
        self.inventory.absorb(ROUTE, "", Resolution(frozenset([claim]), live), 0)

    def plan(self, zone, name=NAME):
        return self.drafting.plan(self.lanes[zone.id], self.lanes, name, 0.0)

    def changes(self, zone, name=NAME):
        return [change for unit in self.plan(zone, name).units for change in unit]

    def hold(self, zone, *records):
        self.lanes[zone.id].ledger.move(Create(record) for record in records)


def a(name=NAME):
    return RecordSet(name, "A", "", 300, ("192.0.2.1",))


def text(name, owner="me"):
    value = f"heritage=external-dns,external-dns/owner={owner},external-dns/resource=httproute/team/www"
    return RecordSet(name, "TXT", "", 300, (value,))


def test_a_name_is_planned_in_every_zone_that_is_right_for_it():
    desk = Desk()
    desk.publish()
    assert [type(change) for change in desk.changes(PARENT)] == [Create, Create]
    assert [type(change) for change in desk.changes(INSIDE)] == [Create, Create]


def test_a_scope_keeps_a_name_out_of_a_zone():
    desk = Desk()
    desk.publish(scope=0b01)
    assert (len(desk.changes(PARENT)), desk.changes(INSIDE)) == (2, [])
    assert (desk.drafting.here(desk.lanes["Z1"], NAME), desk.drafting.here(desk.lanes["Z3"], NAME)) == (True, False)


def test_a_name_that_nobody_claims_belongs_where_it_would_go():
    desk = Desk()
    assert desk.drafting.here(desk.lanes["Z1"], NAME)
    assert not desk.drafting.here(desk.lanes["Z1"], "x.sub.example.com")
    assert desk.drafting.here(desk.lanes["Z2"], "x.sub.example.com")


def test_what_is_ours_in_a_zone_that_is_not_chosen_is_occluded():
    desk = Desk()
    desk.hold(PARENT, a("x.sub.example.com"), text("a-x.sub.example.com"))
    desk.publish("x.sub.example.com")
    assert [verdict.reason for verdict in desk.plan(PARENT, "x.sub.example.com").verdicts] == [Reason.OCCLUDED]


def test_an_apex_is_ours_by_a_txt_in_the_parent_zone():
    desk = Desk()
    desk.hold(CHILD, a("sub.example.com"))
    desk.hold(PARENT, text("a-sub.example.com"))
    desk.publish("sub.example.com", targets=("192.0.2.2",))
    assert [change.after.values for change in desk.changes(CHILD, "sub.example.com")] == [("192.0.2.2",)]


def test_a_wish_that_an_annotation_keeps_out_of_a_zone_is_proof_there():
    desk = Desk()
    desk.hold(INSIDE, a(), text(f"a-{NAME}"))
    desk.publish(properties=(("aws/hosted-zone-id", "Z1"),))
    desk.lanes["Z3"].graces[NAME] = {(NAME, "", ""): 0.0}
    assert desk.changes(INSIDE) == [Delete(Stored(a())), Delete(Stored(text(f"a-{NAME}")))]
    assert len(desk.changes(PARENT)) == 2


def test_a_silent_claim_beside_such_a_wish_is_no_proof():
    desk = Desk()
    desk.hold(INSIDE, a(), text(f"a-{NAME}"))
    desk.publish(properties=(("aws/hosted-zone-id", "Z1"),))
    other = Claim(NAME, "", Ref("Gateway", "edge", "other"))
    desk.inventory.absorb(Ref("HTTPRoute", "team", "else"), "", Resolution(frozenset([other]), {}), 0)
    desk.lanes["Z3"].graces[NAME] = {(NAME, "", ""): 0.0}
    assert desk.changes(INSIDE) == []


def test_a_wish_that_can_be_no_record_set_is_invalid_and_what_stands_is_held():
    desk = Desk()
    desk.hold(PARENT, a(), text(f"a-{NAME}"))
    desk.publish(targets=("lb.example.net",), properties=(("alias", "true"),))
    plan = desk.plan(PARENT)
    assert (plan.units, {verdict.reason for verdict in plan.verdicts}) == ((), {Reason.INVALID, Reason.HELD})


def test_what_lost_is_a_conflict():
    desk = Desk()
    desk.publish(targets=("a.example.net", "b.example.net"))
    assert [verdict.reason for verdict in desk.plan(PARENT).verdicts] == [Reason.CONFLICT]


def test_rows_are_found_by_claims_record_sets_and_txt():
    desk = Desk()
    desk.publish()
    leftover = replace(text(f"a-{NAME}"), set_id="old")
    desk.hold(PARENT, leftover, RecordSet(NAME, "MX", "", 60, ("10 mail.example.com",)))
    assert desk.changes(PARENT) == [Delete(Stored(leftover)), Create(a()), Create(text(f"a-{NAME}"))]


def test_what_a_read_name_concerns_and_who_owns_what_it_holds():
    desk = Desk()
    desk.hold(
        PARENT,
        a(),
        text(f"a-{NAME}"),
        text("a-any.example.com", owner="them"),
        RecordSet("mx.example.com", "MX", "", 60, ("10 m.example.com",)),
    )
    desk.hold(PARENT, RecordSet("t.example.com", "TXT", "", 60, ("v=spf1",)))
    lane = desk.lanes["Z1"]
    assert desk.drafting.take_note(lane, desk.lanes, NAME) == {NAME}
    assert desk.drafting.take_note(lane, desk.lanes, f"a-{NAME}") == {NAME}
    assert desk.drafting.take_note(lane, desk.lanes, "a-any.example.com") == {"any.example.com", "*.example.com"}
    assert desk.drafting.take_note(lane, desk.lanes, "mx.example.com") == set()
    assert desk.drafting.take_note(lane, desk.lanes, "t.example.com") == set()
    assert dict(lane.owners) == {"me": 2, "them": 1}


def test_a_claim_counts_only_in_the_zone_that_its_own_scope_chooses():
    desk = Desk()
    name = "www.sub.example.com"
    everywhere, outer = Claim(name, "", GATEWAY, -1), Claim(name, "", Ref("Gateway", "edge", "outer"), 0b01)
    published = {everywhere: Contribution(("192.0.2.1",)), outer: Contribution(("192.0.2.2",))}
    desk.inventory.absorb(ROUTE, "", Resolution(frozenset(published), published), 0)
    made = [[change.after.values for change in desk.changes(zone, name) if change.after.type == "A"] for zone in (PARENT, CHILD)]
    assert made == [[("192.0.2.2",)], [("192.0.2.1",)]]
