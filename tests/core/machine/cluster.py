"""What happens in the cluster: edits of specs, statuses that move, and a stream that stumbles."""

from hypothesis import strategies as st
from msgspec.structs import replace

from dnsguard.lab.objects import gateway, route
from dnsguard.model.objects import ParentRef, Ref, RouteStatus
from tests.core.machine.scenery import BAD, GATEWAYS, GOOD, NAMES, PARENTS, ROUTES
from tests.core.machine.stage import Stage, act

KINDS = st.sampled_from(["HTTPRoute", "Gateway"])
parents = st.sampled_from([tuple(PARENTS.values())[:1], tuple(PARENTS.values())[1:], tuple(PARENTS.values())])
hosts = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)


class Cluster(Stage):
    """Rules of the API server's side."""

    # Edits of specs

    @act(ref=st.sampled_from(ROUTES), names=hosts, ttl=st.sampled_from(["", "", "60"]), through=parents)
    def edit_route(self, ref: Ref, names: list[str], ttl: str, through: tuple[ParentRef, ...]) -> None:
        self.put(route(ref.name, names, parents=through, annotations={"ttl": ttl} if ttl else {}))

    @act(ref=st.sampled_from(ROUTES))
    def delete_route(self, ref: Ref) -> None:
        self.drop(ref)

    @act(refs=st.sets(st.sampled_from(ROUTES), min_size=3))
    def delete_many_routes(self, refs: set[Ref]) -> None:
        for ref in sorted(refs):
            self.drop(ref)

    @act(ref=st.sampled_from(GATEWAYS))
    def delete_gateway(self, ref: Ref) -> None:
        self.drop(ref)

    @act(ref=st.sampled_from(GATEWAYS), note=st.sampled_from(["one", "two"]))
    def edit_gateway(self, ref: Ref, note: str) -> None:
        known = self.gateways().get(ref)
        if known is not None:
            addresses = [address.value for address in known.status.addresses or ()]
            self.put(gateway(addresses, ref.name, annotations={"note": note}))

    # What statuses do

    @act(ref=st.sampled_from(GATEWAYS), addresses=st.sampled_from([*GOOD, *GOOD, *BAD, ()]))
    def address(self, ref: Ref, addresses: tuple[str, ...]) -> None:
        self.publish(ref, addresses)

    def publish(self, ref: Ref, addresses: tuple[str, ...]) -> None:
        known = self.gateways().get(ref)
        notes = {key.rpartition("/")[2]: text for key, text in known.annotations.items()} if known is not None else {}
        self.put(gateway(addresses, ref.name, annotations=notes))

    @act(
        ref=st.sampled_from(GATEWAYS),
        values=st.lists(st.sampled_from([*GOOD, BAD[0]]), min_size=2, max_size=3, unique=True),
        count=st.integers(2, 12),
        between=st.sampled_from([0.0, 0.01, 0.5, 5.0, 90.0, 400.0]),
    )
    def flap(self, ref: Ref, values: list[tuple[str, ...]], count: int, between: float) -> None:
        for number in range(count):
            self.publish(ref, values[number % len(values)])
            self.run_for(between)

    @act(ref=st.sampled_from(ROUTES), accepted=st.lists(st.booleans(), min_size=2, max_size=2))
    def flip(self, ref: Ref, accepted: list[bool]) -> None:
        known = self.routes().get(ref)
        if known is None:
            return
        both = route(ref.name, (), parents=known.spec.parent_refs or ()).status.parents or ()
        neither = route(ref.name, (), parents=known.spec.parent_refs or (), accepted=False).status.parents or ()
        chosen = tuple(yes if said else no for yes, no, said in zip(both, neither, accepted, strict=False))
        self.put(replace(known, status=RouteStatus(parents=chosen)))

    # What the stream does

    @act(missing=st.sets(st.sampled_from(ROUTES)))
    def list_with_holes(self, missing: set[Ref]) -> None:
        self.list_without("HTTPRoute", missing)

    @act(kind=KINDS)
    def list_again(self, kind: str) -> None:
        self.relist(kind)

    @act(ref=st.sampled_from(ROUTES))
    def unreadable(self, ref: Ref) -> None:
        self.spoil(ref)

    @act(kind=KINDS)
    def source_is_lost(self, kind: str) -> None:
        self.lose(kind)

    @act(kind=KINDS, seconds=st.sampled_from([0.0, 0.5, 20.0]))
    def definition_is_removed(self, kind: str, seconds: float) -> None:
        """The API server deletes all objects of a CRD that is removed, with a frame for each; then the kind is gone."""
        if kind in self.away:
            return
        for ref in [ref for ref in self.world.objects if ref.kind == kind]:
            self.frame(ref)
        self.catch_up()
        self.run_for(seconds)
        self.lose(kind)

    @act()
    def restart(self) -> None:
        self.start_again()

    @act(
        seconds=st.sampled_from([0.0, 0.0, 10.0, 1000.0]),
        gone=st.sets(st.sampled_from([*ROUTES, *GATEWAYS]), max_size=3),
        moved=st.sampled_from([None, None, *GOOD, ()]),
    )
    def restart_with_journal(self, seconds: float, gone: set[Ref], moved: tuple[str, ...] | None) -> None:
        """Go down, let the cluster go on for a while, and come back remembering."""
        self.catch_up()
        self.world.now += seconds
        self.catch_up()
        if moved is not None and GATEWAYS[0] in self.world.objects:
            self.world.objects[GATEWAYS[0]] = gateway(moved, GATEWAYS[0].name)
        self.start_again(gone, remembering=True)
