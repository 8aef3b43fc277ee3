#!/usr/bin/env bash
# CPU time per request of Sluice and of its peers, on the same work, in one interleaved run.
#
# The gateway runs alone on one core; the backends (origin) and the load (wrk, else loadgen) share
# another. CPU time is user + system time of the gateway's processes, from /proc, over a load that
# never stops: it tells two gateways apart on a busy machine, where requests per second do not.
#
# What starts here is ended here, each process by its id. See docs/load-testing.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
bin=${CARGO_TARGET_DIR:-$root/target}/release
sluice=${SLUICE_BIN:-$bin/sluice}
origin=${ORIGIN_BIN:-$bin/origin}
loadgen=${LOADGEN_BIN:-$bin/loadgen}
krakend=${KRAKEND_BIN:-}

seconds=3 runs=3 connections=32 gateway_core=0 load_core=1 json="" load=""
scenarios="noop json1 agg2 agg4 agg4s"
contenders=""

usage() {
    cat <<'EOF'
loadtest/compare.sh [OPTIONS]     CPU per request of Sluice, nginx, HAProxy, KrakenD

    --seconds N        measured time of one load (3)
    --runs N           loads of each contender and scenario; medians are printed (3)
    --only LIST        scenarios: noop,json1,agg2,agg4,agg4s (all)
    --who LIST         contenders: sluice,nginx,haproxy,krakend (those that are there)
    --load wrk|loadgen (wrk if it is installed)
    --connections N    (32)
    --gateway-core N   (0)
    --load-core N      (1)
    --json FILE        the medians as JSON

Environment: SLUICE_BIN, KRAKEND_BIN, ORIGIN_BIN, LOADGEN_BIN. nginx and HAProxy do noop only.
EOF
}

fail() {
    echo "compare: $*" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --seconds | --runs | --connections | --gateway-core | --load-core)
        [[ ${2:-} =~ ^[0-9]{1,4}$ ]] || fail "$1 needs a number"
        name=${1#--} && printf -v "${name//-/_}" %s "$2" && shift 2
        ;;
    --only) scenarios=${2//,/ } && shift 2 ;;
    --who) contenders=${2//,/ } && shift 2 ;;
    --load) load=$2 && shift 2 ;;
    --json) json=$2 && shift 2 ;;
    *) fail "no such option: $1; see --help" ;;
    esac
done

have() { command -v "$1" >/dev/null 2>&1; }

for tool in taskset pgrep awk; do have $tool || fail "$tool is missing"; done
[ "$(nproc --all)" -ge 2 ] || fail "needs two cores"
[ "$seconds" -gt 0 ] && [ "$runs" -gt 0 ] && [ "$connections" -gt 0 ] || fail "numbers must not be 0"
[ -n "$load" ] || { have wrk && load=wrk || load=loadgen; }
if [ -z "$contenders" ]; then
    contenders=sluice
    have nginx && contenders+=" nginx"
    have haproxy && contenders+=" haproxy"
    [ -n "$krakend" ] && contenders+=" krakend"
fi
for who in $contenders; do
    case $who in
    sluice) [ -x "$sluice" ] || fail "$sluice is missing: cargo build --release, or set SLUICE_BIN" ;;
    krakend) [ -x "$krakend" ] || fail "KRAKEND_BIN does not name a program" ;;
    nginx | haproxy) have "$who" || fail "$who is not installed" ;;
    *) fail "no such contender: $who" ;;
    esac
done
[ -x "$origin" ] || fail "$origin is missing: cargo build --release --features loadtest --bins"
case $load in
loadgen) [ -x "$loadgen" ] || fail "$loadgen is missing: cargo build --release --features loadtest --bins" ;;
wrk) have wrk || fail "wrk is not installed" ;;
*) fail "--load is wrk or loadgen" ;;
esac
for s in $scenarios; do
    case $s in noop | json1 | agg2 | agg4 | agg4s) ;; *) fail "no such scenario: $s" ;; esac
done

work=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX")
chmod 755 "$work" # an nginx worker runs as another user
backend_pid="" gateway_pid=""

