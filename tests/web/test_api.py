"""The API answers over a real listener: what is asked is told, what is ordered is done, and nonsense gets one sentence."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import quote_from_bytes

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsguard.core.breaker import checksum_of
from dnsguard.lab.objects import gateway, namespace, route
from dnsguard.lab.world import World
from dnsguard.model.objects import Ref
from dnsguard.model.settings import Drift, Duration, Ownership, Settings, ZoneEntry
from dnsguard.modes.driver import Driver
from dnsguard.modes.service import Service
from dnsguard.web.api import LARGEST, MOST, make_api
from dnsguard.web.health import serve
from dnsguard.web.orders import BODIES
from dnsguard.web.undo import BODIES as GOING_BACK

SETTINGS = Settings(zones=(ZoneEntry(),), ownership=Ownership(owner="me"), policy="sync", drift=Drift(period=Duration(600.0)))
TOKEN = "0123456789abcdef0123456789abcdef"
GETS = ("/api/status", "/api/verdicts", "/api/explain?host=n1.example.com", "/api/parked", "/api/freezes")
KINDS = (*BODIES, *GOING_BACK)
LOOKS = ("/api/undo?batch=1-1", "/api/restore?zone=example.com&to=1s")


class VirtualClock:
    """The time of a world."""

    def __init__(self, world):
        self._world = world

    def now(self):
        return self._world.now

    async def wait(self, event, until):
        raise AssertionError("nobody runs this driver")


class House:
    """A world behind the API; *heard* are the facts that orders made."""

    def __init__(self, count=40):
        self.world = World(SETTINGS)
        self.heard = []
        self.world.put(gateway(["192.0.2.1"]), namespace("team"), *(route(f"n{n}", [f"n{n}.example.com"]) for n in range(count)))
        self.world.sync()
        self.world.run(10)
        clock = VirtualClock(self.world)
        driver = Driver(self.world.engine, None, clock, [lambda fact, _: self.heard.append(fact)])
        self.service = Service(self.world.engine, driver, clock)

    def drop(self, count):
        self.world.drop(*(Ref("HTTPRoute", "team", f"n{n}") for n in range(count)))
        self.world.run(400)

    @property
    def zone(self):
        return self.world.zones["example.com"]


@asynccontextmanager
async def served(house, read=None):
    async with serve(make_api(house.service, read), "127.0.0.1:0", "http.api") as (host, port), aiohttp.ClientSession() as session:

        async def call(method, path, body=None, **headers):
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"} if data is not None else {}
            async with session.request(method, f"http://{host}:{port}{path}", data=data, headers={**kind, **headers}) as response:
                raw = await response.read()
                assert response.headers["Content-Type"] == "application/json", raw
                assert response.headers["Cache-Control"] == "no-store"
                return response.status, json.loads(raw) if raw else None

        yield call


def held(house):
    house.world.put(route("n1", ["n1.example.com"], accepted=False), route("far", ["www.example.net"]))
    house.world.run(60)


# What is asked


async def test_the_status_tells_everything():
    house = House()
    held(house)
    async with served(house) as call:
        status, found = await call("GET", "/api/status")
    assert status == 200
    assert (found["mode"], found["policy"], found["owner"], found["ready"]) == ("controller", "sync", "me", True)
    assert [(zone["id"], zone["name"], zone["owned_names"]) for zone in found["zones"]] == [(house.zone, "example.com", 40)]
    assert {each["reason"]: each["count"] for each in found["verdicts"]} == {"held": 1, "no-zone": 1}
    assert found["levels"]["held"] == pytest.approx(60)


async def test_verdicts_are_filtered():
    house = House()
    held(house)
    async with served(house) as call:
        for query, names in (
            ("", ["n1.example.com", "www.example.net"]),
            ("?reason=no-zone", ["www.example.net"]),
            (f"?zone={house.zone}", ["n1.example.com"]),
            ("?zone=example.com", ["n1.example.com"]),
            ("?name=WWW.example.net.", ["www.example.net"]),
            ("?name=n1.example.com&reason=orphan", []),
            ("?limit=1", ["n1.example.com"]),
        ):
            status, found = await call("GET", f"/api/verdicts{query}")
            assert (status, sorted(verdict["name"] for verdict in found["verdicts"])) == (200, names), query
        assert (await call("GET", "/api/verdicts?limit=1"))[1]["total"] == 2


async def test_a_name_is_explained_in_words_and_as_facts():
    house = House()
    async with served(house) as call:
        status, found = await call("GET", "/api/explain?host=N1.Example.com.")
    assert status == 200
    assert found["sentences"][0] == "n1.example.com: A 192.0.2.1 (TTL 300), as it is asked for"
    assert found["facts"]["asking"][0]["object"] == "HTTPRoute team/n1"


async def test_parked_names_are_listed_with_their_checksum():
    house = House()
    house.drop(20)
    names = sorted(f"n{n}.example.com" for n in range(20))
    async with served(house) as call:
        for query in ("", "?zone=example.com", f"?zone={house.zone}"):
            _, found = await call("GET", f"/api/parked{query}")
            (zone,) = found["zones"]
            assert (zone["name"], zone["names"], zone["breaker"]["checksum"]) == ("example.com", names, checksum_of(names))
        _, found = await call("GET", "/api/parked?limit=3")
        assert (len(found["zones"][0]["names"]), found["zones"][0]["breaker"]["parked"]) == (3, 20)


# Orders


async def test_a_freeze_is_put_in_force_listed_and_ended():
    house = House()
    async with served(house) as call:
        order = {"pattern": "*.example.com", "for": "10m", "reason": "move", "by": "ann"}
        assert await call("POST", "/api/orders/freeze", order) == (
            200,
            {"done": True, "text": "*.example.com is frozen: nothing of it is written for 10m"},
        )
        _, found = await call("GET", "/api/freezes")
        (freeze,) = found["freezes"]
        assert freeze == {**freeze, "zone": "", "pattern": "*.example.com", "until": house.world.now + 600, "reason": "move", "by": "ann"}
        assert freeze["sheet"] == ""
        assert (await call("POST", "/api/orders/thaw", {"pattern": "*.example.com"}))[0] == 200
        assert await call("POST", "/api/orders/thaw", {"pattern": "*.example.com"}) == (
            409,
            {"done": False, "text": "*.example.com is not frozen"},
        )
    assert [type(fact).__name__ for fact in house.heard] == ["Ordered"] * 3


async def test_parked_names_are_approved_by_checksum():
    house = House()
    house.drop(20)
    async with served(house) as call:
        stale = {"zone": "example.com", "checksum": "00000000"}
        status, reply = await call("POST", "/api/orders/approve", stale)
        assert (status, reply["done"]) == (409, False)
        assert "are others now: 20, checksum" in reply["text"]
        _, parked = await call("GET", "/api/parked")
        order = {"zone": "example.com", "checksum": parked["zones"][0]["breaker"]["checksum"], "by": "ann"}
        assert await call("POST", "/api/orders/approve", order) == (200, {"done": True, "text": "20 deletions in example.com are approved"})
    house.world.run(10)
    assert len(house.world.values()) == 20


async def test_parked_names_are_approved_by_number_for_a_while():
    house = House()
    house.drop(20)
    async with served(house) as call:
        assert (await call("POST", "/api/orders/approve", {"zone": house.zone, "max": 19}))[0] == 409
        status, reply = await call("POST", "/api/orders/approve", {"zone": house.zone, "max": 25, "for": "10m"})
    assert (status, reply["text"]) == (200, "20 deletions in example.com are approved, and at most 25 in all within 10m")


async def test_an_edited_name_is_repaired():
    house = House()
    record = {"Name": "n1.example.com", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "198.51.100.1"}]}
    house.world.change("UPSERT", record)
    house.world.run(700)
    async with served(house) as call:
        assert (await call("POST", "/api/orders/repair", {"name": "n2.example.com"}))[0] == 409
        assert (await call("POST", "/api/orders/repair", {"name": "n1.example.com"}))[0] == 200
    house.world.run(5)
    assert house.world.values()["n1.example.com A"] == ["192.0.2.1"]


# Nonsense


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/api/explain", 400, "host is missing"),
        ("/api/explain?host=", 400, "host is missing"),
        ("/api/explain?host=a..b", 400, "'a..b' has an empty label"),
        ("/api/explain?host=a%20b", 400, "holds a space"),
        ("/api/explain?host=" + "a" * 300, 400, "longer than"),
        ("/api/explain?host=a%00b", 400, "host holds a character that cannot be printed"),
        ("/api/explain?host=a&host=b", 400, "host is given twice"),
        ("/api/explain?name=a", 400, "'name' is no parameter here, known are host"),
        ("/api/status?x=1", 400, "'x' is no parameter here, there are none"),
        ("/api/verdicts?reason=bored", 400, "reason is 'bored', allowed are held, grace"),
        ("/api/verdicts?limit=0", 400, f"limit is '0', allowed is a whole number from 1 to {MOST}"),
        ("/api/verdicts?limit=1001", 400, "limit is"),
        ("/api/verdicts?limit=-1", 400, "limit is"),
        ("/api/verdicts?limit=%D9%A3", 400, "limit is"),
        ("/api/verdicts?limit=" + "9" * 5000, 400, "limit is"),
        ("/api/verdicts?zone=nowhere", 404, "no zone in use is called 'nowhere'"),
        ("/api/parked?zone=", 404, "no zone in use is called ''"),
        ("/api/nothing", 404, "there is no such path"),
        ("/", 404, "there is no such path"),
        ("/api/orders/destroy", 404, "there is no such path"),
        ("/api/undo", 400, "batch is missing: /api/undo?batch="),
        ("/api/undo?batch=1-1", 400, "the service keeps no journal"),
        ("/api/undo?batch=1-1&by=x", 400, "'by' is no parameter here, known are batch"),
        ("/api/restore?zone=example.com", 400, "to is missing: /api/restore?zone=&to="),
        ("/api/restore?zone=example.com&to=soon", 400, "'soon' is not a moment such as"),
    ],
)
async def test_a_question_that_cannot_be_understood_gets_one_sentence(path, status, sentence):
    async with served(House(3)) as call:
        got, found = await call("GET", path)
    assert got == status
    assert sentence in found["error"]
    assert "\n" not in found["error"]


async def test_a_zone_that_two_are_called_has_to_be_named_by_its_id():
    house = House(3)
    house.world.strict.create_zone("example.com", private=True)
    house.world.run(3700)
    async with served(house) as call:
        status, found = await call("GET", "/api/parked?zone=example.com")
        assert (status, "name one by its id" in found["error"]) == (400, True)
        assert (await call("GET", f"/api/parked?zone={house.zone}"))[0] == 200


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        ("freeze", b"", "the body is no freeze order: Input data was truncated"),
        ("freeze", b"{", "the body is no freeze order"),
        ("freeze", b"[]", "allowed is a JSON object of by, zone, pattern, for, reason"),
        ("freeze", b"nonsense", "the body is no freeze order"),
        ("freeze", b"\xff\xfe", "the body is no freeze order"),
        ("freeze", b"[" * 20000, "the body is no freeze order"),
        ("freeze", {"reason": 5}, "Expected `str`, got `int`"),
        ("freeze", {"reason": "x", "until": "10m"}, "unknown field `until`"),
        ("freeze", {}, "reason is missing"),
        ("freeze", {"reason": " "}, "reason is missing"),
        ("freeze", {"reason": "x" * 501}, "reason has 501 characters, allowed are 500"),
        ("freeze", {"reason": "a\nb"}, "reason holds a control character"),
        ("freeze", {"reason": "x", "pattern": "a" * 301}, "pattern has 301 characters"),
        ("freeze", {"reason": "x", "for": "10"}, "for is '10' is not a duration such as 200ms, 2s, 10m"),
        ("freeze", {"reason": "x", "for": "0s"}, "for is '0s', allowed is a duration over 0s, of a year at most"),
        ("freeze", {"reason": "x", "for": "9" * 299 + "h"}, "of a year at most"),
        ("approve", {}, "zone is missing"),
        ("approve", {"zone": "example.com"}, "an approval has either checksum or max"),
        ("approve", {"zone": "example.com", "checksum": "00000000", "max": 3}, "an approval has either checksum or max"),
        ("approve", {"zone": "example.com", "checksum": "xyz"}, "checksum is 'xyz', allowed are eight digits"),
        ("approve", {"zone": "example.com", "checksum": "00000000", "for": "10m"}, "for goes with max alone"),
        ("approve", {"zone": "example.com", "max": -1}, "max is -1, allowed is a whole number from 1 up"),
        ("approve", {"zone": "example.com", "max": 1.5}, "Expected `int`, got `float`"),
        ("repair", {}, "name is missing"),
        ("undo", {}, "batch is missing"),
        ("undo", {"batch": "1-1"}, "checksum is missing"),
        ("undo", {"batch": "1-1", "checksum": "xyz"}, "checksum is 'xyz', allowed are eight digits 0-9a-f, as dnsguard undo shows it"),
        ("undo", {"batch": "1-1", "checksum": "00000000"}, "the service keeps no journal (state.path is empty)"),
        ("undo", {"batch": "1\n1", "checksum": "00000000"}, "batch holds a control character"),
        ("undo", {"zone": "example.com"}, "unknown field `zone`"),
        ("undo", b"nonsense", "the body is no undo order"),
        ("restore", {"to": "10m"}, "zone is missing"),
        ("restore", {"zone": "example.com", "checksum": "00000000"}, "to is missing"),
        ("restore", {"zone": "example.com", "to": "10m"}, "checksum is missing"),
        ("restore", {"zone": "nowhere", "to": "10m", "checksum": "00000000"}, "no zone in use is called 'nowhere'"),
    ],
)
async def test_an_order_that_cannot_be_understood_gets_one_sentence(kind, body, sentence):
    house = House(3)
    async with served(house) as call:
        status, found = await call("POST", f"/api/orders/{kind}", body)
    assert status == 400
    assert sentence in found["error"]
    assert "\n" not in found["error"]
    assert house.heard == []


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        ("freeze", {"reason": "x", "zone": "nowhere"}, "no zone in use is called 'nowhere'; there are example.com"),
        ("freeze", {"reason": "x", "pattern": "a.*.b"}, "has a * elsewhere"),
        ("approve", {"zone": "example.com", "max": 3}, "nothing is parked in example.com"),
        ("repair", {"name": "a..b"}, "empty label"),
    ],
)
async def test_an_order_that_is_declined_says_why(kind, body, sentence):
    async with served(House(3)) as call:
        status, found = await call("POST", f"/api/orders/{kind}", body)
    assert (status, found["done"]) == (409, False)
    assert sentence in found["text"]


async def test_other_methods_types_and_sizes_are_refused():
    async with served(House(3)) as call:
        assert await call("POST", "/api/status", {}) == (405, {"error": "allowed is GET,HEAD"})
        assert await call("DELETE", "/api/orders/freeze") == (405, {"error": "allowed is POST"})
        assert await call("GET", "/api/orders/freeze") == (405, {"error": "allowed is POST"})
        status, found = await call("POST", "/api/orders/thaw", b"{}", **{"Content-Type": "text/plain"})
        assert (status, found["error"]) == (415, "an order has Content-Type: application/json")
        status, found = await call("POST", "/api/orders/thaw", b" " * (LARGEST + 1))
        assert (status, found["error"]) == (413, f"the body has more than {LARGEST} bytes")
        assert (await call("HEAD", "/api/status"))[0] == 200


# Who may come in


@pytest.mark.parametrize("path", GETS + LOOKS)
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}0", f"Bearer{TOKEN}", TOKEN, "Bearer \u00e9\u00e9"],
)
async def test_without_the_right_token_nobody_is_let_in(path, header):
    async with served(House(3), lambda: TOKEN) as call:
        given = {"Authorization": header} if header else {}
        assert await call("GET", path, **given) == (401, {"error": "the header Authorization: Bearer TOKEN is missing or wrong"})


async def test_with_the_token_everything_is_answered_whatever_the_host_is_called():
    async with served(House(3), lambda: TOKEN) as call:
        for path in GETS:
            assert (await call("GET", path, Authorization=f"Bearer {TOKEN}", Host="dnsguard.example.com"))[0] == 200
        assert (await call("GET", "/api/status", Authorization=f"bearer {TOKEN}"))[0] == 200
        assert (await call("POST", "/api/orders/thaw", {}))[0] == 401
        assert (await call("POST", "/api/orders/thaw", {}, Authorization=f"Bearer {TOKEN}"))[0] == 409
        assert (await call("GET", "/nothing"))[0] == 401


async def test_a_token_that_is_changed_counts_at_once_and_one_that_cannot_be_read_lets_nobody_in():
    tokens = [TOKEN, "another-token-of-some-length"]

    def read():
        if not tokens:
            raise ValueError("gone")
        return tokens[0]

    async with served(House(3), read) as call:
        assert (await call("GET", "/api/status", Authorization=f"Bearer {TOKEN}"))[0] == 200
        del tokens[0]
        assert (await call("GET", "/api/status", Authorization=f"Bearer {TOKEN}"))[0] == 401
        assert (await call("GET", "/api/status", Authorization="Bearer another-token-of-some-length"))[0] == 200
        del tokens[0]
        assert await call("GET", "/api/status", Authorization="Bearer another-token-of-some-length") == (
            503,
            {"error": "the token file cannot be read now, so nobody is let in"},
        )


@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:8081", "10.0.0.1:8081", "127.0.0.1.example.com"])
async def test_without_a_token_a_page_in_a_browser_cannot_come_in_by_a_name_of_its_own(host):
    async with served(House(3)) as call:
        assert (await call("GET", "/api/status", Host=host))[0] == 403
        assert (await call("POST", "/api/orders/freeze", {"reason": "x"}, Host=host))[0] == 403
        for here in ("localhost:1234", "127.0.0.1", "[::1]:8081"):
            assert (await call("GET", "/api/status", Host=here))[0] == 200


# Anything at all


class Line:
    """A bare connection to the API: what is sent is sent as it is."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self._serving = serve(make_api(House(12).service), "127.0.0.1:0", "http.api")
        self.host, self.port = self.runner.run(self._serving.__aenter__())

    def close(self):
        self.runner.run(self._serving.__aexit__(None, None, None))
        self.runner.close()

    def status(self, method, target, body):
        head = b"%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return self.runner.run(self._exchange(head % (method, target, len(body)) + body))

    async def _exchange(self, sent):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(sent)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        head, _, body = answer.partition(b"\r\n\r\n")
        if b"application/json" in head and body:
            json.loads(body)
        return int(head.split(b" ", 2)[1])


