"""Names that specs hold and nobody grants are known as long as that is so."""

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.unmet import Unmet, unmet_hosts
from dnsguard.lab.objects import route
from dnsguard.model.endpoints import Claim
from dnsguard.model.objects import Ref

PUBLIC = Ref("Gateway", "edge", "public")
NAMES = st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple)


@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), NAMES), max_size=30))
def test_every_history_ends_with_what_was_noted_last(steps):
    unmet, last = Unmet(), {}
    for who, names in steps:
        unmet.note(Ref("HTTPRoute", "team", who), names)
        last[Ref("HTTPRoute", "team", who)] = names
    for name in ("a", "b", "c"):
        assert set(unmet.of(name)) == {ref for ref, names in last.items() if name in names}


def test_what_is_claimed_is_met_whatever_its_spelling():
    view = route("www", ["WWW.example.com.", "b.example.com", "*.example.net", "not a host"])
    claims = [Claim("www.example.com", "", PUBLIC), Claim("x.example.net", "", PUBLIC)]
    assert unmet_hosts(view, claims) == ("b.example.com", "*.example.net")
    assert unmet_hosts(route("none", []), []) == ()
