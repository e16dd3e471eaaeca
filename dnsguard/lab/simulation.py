"""The replay's Route53: a strict one in process, asked and answered through the same codecs as the real one.

Rules kept here:

- A call has its effect at the moment at which it is made; its answer takes *latency* and what the faults inject.
- A connection that ends without an answer leaves a write uncertain, whether it had its effect or not.
"""

from dnsguard.lab.strict import ApiError, ConnectionDropped, StrictRoute53
from dnsguard.model.changes import Accepted, Call, Outcome
from dnsguard.route53.refusals import lost, outcome_of
from dnsguard.route53.wire import to_params, to_result


class Simulation:
    """Carries calls out on *strict* under virtual time; *latency* is seconds from a call to its answer."""

    def __init__(self, strict: StrictRoute53, latency: float = 0.05) -> None:
        self.strict = strict
        self.latency = latency

    def carry_out(self, call: Call, now: float) -> tuple[Outcome, float]:
        """Carry out *call* at *now* (seconds); return the outcome and the seconds that the answer takes."""
        operation, params = to_params(call)
        seconds = self.latency + self.strict.faults.delay(operation)
        try:
            response = self.strict.call(operation, params, now)
        except ApiError as error:
            return outcome_of(call, error.status, error.code, error.message), seconds
        except ConnectionDropped as dropped:
            return lost(call, str(dropped)), seconds
        return Accepted(to_result(call, response)), seconds