stop() {
    local pid=$1 i
    [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null || return 0
    for i in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        [ "$i" = 80 ] && kill -9 "$pid" 2>/dev/null
        sleep 0.05
    done
    wait "$pid" 2>/dev/null || true
}

cleanup() {
    stop "$gateway_pid"
    stop "$backend_pid"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        listens "$port" || break
    done
    echo "$port"
}

# Waits until process $1 listens on port $2.
await() {
    local i
    for i in $(seq 200); do
        listens "$2" && return 0
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# Process $1 and all below it.
tree() {
    local child
    echo "$1"
    for child in $(pgrep -P "$1" || true); do tree "$child"; done
}

# Clock ticks of CPU time used so far by the processes below $1.
ticks() {
    local pid
    for pid in $(tree "$1"); do
        sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null || true
    done | awk '{ sum += $12 + $13 } END { print sum + 0 }'
}

# Resident memory of the processes below $1, KiB.
resident() {
    local pid
    for pid in $(tree "$1"); do
        grep VmRSS "/proc/$pid/status" 2>/dev/null || true
    done | awk '{ sum += $2 } END { print sum + 0 }'
}

gateway_config() {
    local port=$1
    local user='"host": ["http://127.0.0.1:'${ports[0]}'"], "url_pattern": "/user.json"'
    local cart='"host": ["http://127.0.0.1:'${ports[1]}'"], "url_pattern": "/cart.json"'
    local reco='"host": ["http://127.0.0.1:'${ports[2]}'"], "url_pattern": "/reco.json"'
    local banner='"host": ["http://127.0.0.1:'${ports[3]}'"], "url_pattern": "/banner.json"'
    cat <<EOF
{
  "version": 3, "name": "compare", "listen_ip": "127.0.0.1", "port": $port,
  "timeout": "5s", "cache_ttl": "0s",
  "max_idle_connections": 1024, "max_idle_connections_per_host": 1024,
  "extra_config": {
    "telemetry/logging": { "level": "ERROR", "stdout": true },
    "router": { "disable_access_log": true },
    "sluice/runtime": { "shards": 1 }
  },
  "endpoints": [
    { "endpoint": "/noop", "output_encoding": "no-op", "backend": [{ $user, "encoding": "no-op" }] },
    { "endpoint": "/json1", "backend": [{ $user }] },
    { "endpoint": "/agg2", "backend": [{ $user, "group": "user" }, { $cart, "group": "cart" }] },
    { "endpoint": "/agg4", "backend": [
      { $user, "group": "user", "allow": ["id", "name", "address.city"] },
      { $cart, "group": "cart" }, { $reco }, { $banner, "deny": ["ads"] }
    ] },
    { "endpoint": "/agg4s/{id}",
      "input_headers": ["X-Trace", "Accept-Language"], "input_query_strings": ["page", "lang"],
      "extra_config": { "qos/ratelimit/router": {
        "max_rate": 9000000, "capacity": 9000000,
        "client_max_rate": 9000000, "client_capacity": 9000000, "strategy": "ip" } },
      "backend": [
        { $user, "group": "user", "mapping": { "name": "full_name" },
          "extra_config": { "qos/circuit-breaker": { "interval": 60, "timeout": 10, "max_errors": 100 } } },
        { $cart, "group": "cart" }, { $reco }, { $banner, "deny": ["ads"] }
      ] }
  ]
}
EOF
}

nginx_config() {
    cat <<EOF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/nginx.log crit;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path $work/n1; proxy_temp_path $work/n2; fastcgi_temp_path $work/n3;
  uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  upstream backend { server 127.0.0.1:${ports[0]}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:$1;
    location /noop {
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://backend/user.json;
    }
  }
}
EOF
}

haproxy_config() {
    cat <<EOF
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend front
  bind 127.0.0.1:$1
  http-request set-path /user.json
  default_backend back
backend back
  http-reuse always
  server one 127.0.0.1:${ports[0]}
EOF
}

# Starts contender $1 on port $2; its id goes to gateway_pid.
start() {
    local config=$work/$1-$2
    case $1 in
    sluice) gateway_config "$2" >"$config.json" && set -- "$sluice" run -c "$config.json" ;;
    krakend) gateway_config "$2" >"$config.json" && set -- "$krakend" run -c "$config.json" ;;
    nginx) nginx_config "$2" >"$config" && set -- nginx -c "$config" -p "$work" ;;
    haproxy) haproxy_config "$2" >"$config" && set -- haproxy -f "$config" -db ;;
    esac
    GOMAXPROCS=1 USAGE_DISABLE=1 taskset -c "$gateway_core" "$@" >"$work/out" 2>&1 &
    gateway_pid=$!
}

