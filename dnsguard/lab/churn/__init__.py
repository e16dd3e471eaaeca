"""Churn without a cluster: streams that look like those of known controllers, as lines of a tape."""

from dnsguard.lab.churn.profile import Outcome, Profile
from dnsguard.lab.churn.profiles import PROFILES
from dnsguard.lab.churn.scene import Scale
from dnsguard.lab.churn.writing import tape_of, write_tape

__all__ = ["PROFILES", "Outcome", "Profile", "Scale", "tape_of", "write_tape"]
