#!/usr/bin/env bash
# Proves the image without a container engine and without pulling one: builds the real Dockerfile with buildah on a base
# made by debootstrap, starts what came out as uid 65532 on a read-only root file system, and asks its probes.
#
# Needs root on Debian and a package mirror; buildah and debootstrap are fetched with apt where they are missing. What is
# made lies under $DNSGUARD_CACHE/image (default: dnsguard/image in the user's cache folder): the base once, the image anew
# each time. debootstrap asks the mirror that apt itself uses, or $DEBIAN_MIRROR.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

BASE=docker.io/library/$(sed -n 's/^FROM \(python:[^ ]*\).*/\1/p' Dockerfile | sort -u)
CACHE=$(realpath -m "${DNSGUARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dnsguard}")/image
BUNDLE=${PIP_CERT:-}
WORK=$(mktemp -d)
PIDS=()

say() {
    printf '%s  %s (%ss)\n' "$(date -u +%H:%M:%S)" "$1" "$SECONDS"
}

fail() {
    printf 'FAILED: %s\n' "$1" >&2
    for log in "$WORK"/*.log; do
        [ ! -s "$log" ] || { printf -- '--- %s\n' "${log##*/}" && tail -n 30 "$log"; } >&2
    done
    exit 1
}

# A storage of our own: nothing of the machine's containers is seen or changed.
store() {
    buildah --root "$CACHE/storage" --runroot "$CACHE/run" --storage-driver vfs "$@"
}

clean() {
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    for container in "${MADE:-}" "${STARTED:-}"; do [ -z "$container" ] || store rm "$container" >/dev/null 2>&1 || true; done
    store rmi --prune --force >/dev/null 2>&1 || true
    rm -rf "$WORK"
}
trap clean EXIT

