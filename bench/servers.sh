# shellcheck shell=bash
# Private servers for bench/run: MySQL 9 and PostgreSQL 18 from scripts/fetch-servers, on loopback and
# free ports, in one temporary folder, ended by process id. Sourced, never run.

# Set by bench/run: bench_folder, servers_root.

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' \
    2>/dev/null && return
  local port
  while port=$((20000 + RANDOM % 20000)); do
    (: </dev/tcp/127.0.0.1/$port) 2>/dev/null || { printf '%s\n' "$port"; return; }
  done
}

mysql_program() {
  printf '%s\n' "$servers_root/usr/sbin/mysqld" --no-defaults \
    "--lc-messages-dir=$servers_root/usr/share/mysql" \
    "--character-sets-dir=$servers_root/usr/share/mysql/charsets" \
    "--plugin-dir=$servers_root/usr/lib/mysql/plugin" --mysqlx=0
}

# As root the servers run as the users that Debian made for them: they refuse to be root.
mysql_user() { if [ "$(id -u)" = 0 ]; then printf -- '--user=mysql\n'; fi; }
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

# The settings that count for a comparison are MySQL's own defaults, spelled out: every commit is on
# disk before it is answered, at the source, at its replica and at tailrace's target alike.
mysql_settings=(
  --innodb-flush-log-at-trx-commit=1 --sync-binlog=1 --innodb-buffer-pool-size=512M
  --innodb-redo-log-capacity=1G --binlog-row-metadata=FULL --gtid-mode=ON --enforce-gtid-consistency=ON
  --max-binlog-size=1G --local-infile=ON --performance-schema=OFF --secure-file-priv=
)

start_mysql() { # start_mysql NAME SERVER_ID [SETTING...]
  local name=$1 id=$2 folder=$bench_folder/$1 port program
  shift 2
  mkdir -p "$folder"
  mapfile -t program < <(mysql_program; mysql_user)
  printf "CREATE USER 'root'@'%%'; GRANT ALL ON *.* TO 'root'@'%%' WITH GRANT OPTION;\n" \
    >"$bench_folder/accounts.sql"
  chmod 644 "$bench_folder/accounts.sql"
  [ "$(id -u)" != 0 ] || chown mysql "$folder"
  "${program[@]}" --initialize-insecure --datadir="$folder/data" --skip-log-bin \
    --init-file="$bench_folder/accounts.sql" >"$folder/log" 2>&1 || die "mysqld cannot initialise ($folder/log)"
  port=$(free_port)
  printf '%s\n' "$port" >"$folder/port"
  "${program[@]}" --datadir="$folder/data" --tmpdir="$folder" --socket="$folder/s" --port="$port" --bind-address=127.0.0.1 \
    --server-id="$id" --log-bin=binlog "${mysql_settings[@]}" "$@" >>"$folder/log" 2>&1 &
  printf '%s\n' $! >"$folder/pid"
  local waited
  for waited in $(seq 300); do
    mysql_sql "$name" 'SELECT 1' >/dev/null 2>&1 && return
    [ "$waited" -lt 300 ] && [ -d "/proc/$(server_pid "$name")" ] || break
    sleep 0.1
  done
  die "mysqld does not answer ($folder/log)"
}

mysql_sql() { # mysql_sql NAME SQL
  "$servers_root/usr/bin/mysql" --no-defaults --user=root --socket="$bench_folder/$1/s" --batch \
    --skip-column-names -e "$2"
}

start_postgres() { # start_postgres NAME [SETTING...]
  local name=$1 folder=$bench_folder/$1 bin=$servers_root/usr/lib/postgresql/18/bin port
  shift
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  as_postgres "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    >"$folder/log" 2>&1 || die "initdb failed ($folder/log)"
  port=$(free_port)
  printf '%s\n' "$port" >"$folder/port"
  as_postgres "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -h 127.0.0.1 \
    -c shared_buffers=512MB -c max_wal_size=4GB -c fsync=on -c synchronous_commit=on "$@" \
    >>"$folder/log" 2>&1 &
  local waited
  for waited in $(seq 300); do
    if postgres_sql "$name" postgres 'SELECT 1' >/dev/null 2>&1; then
      head -n 1 "$folder/data/postmaster.pid" >"$folder/pid"
      return
    fi
    sleep 0.1
  done
  die "postgres does not answer ($folder/log)"
}

postgres_sql() { # postgres_sql NAME DATABASE SQL
  psql -X -q -A -t -h "$bench_folder/$1" -p "$(server_port "$1")" -U postgres -d "$2" -c "$3"
}

server_port() { cat "$bench_folder/$1/port"; }
server_pid() { cat "$bench_folder/$1/pid"; }

stop_server() {
  local pid waited signal=TERM
  pid=$(server_pid "$1" 2>/dev/null) || return 0
  # TERM lets a postmaster wait for its clients, a subscription of another server among them.
  [ ! -d "$bench_folder/$1/data/pg_wal" ] || signal=INT
  kill -$signal "$pid" 2>/dev/null || true
  for waited in $(seq 600); do
    [ -d "/proc/$pid" ] || break
    [ "$waited" != 599 ] || kill -KILL "$pid" 2>/dev/null || true
    sleep 0.1
  done
  rm -f "$bench_folder/$1/pid"
}

# CPU seconds that a process and its ended children have used.
cpu_seconds() {
  local ticks
  ticks=$(getconf CLK_TCK)
  # The name in parentheses may hold blanks.
  sed 's/^.*) //' "/proc/$1/stat" | awk -v t="$ticks" '{ printf "%.2f\n", ($12 + $13 + $14 + $15) / t }'
}

# The same for a postmaster and everything below it: its backends come and go.
postgres_cpu_seconds() {
  local pid total=0
  for pid in "$1" $(pgrep -P "$1"); do
    total=$(awk -v a="$total" -v b="$(cpu_seconds "$pid" 2>/dev/null || echo 0)" 'BEGIN { print a + b }')
  done
  printf '%s\n' "$total"
}
