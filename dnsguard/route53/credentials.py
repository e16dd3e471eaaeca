"""Sessions of AWS: whose credentials a client uses, and in which region and partition.

Rules kept here (boto3 guide, "Credentials" and "Multithreading"):

- What no role names comes from boto3's own chain: environment, web identity, shared files, container, instance.
- A role is assumed with those credentials, and anew before its own run out; the STS client is made once, by whoever makes
  the session.
- Route53 is global: a region only tells the partition, and us-east-1 stands for none. In the environment AWS_REGION comes
  before AWS_DEFAULT_REGION (AWS SDKs and Tools Reference Guide, "AWS Region"); boto3 reads only the second, though it is
  the first that pods in EKS can count on.
- Requests for Route53 are signed for one region of the partition, also those to an endpoint of the config's.
- The security token service is asked in the region of the settings, whatever Route53 is signed for.
"""

import os
import re
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials, create_assume_role_refresher
from botocore.exceptions import UnknownRegionError

from dnsguard.core.accounts import Account
from dnsguard.model.settings import Aws

REGION = "us-east-1"
_SIGNED_FOR = {"aws": REGION, "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}
"""The region of Route53's signatures by partition; those with one region alone are missing."""
_UNFIT = re.compile(r"[^\w+=,.@-]", re.ASCII)
_SESSION_NAME = 64
_CONFIG = Config(retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=1, read_timeout=2)


def base_session(aws: Aws) -> boto3.Session:
    """Return the session that boto3 finds by itself; BotoCoreError if the profile is none."""
    session = _session(aws.profile, aws.region or os.environ.get("AWS_REGION", ""))
    return session if session.region_name else _session(aws.profile, REGION)


def signing_region(session: boto3.Session) -> str:
    """Return the region for which requests to Route53 are signed in the partition of *session*."""
    region = str(session.region_name)
    try:
        return _SIGNED_FOR.get(session.get_partition_for_region(region), region)
    except UnknownRegionError:
        return region


def session_of(base: boto3.Session, profile: str, account: Account, owner: str) -> boto3.Session:
    """Return the session of *account*, with the settings of *profile*; *owner* tells in the account's audit trail who assumed its role."""
    if not account.role_arn:
        return base
    request = {"RoleArn": account.role_arn, "RoleSessionName": _UNFIT.sub("-", f"dnsguard-{owner}")[:_SESSION_NAME]}
    if account.external_id:
        request["ExternalId"] = account.external_id
    refresh = create_assume_role_refresher(base.client("sts", config=_CONFIG), request)
    assumed = botocore.session.Session(profile=profile or None)
    assumed.register_component("credential_provider", _Assumed(refresh))
    return boto3.Session(botocore_session=assumed, region_name=base.region_name)


def _session(profile: str, region: str) -> boto3.Session:
    found = botocore.session.Session()
    session = boto3.Session(botocore_session=found, profile_name=profile or None, region_name=region or None)
    # Made later, the chain would ask the token service in the region of the client that was made last.
    found.get_component("credential_provider")
    return session


class _Assumed(CredentialResolver):
    """A chain of one link: the assumed role."""

    def __init__(self, refresh: Any) -> None:
        super().__init__(providers=[])
        self._credentials = DeferredRefreshableCredentials(refresh, "assume-role")

    def load_credentials(self) -> DeferredRefreshableCredentials:
        return self._credentials