@pytest.fixture(scope="module")
def line():
    made = Line()
    yield made
    made.close()


PATHS = {
    "/api/status": [b"x"],
    "/api/verdicts": [b"reason", b"zone", b"name", b"limit"],
    "/api/explain": [b"host"],
    "/api/parked": [b"zone", b"limit"],
    "/api/freezes": [b"x"],
    "/api/undo": [b"batch"],
    "/api/restore": [b"zone", b"to"],
    **{f"/api/orders/{kind}": [b"x"] for kind in KINDS},
    "/api": [b"host"],
    "": [b"host"],
}
TEXTS = st.one_of(
    st.binary(max_size=30),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"n1.example.com", b"*.example.com", b"example.com", b"*", b"xn--", b"\\052", b"a\xcc\x88.com", b"held", b"7"]),
)
PARAMETERS = st.one_of(TEXTS.map(lambda raw: quote_from_bytes(raw).encode()), TEXTS.map(lambda raw: raw.translate(None, b" \r\n\t#")))
TARGETS = st.sampled_from(sorted(PATHS)).flatmap(
    lambda path: st.lists(st.tuples(st.sampled_from([*PATHS[path], b"y"]), PARAMETERS), max_size=3).map(
        lambda pairs: path.encode() + b"?" * bool(pairs) + b"&".join(key + b"=" + value for key, value in pairs)
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.text(max_size=10) | st.sampled_from(["example.com", "n1.example.com", "*.example.com", "10m", "*", "", "0123abcd"])
FIELDS = {
    "freeze": ["zone", "pattern", "for", "reason", "by"],
    "thaw": ["zone", "pattern", "by", "undone"],
    "approve": ["zone", "checksum", "for", "by"],
    "repair": ["name", "by"],
    "undo": ["batch", "checksum", "by"],
    "restore": ["zone", "to", "checksum", "by"],
}
ORDERS = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.one_of(
            st.dictionaries(st.sampled_from(FIELDS[kind]), WORDS, max_size=5),
            st.dictionaries(st.sampled_from([*FIELDS[kind], "max", "x"]), VALUES | WORDS, max_size=5),
        ).map(lambda order: json.dumps(order).encode()),
    )
)


@settings(max_examples=300)
@given(method=st.sampled_from([b"GET", b"GET", b"POST", b"HEAD", b"BREW"]), target=TARGETS, body=st.binary(max_size=60))
def test_nothing_that_is_sent_is_an_error_of_ours(line, method, target, body):
    assert line.status(method, target, body) < 500


@settings(max_examples=200)
@given(order=ORDERS)
def test_every_order_is_done_declined_or_refused_with_a_sentence(line, order):
    kind, body = order
    assert line.status(b"POST", f"/api/orders/{kind}".encode(), body) in {200, 400, 409}
