"""`dnsguard handback` shows what external-dns would do at once, writes nothing, and says so in its exit status."""

import json

WRITE = "ChangeResourceRecordSets"


def orphan(name="old.example.com", resource="httproute/team/old"):
    text = f'"heritage=external-dns,external-dns/owner=lab,external-dns/resource={resource}"'
    return [
        {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]},
        {"Name": f"a-{name}", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": text}]},
    ]


def test_a_zone_in_order_is_handed_back_without_a_change(call, house):
    call("run", "--once", "--config", house.path)
    writes = house.strict.calls[WRITE]
    ended = call("handback", "--config", house.path)
    assert (ended.status, ended.err) == (0, "")
    first, last = ended.out.splitlines()
    assert first == "external-dns would have nothing to do"
    assert "docs/differences.md" in last
    assert house.strict.calls[WRITE] == writes


def test_what_external_dns_would_do_is_listed_with_why(call, house):
    call("run", "--once", "--config", house.path)
    house.strict.load(house.zone, [*orphan(), *orphan("svc.example.com", "service/team/svc")])
    ended = call("handback", "--config", house.path)
    assert (ended.status, ended.err) == (3, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("- old.example.com  A 192.0.2.9 (TTL 60)  (orphan: ours by its TXT (httproute/team/old)")
    assert lines[1] == "1 to delete, 0 to change, 0 to create at once"
    assert lines[2].startswith("not judged: 1 record sets of ours belong to other sources by their TXT")


def test_an_empty_zone_would_be_filled(call, house):
    ended = call("handback", "--config", house.path, "--json")
    found = json.loads(ended.out)
    assert ended.status == 3
    assert {step["kind"] for step in found["steps"]} == {"create"}
    assert found["steps"][0]["wants"] == "A 203.0.113.10 (TTL 300)"
    assert found["steps"][0]["why"] == "it is published and not there; dnsguard would do so too"
    assert found["not_judged"] == {}
    assert not house.strict.calls[WRITE]


def test_without_an_api_server_it_is_one_last_sentence_and_status_1(call, house):
    house.path.write_text(house.path.read_text().replace(house.cluster, "http://127.0.0.1:9"))
    ended = call("handback", "--config", house.path)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].startswith("dnsguard: what external-dns would do could not be found out: ")
