"""What Route53 is held to answer, as a table of cases: run against the strict one, its server, or a real scratch zone."""

from dnsguard.lab.contract.case import Case
from dnsguard.lab.contract.doors import Boto3, Door, InProcess
from dnsguard.lab.contract.runner import CaseResult, run
from dnsguard.lab.contract.table import CASES

__all__ = ["CASES", "Boto3", "Case", "CaseResult", "Door", "InProcess", "run"]
