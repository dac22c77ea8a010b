#!/bin/bash
# How soon `jit guard` closes sessions (DESIGN §8): N sessions below a real sshd on this machine, all open
# at the end of their certificates at once, and N whose serials enter the KRL at once.
#
#   cargo build --profile dist && benches/guard.sh [target/dist/jit] [N]
#
# From the certificate's end, or the new KRL in its place, until the client's `ssh` has ended. All N at once
# is the worst case: one at a time waits for nobody. Needs openssh-server; starts its own sshd on a free port.
set -euo pipefail
cd "$(dirname "$0")/.."
jit=$(realpath "${1:-target/dist/jit}")
sessions=${2:-50}
dir=$(mktemp -d "${JIT_BENCH_DIR:-/tmp}/jit-guard.XXXXXX")
# No other process sleeps that long.
nap=1000.$$
sshd=
trap 'test -z "$sshd" || kill "$sshd"; rm -rf "$dir"' EXIT
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd

for name in ca host id; do ssh-keygen -q -t ed25519 -N '' -f "$dir/$name"; done
# Far apart, as jit's random serials are: a KRL lists each by itself.
serial() { echo $((1000003 * ($1 + 1))); }
krl() { # SERIAL...
    printf 'serial: %s\n' 1 "$@" >"$dir/spec"
    ssh-keygen -q -k -f "$dir/krl.new" -s "$dir/ca.pub" "$dir/spec"
    mv "$dir/krl.new" "$dir/krl"
}
krl

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$dir/config" <<CONFIG
ListenAddress 127.0.0.1
Port $port
HostKey $dir/host
TrustedUserCAKeys $dir/ca.pub
RevokedKeys $dir/krl
AuthorizedKeysFile none
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
MaxStartups 1000
ExposeAuthInfo yes
ForceCommand $jit guard --ca $dir/ca.pub --krl $dir/krl
CONFIG
/usr/sbin/sshd -D -f "$dir/config" -E "$dir/log" &
sshd=$!
sleep 0.5

# One certificate a session, ending at that second of 1970.
certificate() { # NAME SERIAL END
    cp "$dir/id.pub" "$dir/$1.pub"
    ssh-keygen -q -s "$dir/ca" -I "$1" -n "$(id -un)" -z "$2" \
        -V "always:$(date -d "@$3" +%Y%m%d%H%M%S)" "$dir/$1.pub"
}

session() { # NAME
    ssh -F none -p "$port" -i "$dir/id" -o CertificateFile="$dir/$1-cert.pub" -o IdentitiesOnly=yes \
        -o IdentityAgent=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        127.0.0.1 "(setsid sleep $nap >/dev/null 2>&1 &); : >'$dir/$1.open'; sleep $nap" \
        >/dev/null 2>"$dir/$1.said" </dev/null || true
    date +%s.%N >"$dir/$1.closed"
}

# NAME: starts them all, and waits until they are open.
open_all() {
    for i in $(seq "$sessions"); do session "$1-$i" & done
    for _ in $(seq 600); do
        [ "$(find "$dir" -name "$1-*.open" | wc -l)" -lt "$sessions" ] || return 0
        sleep 0.2
    done
    echo "not all sessions opened" >&2
    exit 1
}

# NAME FROM WHAT: the time from then to each session's end.
figures() {
    for _ in $(seq 600); do
        [ "$(find "$dir" -name "$1-*.closed" | wc -l)" -lt "$sessions" ] || break
        sleep 0.1
    done
    told=$(grep -l "$3" "$dir/$1"-*.said | wc -l)
    cat "$dir/$1"-*.closed | awk -v from="$2" '{ printf "%.0f\n", ($1 - from) * 1000 }' | sort -n |
        awk -v name="$1" -v told="$told" '{ all[NR] = $1 } END {
            printf "%-10s %4d sessions at once: p50 %5d ms, p99 %5d ms, last %5d ms; %d were told why\n", name, NR,
                all[int((NR + 1) / 2)], all[int(NR * 0.99 + 0.5)], all[NR], told
        }'
}

echo "load average: $(cat /proc/loadavg)"
echo "$jit: $(stat -c %s "$jit") bytes"

end=$(($(date +%s) + 25 + sessions / 2))
for i in $(seq "$sessions"); do certificate "end-$i" "$(serial "$i")" "$end"; done
open_all end
while [ "$(date +%s)" -lt "$end" ]; do sleep 0.2; done
figures end "$end" "the access ended at"

later=$(($(date +%s) + 3600))
serials=()
for i in $(seq "$sessions"); do
    serials+=("$(serial "$i")")
    certificate "revoked-$i" "$(serial "$i")" "$later"
done
open_all revoked
from=$(date +%s.%N)
krl "${serials[@]}"
figures revoked "$from" "the access was revoked"
echo "load average: $(cat /proc/loadavg)"
left=$(pgrep -fcx "sleep $nap" || true)
echo "processes that outlived their session: ${left:-0}"
