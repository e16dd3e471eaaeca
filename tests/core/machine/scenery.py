"""The scenery: zones, names, objects and settings that the histories are made of."""

from hypothesis import strategies as st

from dnsguard.lab.world import PRIVATE
from dnsguard.model.objects import ParentRef, Ref
from dnsguard.model.settings import (
    Bucket,
    BudgetSettings,
    Deletes,
    Drift,
    Duration,
    Flap,
    Guard,
    Ownership,
    Settings,
    State,
    Targets,
    ZoneEntry,
)

PARENT, CHILD, TWIN = "example.com", "sub.example.com", f"{PRIVATE}example.com"
NAMES = [f"{name}.example.com" for name in ("a", "b", "c", "d", "e", "*.w", "v.w", "a.b", "s.sub", "t.sub", "sub")]
ROUTES = [Ref("HTTPRoute", "team", f"r{number}") for number in range(1, 8)]
GATEWAYS = [Ref("Gateway", "edge", "public"), Ref("Gateway", "edge", "other")]
PARENTS = {ref: ParentRef(name=ref.name, namespace=ref.namespace) for ref in GATEWAYS}

PUBLIC, PRIVATE_REACH, NOWHERE = 0, 1, 2
REACH = {
    "192.0.2.1": PUBLIC,
    "192.0.2.2": PUBLIC,
    "2001:db8::1": PUBLIC,
    "lb.example.net": PUBLIC,
    "x.us-east-1.elb.amazonaws.com": PUBLIC,
    "198.51.100.8": PUBLIC,
    "198.51.100.9": PUBLIC,
    "10.0.0.1": PRIVATE_REACH,
    "fd00::1": PRIVATE_REACH,
    "lb.internal": PRIVATE_REACH,
    "127.0.0.1": NOWHERE,
    "::1": NOWHERE,
    "web.shop.svc": NOWHERE,
}
"""From where each target of the scenery can be reached."""
GOOD = [
    ("192.0.2.1",),
    ("192.0.2.2",),
    ("192.0.2.1", "2001:db8::1"),
    ("192.0.2.1", "192.0.2.2"),
    ("lb.example.net",),
    ("x.us-east-1.elb.amazonaws.com",),
]
BAD = [("10.0.0.1",), ("127.0.0.1",), ("fd00::1",), ("::1",), ("lb.internal",), ("web.shop.svc",), ("10.0.0.1", "192.0.2.1")]

grace = st.sampled_from([0.0, 300.0])
deletes = st.sampled_from(
    [
        Deletes(share=1.0, cap=0),
        Deletes(share=1.0, cap=0),
        Deletes(share=0.25, cap=2, always=1),
        Deletes(share=0.5, cap=3, always=0, window=Duration(1200)),
        Deletes(share=0.2, cap=0, always=1, window=Duration(60), exempt=("*.w.example.com", "a.example.com")),
    ]
)
guards = st.builds(
    lambda seconds, hold, limit, flap, orphans, private: Guard(
        delete_grace=Duration(seconds),
        status_loss=hold,
        deletes=limit,
        flap=flap,
        orphans=orphans,
        targets=Targets(private_in_public_zone=private),
    ),
    grace,
    st.sampled_from(["never", "never", "never", Duration(600)]),
    deletes,
    st.sampled_from([Flap(), Flap(turns=2, window=Duration(60)), Flap(turns=0)]),
    st.sampled_from(["park", "park", "delete", "keep"]),
    st.sampled_from(["no-replace", "no-replace", "allow", "deny"]),
)
drifts = st.builds(
    lambda period, missing, modified: Drift(period=period, missing=missing, modified=modified),
    st.sampled_from([Duration(300), Duration(1800), "never"]),
    st.sampled_from(["repair", "repair", "report"]),
    st.sampled_from(["report", "report", "repair"]),
)
budgets = st.sampled_from(
    [
        BudgetSettings(),
        BudgetSettings(profile="cbt-10"),
        BudgetSettings(share=1.0, requests=Bucket(rate=2, burst=3), actions=Bucket(rate=1, burst=2), changes=Bucket(rate=2, burst=5)),
    ]
)
settings = st.builds(
    lambda policy, guard, drift, budget, fresh: Settings(
        zones=(ZoneEntry(domains=("example.com",)),),
        ownership=Ownership(owner="lab"),
        policy=policy,
        guard=guard,
        drift=drift,
        budget=budget,
        state=State(fresh=fresh),
    ),
    st.sampled_from(["sync", "sync", "sync", "sync", "sync", "upsert-only", "create-only", "shadow"]),
    guards,
    drifts,
    budgets,
    st.sampled_from([Duration(86400), Duration(86400), Duration(600)]),
)
zones = st.sampled_from([((PARENT,), ()), ((PARENT, CHILD), ()), ((PARENT, CHILD), ("example.com",))])


def holding(name: str, zone: str) -> bool:
    """Say whether *name* lies in a zone of the scenery."""
    apex = zone.removeprefix(PRIVATE)
    return name == apex or name.endswith(f".{apex}")


def chosen(name: str, labels: list[str]) -> list[str]:
    """Return the zones that *name* is to be published in: the longest public one, and every private one."""
    public = [zone for zone in labels if not zone.startswith(PRIVATE) and holding(name, zone)]
    return [*sorted(public, key=len)[-1:], *(zone for zone in labels if zone.startswith(PRIVATE) and holding(name, zone))]