# Loads URL $1 for $2 seconds; prints "requests p99_us", or "error ..." if anything failed.
press() {
    local out
    if [ "$load" = wrk ]; then
        out=$(taskset -c "$load_core" wrk -t1 -c"$connections" --latency -d"$2s" "$1")
        awk '
            function us(t) {
                if (t ~ /us$/) return t + 0
                if (t ~ /ms$/) return t * 1e3
                if (t ~ /m$/) return t * 6e7
                return t * 1e6
            }
            /Non-2xx|Socket errors/ { bad = bad " " $0 }
            $1 == "99%" { p99 = us($2) }
            /requests in/ { n = $1 }
            END { if (bad || !n) print "error" bad; else print n, p99 }' <<<"$out"
    else
        out=$(taskset -c "$load_core" "$loadgen" --connections "$connections" --warmup 0 --duration "$2s" \
            --json - "$1")
        awk '
            function value(key) {
                if (!match($0, "\"" key "\":[-0-9.e]+")) return -1
                return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
            }
            {
                n = value("requests")
                bad = value("errors_total") + value("unexpected_statuses")
                if (bad || n < 1) print "error: " bad " failures"; else print n, value("p99")
            }' <<<"$out"
    fi
}

# One load of contender $1 on scenario $2; appends "cpu_us rps p99_us rss_kib" to its file.
measure() {
    local port path before after result requests p99 tick
    port=$(free_port)
    path=/$2
    [ "$2" = agg4s ] && path="/agg4s/42?page=2&lang=en"
    start "$1" "$port"
    if await "$gateway_pid" "$port"; then
        press "http://127.0.0.1:$port$path" 1 >/dev/null
        before=$(ticks "$gateway_pid")
        result=$(press "http://127.0.0.1:$port$path" "$seconds")
        after=$(ticks "$gateway_pid")
        if [[ $result == error* ]]; then
            echo "compare: $1 $2: $result" >&2
        else
            read -r requests p99 <<<"$result"
            tick=$(getconf CLK_TCK)
            awk -v t=$((after - before)) -v hz="$tick" -v n="$requests" -v s="$seconds" -v p="$p99" \
                -v m="$(resident "$gateway_pid")" \
                'BEGIN { printf "%.2f %.0f %.0f %d\n", 1e6 * t / hz / n, n / s, p, m }' >>"$work/$2.$1.figures"
        fi
    else
        echo "compare: $1 did not listen:" >&2
        tail -n 5 "$work/out" >&2
    fi
    stop "$gateway_pid"
    gateway_pid=""
}

# Median of column $2 of file $1.
median() {
    sort -n -k"$2,$2" "$1" | awk -v c="$2" '{ v[NR] = $c }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# Backends on four free ports; the origin names them, and ends by itself if this script cannot.
limit=$((60 + runs * 40 * (seconds + 3)))
taskset -c "$load_core" "$origin" --listen 127.0.0.1:0 --listen 127.0.0.1:0 --listen 127.0.0.1:0 \
    --listen 127.0.0.1:0 --for "$((limit < 86400 ? limit : 86400))" >"$work/origin" &
backend_pid=$!
for _ in $(seq 100); do
    grep -q listens "$work/origin" && break
    sleep 0.05
done
read -r -a ports <<<"$(sed 's/^origin listens on //; s/127.0.0.1://g' "$work/origin")"
[ "${#ports[@]}" = 4 ] || fail "the backends did not start"

for _ in $(seq "$runs"); do
    for scenario in $scenarios; do
        for who in $contenders; do
            case $who-$scenario in
            nginx-noop | haproxy-noop | sluice-* | krakend-*) measure "$who" "$scenario" ;;
            esac
        done
    done
done

printf '%-9s %-9s %12s %10s %10s %9s %5s\n' scenario gateway "CPU us/req" req/s "p99 us" "RSS KiB" runs
rows=""
missing=0
for scenario in $scenarios; do
    for who in $contenders; do
        case $who in nginx | haproxy) [ "$scenario" = noop ] || continue ;; esac
        file=$work/$scenario.$who.figures
        if [ ! -s "$file" ]; then
            printf '%-9s %-9s %12s\n' "$scenario" "$who" failed
            missing=1
            continue
        fi
        count=$(wc -l <"$file")
        set -- "$(median "$file" 1)" "$(median "$file" 2)" "$(median "$file" 3)" "$(median "$file" 4)"
        printf '%-9s %-9s %12.1f %10.0f %10.0f %9.0f %5d\n' "$scenario" "$who" "$@" "$count"
        rows+="${rows:+,}"$'\n'"  {\"scenario\": \"$scenario\", \"gateway\": \"$who\", \"cpu_us\": $1,"
        rows+=" \"rps\": $2, \"p99_us\": $3, \"rss_kib\": $4, \"runs\": $count}"
    done
done
[ -z "$json" ] || printf '[%s\n]\n' "$rows" >"$json"
exit "$missing"