tools() {
    [ "$(id -u)" -eq 0 ] || fail "root is needed to make and start an image without a container engine"
    local missing=()
    for tool in buildah debootstrap docker-compose; do command -v "$tool" >/dev/null || missing+=("$tool"); done
    [ ${#missing[@]} -eq 0 ] && return
    say "fetching ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# A Debian with Python, under the name that the Dockerfile wants: no registry is asked.
base() {
    if store inspect --type image "$BASE" >/dev/null 2>&1; then
        say "the base $BASE is there"
        return
    fi
    local suite=${BASE##*-} root=$CACHE/root
    if [ ! -e "$root/.complete" ]; then
        # shellcheck disable=SC2016 -- the format is apt's
        local mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1)}
        [ -n "$mirror" ] || fail "apt names no mirror; set DEBIAN_MIRROR"
        say "debootstrap of $suite, about two minutes, once"
        rm -rf "$root" && mkdir -p "$root"
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$suite" "$root" "$mirror" >"$WORK/debootstrap.log" 2>&1 \
            || fail "debootstrap"
        touch "$root/.complete"
    fi
    ln -sf python3 "$root/usr/bin/python"
    [ -z "$BUNDLE" ] || cp "$BUNDLE" "$root/etc/ssl/certs/ca-certificates.crt"
    MADE=$(store from scratch)
    store add --quiet "$MADE" "$root" / >/dev/null
    store config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin "$MADE"
    # A network with a certificate authority of its own has to be trusted by pip in the image, too.
    [ -z "$BUNDLE" ] || store config --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt "$MADE"
    store commit --quiet "$MADE" "$BASE" >/dev/null
    store rm "$MADE" >/dev/null
    MADE=
    say "imported it as $BASE"
}

build() {
    store bud --isolation chroot --pull-never --format docker --tag "dnsguard:$1" --build-arg "EXTRA=$2" . >"$WORK/build-$1.log" 2>&1 \
        || fail "buildah bud"
    say "built dnsguard:$1 from the Dockerfile"
}

# Starts dnsguard in the image's root file system, mounted read-only, as the image's user.
start() {
    local name=$1 root=$2 user=$3
    shift 3
    unshare --mount --pid --fork --kill-child bash -c '
        set -e
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount --bind "$2" "$1/mnt" && mount -o remount,bind,ro "$1/mnt"
        root=$1 user=$3 path=$4
        shift 4
        exec env -i "PATH=$path" AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab AWS_EC2_METADATA_DISABLED=true \
            chroot --userspec="$user" "$root" "$@"' \
        start "$root" "$WORK/config" "$user" "$INSIDE_PATH" "$@" >"$WORK/$name.log" 2>&1 &
    PIDS+=($!)
}

answers() {
    local url=$1 wanted=$2 seen=
    for _ in $(seq 150); do
        seen=$(curl -s -o /dev/null -w '%{http_code}' "$url" || true)
        [ "$seen" = "$wanted" ] && return
        sleep 0.2
    done
    fail "$url answers $seen, not $wanted"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

prove() {
    STARTED=$(store from --pull-never "dnsguard:run")
    local root user entry
    root=$(store mount "$STARTED")
    user=$(store inspect --format '{{.OCIv1.Config.User}}' "$STARTED")
    entry=$(store inspect --format '{{index .OCIv1.Config.Entrypoint 0}}' "$STARTED")
    INSIDE_PATH=$(store inspect --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "$STARTED" | sed -n 's/^PATH=//p')
    [ "$user" = 65532:65532 ] || fail "the image's user is $user"
    say "the image runs '$entry' as $user; dnsguard adds $(du -sm "$root/opt/dnsguard" | cut -f1) MB to its base"
    say "$(store run --isolation chroot "$STARTED" -- dnsguard --version), as uid $(store run --isolation chroot "$STARTED" -- id -u)"

    local probes route53 cluster
    probes=$(free_port) route53=$(free_port) cluster=$(free_port)
    mkdir "$WORK/config"
    sed -e "s|^  server: .*|  server: http://127.0.0.1:$cluster|" -e "s|^  endpoint_url: .*|  endpoint_url: http://127.0.0.1:$route53|" \
        -e "s|^  listen: .*|  listen: 127.0.0.1:$probes\n  api: \"\"|" config/lab.yaml >"$WORK/config/dnsguard.yaml"
    chmod -R a+rX "$WORK"

    start dnsguard "$root" "$user" "$entry" run --config /mnt/dnsguard.yaml
    answers "http://127.0.0.1:$probes/healthz" 200
    answers "http://127.0.0.1:$probes/readyz" 503
    say "without a cluster and without Route53: /healthz answers 200, /readyz 503"
    local inner
    inner=$(pgrep -f "^/opt/dnsguard/bin/python.* run --config /mnt/dnsguard.yaml" | head -1)
    [ -n "$inner" ] || fail "its process is not found"
    [ "$(awk '/^Uid:/ {print $2}' "/proc/$inner/status")" = 65532 ] || fail "it does not run as 65532"
    awk '$5 == "'"$root"'" || $5 == "/" {print $6}' "/proc/$inner/mountinfo" | grep -q '\bro\b' || fail "its root is writable"
    if nsenter --target "$inner" --mount touch "$root/tmp/x" 2>/dev/null; then fail "its root file system takes writes"; fi
    say "its process has uid 65532, and even root cannot write to its root file system"

    if [ -x .venv/bin/dnsguard ]; then
        .venv/bin/dnsguard lab route53 --listen "127.0.0.1:$route53" >"$WORK/route53.log" 2>&1 &
        PIDS+=($!)
        .venv/bin/dnsguard lab cluster --listen "127.0.0.1:$cluster" --tape dnsguard/lab/tapes/traefik-3.1.0-solo.jsonl.gz \
            --speed 16 >"$WORK/cluster.log" 2>&1 &
        PIDS+=($!)
        answers "http://127.0.0.1:$probes/readyz" 200
        for _ in $(seq 100); do
            grep -q '+A app-0.example.com' "$WORK/dnsguard.log" && break
            sleep 0.2
        done
        grep -q '+A app-0.example.com' "$WORK/dnsguard.log" || fail "it wrote nothing"
        say "with a tape as cluster and a strict Route53: /readyz answers 200, and records are written"
    fi
    kill -TERM "$inner"
    for _ in $(seq 50); do
        kill -0 "$inner" 2>/dev/null || break
        sleep 0.2
    done
    ! kill -0 "$inner" 2>/dev/null || fail "it does not end on SIGTERM"
    say "SIGTERM ends it"
}

tools
base
build run ""
prove
docker-compose config -q
docker-compose --profile webhook config -q
say "docker-compose.yml is valid"
say "the image and the compose file are proven"
