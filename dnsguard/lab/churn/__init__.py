"""Churn without a cluster: streams that look like those of known controllers, as lines of a tape."""

from dnsguard.lab.churn.profiles import PROFILES, Profile
from dnsguard.lab.churn.scene import Scale
from dnsguard.lab.churn.writing import tape_of, write_tape

__all__ = ["PROFILES", "Profile", "Scale", "tape_of", "write_tape"]
