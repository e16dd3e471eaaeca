"""Sessions of AWS: whose credentials a client uses, and in which region and partition.

Rules kept here (boto3 guide, "Credentials" and "Multithreading"):

- What no role names comes from boto3's own chain: environment, web identity, shared files, container, instance.
- A role is assumed with those credentials, and anew before its own run out; the STS client is made once, by whoever makes
  the session.
- Route53 is global: a region only tells the partition, and us-east-1 stands for none.
"""

import re
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials, create_assume_role_refresher

from dnsguard.core.accounts import Account
from dnsguard.model.settings import Aws

REGION = "us-east-1"
_UNFIT = re.compile(r"[^\w+=,.@-]", re.ASCII)
_SESSION_NAME = 64
_CONFIG = Config(retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=1, read_timeout=2)


def base_session(aws: Aws) -> boto3.Session:
    """Return the session that boto3 finds by itself; BotoCoreError if the profile is none."""
    session = boto3.Session(profile_name=aws.profile or None, region_name=aws.region or None)
    return session if session.region_name else boto3.Session(profile_name=aws.profile or None, region_name=REGION)


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


class _Assumed(CredentialResolver):
    """A chain of one link: the assumed role."""

    def __init__(self, refresh: Any) -> None:
        super().__init__(providers=[])
        self._credentials = DeferredRefreshableCredentials(refresh, "assume-role")

    def load_credentials(self) -> DeferredRefreshableCredentials:
        return self._credentials
