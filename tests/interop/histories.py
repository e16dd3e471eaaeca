"""Random histories of HTTPRoutes as tapes: true edits among useless status writes, objects that come and go."""

import copy
import json

from msgspec import Raw

from dnsguard.kubernetes.resources import RESOURCES
from dnsguard.kubernetes.tape import Header, Line, Tape

NAME = RESOURCES["HTTPRoute"].tape_name
LAST = "last-edit"


class History:
    """A history of *length* frames by *chance*; `tape` is what a server plays, `state` what there is at its end."""

    def __init__(self, chance, length=120, routes=12):
        self._chance = chance
        self._version = 1000
        self._number = 0
        self.state = {}
        self.kinds = {}
        for _ in range(routes):
            self._put(self._made())
        listed = [copy.deepcopy(each) for each in self.state.values()]
        self._version += 1
        body = {"apiVersion": "gateway.networking.k8s.io/v1", "items": listed, "kind": "HTTPRouteList"}
        self._lines = [self._line("list", {**body, "metadata": {"continue": "", "resourceVersion": str(self._version)}})]
        while len(self._lines) < length:
            self._step()
        self._edit(LAST)
        self.tape = Tape("history", Header(1, 0.0, (NAME,)), tuple(self._lines))

    def _step(self):
        steps = {
            self._churn: 12,
            self._reorder: 1,
            self._annotate: 1,
            self._rename: 2,
            self._flip: 1,
            self._add: 1,
            self._remove: 1,
            self._again: 1,
        }
        step = self._chance.choices([*steps], [*steps.values()])[0]
        self.kinds[step.__name__] = self.kinds.get(step.__name__, 0) + 1
        step()

    def _churn(self):
        one = self._any()
        for condition in one["status"]["parents"][0]["conditions"]:
            condition["lastTransitionTime"] = f"2026-01-01T00:00:{self._chance.randrange(60):02}Z"
            condition["message"] = self._chance.choice(["", "accepted", "again"])
        one["metadata"]["managedFields"][0]["time"] = f"2026-01-01T00:01:{self._chance.randrange(60):02}Z"
        self._frame("MODIFIED", one)

    def _reorder(self):
        one = self._any()
        one["status"]["parents"][0]["conditions"].reverse()
        self._frame("MODIFIED", one)

    def _again(self):
        """A value that was there before comes back."""
        one = self._any()
        kept = copy.deepcopy(one)
        one["spec"]["hostnames"] = ["between.example.com"]
        self._frame("MODIFIED", one)
        self._frame("MODIFIED", kept)

    def _annotate(self, key="team"):
        one = self._any()
        one["metadata"].setdefault("annotations", {})[key] = str(self._chance.randrange(100))
        self._frame("MODIFIED", one)

    def _edit(self, key):
        one = self._any()
        one["metadata"].setdefault("annotations", {})[key] = "here"
        self._frame("MODIFIED", one)

    def _rename(self):
        one = self._any()
        self._number += 1
        one["spec"]["hostnames"] = [f"renamed-{self._number}.example.com"]
        one["metadata"]["generation"] += 1
        self._frame("MODIFIED", one)

    def _flip(self):
        one = self._any()
        condition = one["status"]["parents"][0]["conditions"][0]
        condition["status"] = "False" if condition["status"] == "True" else "True"
        self._frame("MODIFIED", one)

    def _add(self):
        self._frame("ADDED", self._made())

    def _remove(self):
        if len(self.state) > 2:
            self._frame("DELETED", self._any())

    def _any(self):
        return copy.deepcopy(self.state[self._chance.choice(sorted(self.state))])

    def _made(self):
        self._number += 1
        name = f"app-{self._number}"
        conditions = [
            {"lastTransitionTime": "t", "message": "", "observedGeneration": 1, "reason": kind, "status": "True", "type": kind}
            for kind in ("Accepted", "ResolvedRefs")
        ]
        return {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {
                "generation": 1,
                "managedFields": [{"manager": "traefik", "operation": "Update", "time": "2026-01-01T00:00:00Z"}],
                "name": name,
                "namespace": "team",
                "uid": f"uid-{self._number}",
            },
            "spec": {"hostnames": [f"{name}.example.com"], "parentRefs": [{"name": "public"}]},
            "status": {"parents": [{"conditions": conditions, "controllerName": "c", "parentRef": {"name": "public"}}]},
        }

    def _put(self, one):
        self._version += 1
        one["metadata"]["resourceVersion"] = str(self._version)
        self.state[one["metadata"]["name"]] = one

    def _frame(self, kind, one):
        self._put(one)
        if kind == "DELETED":
            del self.state[one["metadata"]["name"]]
        self._lines.append(self._line("frame", {"type": kind, "object": copy.deepcopy(one)}))

    def _line(self, op, data):
        return Line(float(len(self._lines)) / 50 if op == "frame" else 0.0, NAME, op, Raw(json.dumps(data, separators=(",", ":")).encode()))


def without_what_is_dropped(objects):
    """The objects by name, without what the preset lenient takes out of them."""
    found = {}
    for one in copy.deepcopy(list(objects)):
        metadata = one["metadata"]
        metadata.pop("managedFields", None)
        metadata.pop("resourceVersion", None)
        for parent in one["status"]["parents"]:
            for condition in parent["conditions"]:
                for field in ("lastTransitionTime", "message", "observedGeneration", "reason"):
                    condition.pop(field, None)
            parent["conditions"].sort(key=lambda condition: condition["type"])
        found[metadata["name"]] = one
    return found
