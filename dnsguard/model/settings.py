"""Settings as frozen values, one class per concern; `dnsguard.settings` reads them from a file and the environment."""

from typing import Literal

from msgspec import Struct, field

RecordType = Literal["A", "AAAA", "CNAME"]
Policy = Literal["sync", "upsert-only", "create-only", "shadow"]
Writes = Literal["compare-and-swap", "upsert"]


class Duration(float):
    """Seconds; in the config file a number with a unit: `200ms`, `2s`, `10m`, `1h`."""

    __slots__ = ()


class Concern(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the settings of one concern: unknown keys are an error, never ignored."""


class Cluster(Concern, frozen=True):
    """Where the Kubernetes API is; all empty: the cluster that we run in, else the default kubeconfig."""

    kubeconfig: str = ""
    """Path of a kubeconfig; empty: $KUBECONFIG or ~/.kube/config, outside of a cluster."""
    context: str = ""
    """Context of the kubeconfig; empty: its current one."""
    server: str = ""
    """Base URL of an API server that needs no credentials, such as `kubectl proxy`."""


class Aws(Concern, frozen=True):
    """How Route53 is reached; credentials come from boto3's own chain."""

    profile: str = ""
    """Profile of the shared AWS config file."""
    region: str = ""
    """Region, which tells the partition; Route53 itself is global. Empty: AWS_REGION, else what boto3 finds, else us-east-1."""
    endpoint_url: str = ""
    """Another endpoint of Route53, for tests and PrivateLink."""


class GatewaySource(Concern, frozen=True):
    """Which Gateways count; external-dns's --gateway-* flags."""

    name: str = ""
    """Only Gateways of this name, in any namespace."""
    namespace: str = ""
    """Only Gateways of this namespace."""
    label_filter: str = ""
    """Only Gateways whose labels match this selector."""
    listener_sets: bool = False
    """Whether routes may attach to ListenerSets."""


class Sources(Concern, frozen=True):
    """Which objects ask for names."""

    kinds: tuple[Literal["gateway-httproute"], ...] = ("gateway-httproute",)
    """The sources, by external-dns's names."""
    namespaces: tuple[str, ...] = ()
    """Namespaces of routes; empty: all."""
    label_filter: str = ""
    """Only routes whose labels match this selector."""
    annotation_filter: str = ""
    """Only objects whose annotations match this selector."""
    annotation_prefixes: tuple[str, ...] = ("external-dns.kubernetes.io/", "external-dns.alpha.kubernetes.io/")
    """Prefixes of the annotations that are read; the first one wins."""
    gateway: GatewaySource = GatewaySource()


class Records(Concern, frozen=True):
    """What record sets look like."""

    managed_types: tuple[RecordType, ...] = ("A", "AAAA", "CNAME")
    """Types that are written; others are invisible."""
    default_ttl: int = 300
    """Seconds, where no annotation says otherwise."""
    prefer_cname: bool = False
    """Whether AWS load balancers are named by CNAME instead of an alias record."""
    evaluate_target_health: bool = True
    """EvaluateTargetHealth of alias records, where no annotation says otherwise."""


class ZoneEntry(Concern, frozen=True):
    """One way to Route53: an account (role) and which of its zones are used."""

    domains: tuple[str, ...] = ()
    """Zones of these names and of names below them; a leading dot: only below. Empty: all."""
    exclude_domains: tuple[str, ...] = ()
    """Names that are left alone although `domains` matches."""
    ids: tuple[str, ...] = ()
    """Only these zone ids; empty: all."""
    type: Literal["", "public", "private"] = ""
    """Only zones of this visibility; empty: both."""
    tags: tuple[str, ...] = ()
    """Only zones that carry all of these tags, each `key=value` or `key`."""
    role_arn: str = ""
    """Role to assume for these zones."""
    external_id: str = ""
    """External id for the role."""
    gateway_label_filter: str = ""
    """Only what comes through Gateways with these labels goes to these zones."""


class Ownership(Concern, frozen=True):
    """The TXT registry, as external-dns writes it."""

    owner: str
    """The owner id in the TXT: external-dns's --txt-owner-id."""
    prefix: str = ""
    """Prefix of the TXT's name; `%{record_type}` stands for the type."""
    suffix: str = ""
    """Suffix of the TXT's first label; `%{record_type}` stands for the type."""
    wildcard_replacement: str = ""
    """What stands for a leading `*` in the TXT's name."""
    encrypt_key_file: str = ""
    """Path of a file with the key of encrypted TXT, 32 bytes or base64 of them: external-dns's --txt-encrypt-aes-key."""


class Debounce(Concern, frozen=True):
    """How long a change waits for company: due at min(first touch + longest, last touch + quiet)."""

    quiet: Duration = Duration(0.2)
    longest: Duration = Duration(2.0)


class Bucket(Concern, frozen=True):
    """A token bucket."""

    rate: float
    """Tokens per second."""
    burst: float
    """Tokens when full."""


class BudgetSettings(Concern, frozen=True):
    """Our share of the account's API limits."""

    profile: Literal["legacy-5", "cbt-10"] = "legacy-5"
    """Whose limits: 5 requests/s, or those in force since 2026-07-30."""
    share: float = 0.5
    """Which part of them is ours, over 0 to 1; scales rate and burst."""
    requests: Bucket | None = None
    """All requests; none: the profile's."""
    actions: Bucket | None = None
    """Requests of each API action; none: the profile's."""
    changes: Bucket | None = None
    """Changes of record sets; none: the profile's."""


class Deletes(Concern, frozen=True):
    """When so many names of a zone are to lose their records that a person has to look first."""

    share: float = 0.1
    """Part of the zone's owned names that may go within the window, 0 to 1; 1: any."""
    cap: int = 50
    """Names that may go within the window at most; 0: any number."""
    always: int = 3
    """Names that may go within the window however small the zone is."""
    window: Duration = Duration(600.0)
    """How far back what was deleted counts, beside all that is still to be deleted."""
    exempt: tuple[str, ...] = ()
    """Names that are not counted and never parked, such as `*.preview.example.com`."""


class Flap(Concern, frozen=True):
    """When a status that is turned back and forth counts as contested."""

    turns: int = 3
    """How often an earlier value has to come back within the window; 0: never."""
    window: Duration = Duration(600.0)
    """How far back turns count, and how long it has to be calm before the dispute is over."""


class Targets(Concern, frozen=True):
    """Which targets may take the place of others."""

    private_in_public_zone: Literal["allow", "no-replace", "deny"] = "no-replace"
    """Private addresses in public zones: allow, no-replace (never instead of a public target), deny (not at all)."""


class Guard(Concern, frozen=True):
    """What is held back, and for how long."""

    status_loss: Duration | Literal["never"] = "never"
    """How long a record set is held whose status emptied; never: until there is proof."""
    delete_grace: Duration = Duration(300.0)
    """How long every deletion waits and can be called back."""
    orphans: Literal["park", "delete", "keep"] = "park"
    """What becomes of record sets of ours that this installation never saw anybody claim."""
    deletes: Deletes = Deletes()
    flap: Flap = Flap()
    targets: Targets = Targets()


class Drift(Concern, frozen=True):
    """How zones are verified, and what becomes of record sets of ours that somebody else changed or deleted."""

    period: Duration | Literal["never"] = Duration(1800.0)
    """How long after a zone was read completely it is read again, with calls that nobody else wants."""
    missing: Literal["repair", "report"] = "repair"
    """What becomes of record sets of ours that somebody else deleted."""
    modified: Literal["report", "repair"] = "report"
    """What becomes of record sets of ours that somebody else changed."""


class State(Concern, frozen=True):
    """What survives a restart."""

    path: str = ""
    """File of the journal, or a directory for it; empty: nothing survives, and every start reads the zones."""
    fresh: Duration = Duration(86400.0)
    """How long ago a zone may have been read completely so that a start need not list it again."""
    max_size: int = 256
    """Megabytes that the journal may take; its history is cut short for that."""


class Events(Concern, frozen=True):
    """Kubernetes Events about the objects whose records are written, or are withheld."""

    emit: bool = True
    """Whether they are written; under the policy shadow they are not."""


class Sheets(Concern, frozen=True):
    """Orders in ConfigMaps, which work when HTTP does not."""

    namespace: str = ""
    """The namespace of the ConfigMaps; empty: that of the pod, and none outside of a cluster."""
    read: bool = True
    """Whether they are read."""


class Http(Concern, frozen=True):
    """Where it listens: probes and metrics, and the API with the status, explanations and orders."""

    listen: str = "0.0.0.0:8080"
    """Probes and metrics."""
    api: str = "127.0.0.1:8081"
    """The API; empty: none. Without a token file it is only for this machine, so it has to be a loopback address."""
    token_file: str = ""
    """Path of a file with the token that the API asks for (Authorization: Bearer ...)."""


class Webhook(Concern, frozen=True):
    """The sidecar of external-dns (`dnsguard webhook`)."""

    listen: str = "127.0.0.1:8888"
    """Where external-dns finds it; the protocol knows no password, so it has to be a loopback address."""
    watch: Literal["auto", "always", "never"] = "auto"
    """Whether the cluster is looked at, so that no name goes that a spec claims; auto: where there are credentials for it, and as far as
    they reach."""


class Log(Concern, frozen=True):
    """The log, one line per fact on standard error."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Concern, frozen=True):
    """Everything the config file can say."""

    zones: tuple[ZoneEntry, ...]
    ownership: Ownership
    policy: Policy
    writes: Writes | None = None
    """How a record set is changed; none: compare-and-swap under sync and shadow, upsert under upsert-only and create-only."""
    cluster: Cluster = Cluster()
    aws: Aws = Aws()
    sources: Sources = Sources()
    records: Records = Records()
    debounce: Debounce = Debounce()
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    guard: Guard = Guard()
    drift: Drift = Drift()
    state: State = State()
    events: Events = Events()
    orders: Sheets = Sheets()
    http: Http = Http()
    webhook: Webhook = Webhook()
    log: Log = Log()
