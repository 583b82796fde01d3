# shellcheck shell=bash disable=SC2154
# Private database servers for scripts: on 127.0.0.1, on free ports, all files in one folder, stopped
# by process id. Sourced after lib.sh. The tests start theirs from tests/support instead.
#
# The caller sets `servers_folder` (short: unix socket paths end at 108 bytes). Every server NAME
# has $servers_folder/NAME: data, s (socket; for PostgreSQL the folder itself), log, pid, port.

# A port that nobody listens on, below the range that the kernel hands out for outgoing connections.
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (: </dev/tcp/127.0.0.1/$port) 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

server_port() { cat "$servers_folder/$1/port"; }
server_pid() { cat "$servers_folder/$1/pid"; }

# Waits until the log of NAME has TEXT after its first LINES lines.
wait_for_log() {
  local name=$1 text=$2 lines=$3 log=$servers_folder/$1/log
  for _ in $(seq 600); do
    if tail -n "+$((lines + 1))" "$log" | grep -q "$text"; then return 0; fi
    kill -0 "$(server_pid "$name")" 2>/dev/null || break
    sleep 0.05
  done
  tail -n 20 "$log" >&2
  die "$name did not start (log: $log)"
}

prepare_server() { # prepare_server NAME: folder and port, once
  mkdir -p "$servers_folder/$1"
  [ -e "$servers_folder/$1/port" ] || free_port >"$servers_folder/$1/port"
}

# start_mariadb NAME [OPTION...]: a new server, or the same one again. Root without a password.
start_mariadb() {
  local name=$1 folder=$servers_folder/$1 lines user
  shift
  user=$(id -un)
  prepare_server "$name"
  if [ ! -d "$folder/data" ]; then
    mariadb-install-db --no-defaults --user="$user" --datadir="$folder/data" --skip-test-db \
      --auth-root-authentication-method=normal --innodb-log-file-size=32M >"$folder/install.log" 2>&1 ||
      { cat "$folder/install.log" >&2; die "$name could not be initialised"; }
  fi
  touch "$folder/log"
  lines=$(wc -l <"$folder/log")
  setsid mariadbd --no-defaults --user="$user" --datadir="$folder/data" --tmpdir="$folder" --socket="$folder/s" \
    --pid-file="$folder/own-pid" --bind-address=127.0.0.1 --port="$(server_port "$name")" --skip-name-resolve \
    --server-id="$(server_port "$name")" --log-bin=binlog --binlog-format=ROW --binlog-row-metadata=FULL \
    --innodb-log-file-size=32M --innodb-flush-log-at-trx-commit=2 "$@" </dev/null >>"$folder/log" 2>&1 &
  printf '%s\n' "$!" >"$folder/pid"
  disown "$!"
  wait_for_log "$name" 'ready for connections' "$lines"
}

# start_postgres NAME [OPTION...]: version 15, administrator `postgres` without a password.
start_postgres() {
  local name=$1 folder=$servers_folder/$1 lines
  shift
  local as=() programs=/usr/lib/postgresql/15/bin
  prepare_server "$name"
  if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    as=(setpriv --reuid postgres --regid postgres --init-groups)
    chown postgres "$folder"
  fi
  if [ ! -d "$folder/data" ]; then
    (cd / && "${as[@]}" "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
      --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$folder/install.log" 2>&1 ||
      { cat "$folder/install.log" >&2; die "$name could not be initialised"; }
  fi
  touch "$folder/log"
  lines=$(wc -l <"$folder/log")
  (cd / && exec setsid "${as[@]}" "$programs/postgres" -D "$folder/data" -p "$(server_port "$name")" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" -c wal_level=logical \
    -c lc_messages=C -c logging_collector=off "$@") </dev/null >>"$folder/log" 2>&1 &
  printf '%s\n' "$!" >"$folder/pid"
  disown "$!"
  wait_for_log "$name" 'ready to accept connections' "$lines"
}

# stop_process PID [SIGNAL]: asks, waits up to 30 s, then insists.
stop_process() {
  local pid=$1
  kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

stop_server() {
  local signal=TERM
  [ ! -e "$servers_folder/$1/data/PG_VERSION" ] || signal=INT # TERM would wait for clients to leave
  stop_process "$(server_pid "$1")" "$signal"
}

mariadb_sql() { # mariadb_sql NAME SQL [DATABASE]
  mariadb --no-defaults --user=root --socket="$servers_folder/$1/s" --batch --skip-column-names -e "$2" ${3:+"$3"}
}

postgres_sql() { # postgres_sql NAME SQL [DATABASE]
  psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$servers_folder/$1" -p "$(server_port "$1")" -U postgres -d "${3:-postgres}" -c "$2"
}
