#!/bin/sh
# What the command line costs (DESIGN §8): its start, and the first page of `jit list` on 100,000
# requests, on the embedded store and on a server.
#
#   cargo build --profile dist && benches/cli.sh [target/dist/jit]
#
# The requests are made by `cargo bench --bench store -- --fill DIR`. Times are of whole processes, each
# beside `/bin/true` in the same run: a process that does nothing. With `hyperfine`, if it is installed.
set -eu
cd "$(dirname "$0")/.."
jit=$(realpath "${1:-target/dist/jit}")
dir=$(mktemp -d "${JIT_BENCH_DIR:-/tmp}/jit-bench.XXXXXX")
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$dir"' EXIT

# Nothing of the user's own: no context, no policy, no data.
export HOME="$dir/home" XDG_CONFIG_HOME="$dir/home/config" XDG_DATA_HOME="$dir/home/data"
unset XDG_RUNTIME_DIR JIT_SERVER JIT_CONTEXT JIT_CONFIG_DIR JIT_TOKEN JIT_TOKEN_FILE JIT_STORE JIT_LOG || :
mkdir -p "$XDG_CONFIG_HOME/jit" "$XDG_DATA_HOME"
cp -r policies/company "$XDG_CONFIG_HOME/jit/policy.d"
rm -rf "$XDG_CONFIG_HOME/jit/policy.d/tests"
# The toolchain stays where it was.
real_home=$(getent passwd "$(id -u)" | cut -d: -f6)

# NAME COMMAND...: median, mean and least of many runs, in milliseconds.
measure() {
    name=$1
    shift
    if command -v hyperfine >/dev/null; then
        hyperfine -N --warmup 20 --runs "${RUNS:-300}" --export-csv "$dir/out.csv" "$*" >"$dir/log" 2>&1 ||
            { cat "$dir/log"; exit 1; }
        awk -F, -v name="$name" 'NR == 2 {
            printf "%-44s median %7.2f ms   mean %7.2f ± %5.2f   least %7.2f\n", name, $4 * 1e3, $2 * 1e3, $3 * 1e3, $7 * 1e3
        }' "$dir/out.csv"
        return
    fi
    # `date` is a process too: its time, the same in every line, is in these figures.
    for _ in $(seq "${RUNS:-300}"); do
        from=$(date +%s%N)
        "$@" >/dev/null
        echo $(($(date +%s%N) - from))
    done | sort -n | awk -v name="$name" '{ all[NR] = $1; sum += $1 } END {
        printf "%-44s median %7.2f ms   mean %7.2f   least %7.2f\n", name, all[int((NR + 1) / 2)] / 1e6, sum / NR / 1e6, all[1] / 1e6
    }'
}

echo "load average: $(cat /proc/loadavg)"
echo "$jit: $(stat -c %s "$jit") bytes"
measure "limit: /bin/true" /bin/true
measure "jit --version" "$jit" --version
measure "jit list, no request" "$jit" list

rm -rf "$XDG_DATA_HOME/jit"
HOME=$real_home cargo bench --quiet --bench store -- --fill "$XDG_DATA_HOME/jit"
measure "limit: /bin/true" /bin/true
measure "jit list, 100,000 requests, embedded" "$jit" list
measure "jit list --history, the same" "$jit" list --history
measure "jit list -o json, the same" "$jit" list -o json

# The same requests, served. Its first administrator logs in once.
"$jit" serve --policy "$XDG_CONFIG_HOME/jit/policy.d" --data "$XDG_DATA_HOME/jit" --listen 127.0.0.1:0 \
    --url-file "$dir/url" -o ndjson >"$dir/serve" &
server=$!
until test -s "$dir/url"; do sleep 0.05; done
code=$(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$dir/serve")
answer=$(curl -sS -H 'content-type: application/json' -d "{\"code\":\"$code\"}" "$(cat "$dir/url")/v1/login")
(umask 077 && echo "$answer" | sed 's/.*"token":"\([^"]*\)".*/\1/' >"$dir/token")
JIT_SERVER=$(cat "$dir/url") JIT_TOKEN_FILE=$dir/token
export JIT_SERVER JIT_TOKEN_FILE
measure "jit list, 100,000 requests, of a server" "$jit" list
measure "limit: curl of the same page" \
    curl -s -o /dev/null -H "authorization: Bearer $(cat "$dir/token")" "$JIT_SERVER/v1/requests"
echo "load average: $(cat /proc/loadavg)"
