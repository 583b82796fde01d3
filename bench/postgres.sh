# shellcheck shell=bash
# The parts of bench/run with PostgreSQL 18 as source: capture-pg, catchup-pg and large-pg; latency-pg is
# in latency.sh. Sourced, never run.

# Set by bench/run: bench_folder, postgres_bin, tailrace, runs and the sizes.

source_settings=(-c wal_level=logical -c max_replication_slots=100 -c max_wal_senders=20)

# Every part has a database of its own at the source; slots see no other part's WAL, because each part
# makes its slots when it begins and drops them when it ends.
pg_source_database() { # pg_source_database DATABASE
  [ -e "$bench_folder/pgsource/pid" ] || start_postgres pgsource "${source_settings[@]}"
  postgres_sql pgsource postgres "CREATE DATABASE $1"
}

pg_target_database() { # pg_target_database SERVER DATABASE
  [ -e "$bench_folder/$1/pid" ] || start_postgres "$1"
  postgres_sql "$1" postgres "CREATE DATABASE $2"
}

# pgbench_on DATABASE ARGUMENT...: at the source, which need not wait for its own disk: how the history
# was written plays no part in how fast it is read.
pgbench_on() {
  local database=$1
  shift
  PGOPTIONS='-c synchronous_commit=off' "$postgres_bin/pgbench" -h 127.0.0.1 -p "$(server_port pgsource)" \
    -U postgres "$@" "$database" >"$bench_folder/pgbench.log" 2>&1 ||
    { tail "$bench_folder/pgbench.log" >&2; die "pgbench failed"; }
}

make_slot() { # make_slot DATABASE SLOT
  postgres_sql pgsource "$1" "SELECT pg_create_logical_replication_slot('$2', 'pgoutput')" >/dev/null
}
# A slot at the place of another one that was never read from: a run of its own over the same WAL.
copy_slot() { # copy_slot DATABASE FROM TO
  postgres_sql pgsource "$1" "SELECT pg_copy_logical_replication_slot('$2', '$3')" >/dev/null
}
drop_slots() { # drop_slots DATABASE
  local waited
  for waited in $(seq 100); do
    [ "$(postgres_sql pgsource postgres "SELECT count(*) FROM pg_replication_slots WHERE active AND database = '$1'")" != 0 ] || break
    [ "$waited" != 99 ] || die "a slot of $1 is still in use"
    sleep 0.1
  done
  postgres_sql pgsource "$1" "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots
    WHERE database = '$1'" >/dev/null
}
wal_end() { postgres_sql pgsource postgres 'SELECT pg_current_wal_flush_lsn()'; }
settle() { local server; for server in "$@"; do postgres_sql "$server" postgres CHECKPOINT; done; }

pg_source_url() { # pg_source_url DATABASE SLOT [OPTION...]
  printf '%s?slot=%s&publication=bench' "$(postgres_url pgsource "$1")" "$2"
  shift 2
  [ $# = 0 ] || printf '&%s' "$@"
}

# The CPU seconds that a server used while a command ran; sets server_cpu, and what measure sets.
with_cpu_of() { # with_cpu_of SERVER COMMAND...
  local server=$1 before
  shift
  before=$(postgres_cpu_seconds "$(server_pid "$server")")
  "$@"
  server_cpu=$(calc '%.2f' "$(postgres_cpu_seconds "$(server_pid "$server")") - $before")
}

# --- capture-pg -----------------------------------------------------------------------------------

orders_table='CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL,
  status text NOT NULL, amount numeric(12,2) NOT NULL, discount float8, paid boolean NOT NULL,
  created timestamptz NOT NULL, due date, reference uuid NOT NULL, note varchar(200), attributes jsonb)'

# orders_rows FIRST_EXPRESSION COUNT: the rows of an INSERT into orders.
orders_rows() {
  printf '%s' "INSERT INTO orders (customer, status, amount, discount, paid, created, due, reference, note, attributes)
    SELECT i % 5000, (ARRAY['new','paid','sent','closed'])[1 + i % 4], i * 1.37 % 100000, i / 7.0::float8, i % 3 = 0,
      now(), current_date + i % 30, md5(i::text)::uuid, 'note of order ' || i,
      jsonb_build_object('weight', i % 90, 'gift', i % 2 = 0)
    FROM generate_series($1, $1 + $2 - 1) i"
}

# A million row changes (--quick: a tenth): four in ten by pgbench's own transactions, one in ten single
# inserts into the wide table, the others 1000 rows a transaction.
make_capture_load() {
  local scripts=$bench_folder/scripts
  mkdir -p "$scripts"
  printf '\\set i random(1, 1000000)\n%s;\n' "$(orders_rows :i 1)" >"$scripts/single"
  printf '\\set i random(1, 1000000)\n%s;\n' "$(orders_rows :i 1000)" >"$scripts/many"
  printf "\\\\set n :n + 1\nUPDATE orders SET status = 'closed', amount = amount + 1 WHERE id > (:n - 1) * 1000 AND id <= :n * 1000;\n" \
    >"$scripts/update"
  printf '\\set n :n + 1\nDELETE FROM orders WHERE id > (:n - 1) * 1000 AND id <= :n * 1000;\n' >"$scripts/delete"
  pgbench_on capture -n -c 4 -M prepared -t $((capture_changes * 25 / 1000))
  pgbench_on capture -n -c 4 -M prepared -t $((capture_changes * 25 / 1000)) -f "$scripts/single"
  pgbench_on capture -n -c 1 -t $((capture_changes * 3 / 10000)) -f "$scripts/many"
  pgbench_on capture -n -c 1 -t $((capture_changes * 15 / 100000)) -D n=0 -f "$scripts/update"
  pgbench_on capture -n -c 1 -t $((capture_changes * 5 / 100000)) -D n=0 -f "$scripts/delete"
}

recvlogical() { # recvlogical SLOT OPTION...: to the end of the load
  local slot=$1 options=() option
  shift
  for option; do options+=(-o "$option"); done
  measure "$postgres_bin/pg_recvlogical" -h 127.0.0.1 -p "$(server_port pgsource)" -U postgres -d capture \
    --slot="$slot" --start --no-loop --endpos="$capture_end" -F 0 -f /dev/null -o publication_names=bench \
    "${options[@]}" 2>"$bench_folder/recvlogical.log" ||
    { cat "$bench_folder/recvlogical.log" >&2; die "pg_recvlogical failed"; }
}

# One runner once, from a slot of its own; adds a line to its file.
capture_pg_once() { # capture_pg_once RUNNER RUN
  local runner=$1 slot=${1//-/_}_$2
  copy_slot capture origin "$slot"
  case $runner in
    recv-text) with_cpu_of pgsource recvlogical "$slot" proto_version=1 ;;
    recv-stream) with_cpu_of pgsource recvlogical "$slot" proto_version=4 messages=true streaming=on ;;
    recv-binary) with_cpu_of pgsource recvlogical "$slot" proto_version=4 messages=true streaming=on binary=true ;;
    *)
      local options=()
      case $runner in
        *-text) options=(binary=false) ;;
        *-whole) options=(streaming=false) ;;
        *-plain) options=(binary=false streaming=false) ;;
      esac
      with_cpu_of pgsource run_tailrace "$runner$2" --from "$(pg_source_url capture "$slot" "${options[@]}")" \
        --to null:// --start earliest
      [ "$changes" = "$capture_changes" ] || die "$runner saw $changes of $capture_changes changes"
      ;;
  esac
  postgres_sql pgsource capture "SELECT pg_drop_replication_slot('$slot')" >/dev/null
  printf '%s %s %s %s\n' "$seconds" "$cpu" "$server_cpu" "$rss" >>"$bench_folder/capture-pg.$runner"
}

capture_runner_name() {
  case $1 in
    recv-text) echo "pg_recvlogical, text" ;;
    recv-stream) echo "  text, as tailrace asks" ;;
    recv-binary) echo "  binary, as tailrace asks" ;;
    tailrace) echo "tailrace to null" ;;
    *-text) echo "  binary=false" ;;
    *-whole) echo "  streaming=false" ;;
    *-plain) echo "  both false" ;;
  esac
}

bench_capture-pg() {
  local runners=(recv-text recv-stream recv-binary tailrace tailrace-text tailrace-whole tailrace-plain)
  local runner i wal rate base begin
  say "capture-pg: making the WAL"
  pg_source_database capture
  pgbench_on capture -i -q -s 10
  postgres_sql pgsource capture "$orders_table"
  postgres_sql pgsource capture 'CREATE PUBLICATION bench FOR ALL TABLES'
  make_slot capture origin
  begin=$(wal_end)
  make_capture_load
  capture_end=$(wal_end)
  wal=$(postgres_sql pgsource postgres "SELECT (pg_wal_lsn_diff('$capture_end', '$begin') / 1e6)::int")
  settle pgsource
  say "capture-pg: measuring"
  for runner in "${runners[@]}"; do rm -f "$bench_folder/capture-pg.$runner"; done
  for i in $(seq "$runs"); do
    for runner in "${runners[@]}"; do capture_pg_once "$runner" "$i"; done
  done
  drop_slots capture
  print
  print "Capture from PostgreSQL: $capture_changes row changes in $wal MB of WAL (pgbench; 11 columns, 1 and 1000 rows a transaction)"
  row '  %-26s %9s %11s %8s %11s %9s %8s\n' "" seconds changes/s "CPU s" "server CPU" "RSS MiB" ratio
  base=$(column_median "$bench_folder/capture-pg.recv-text" 1)
  for runner in "${runners[@]}"; do
    rate=$(calc '%.0f' "$capture_changes / $(column_median "$bench_folder/capture-pg.$runner" 1)")
    row '  %-26s %9.2f %11d %8.2f %11.2f %9.0f %8.2f\n' "$(capture_runner_name "$runner")" \
      "$(column_median "$bench_folder/capture-pg.$runner" 1)" "$rate" \
      "$(column_median "$bench_folder/capture-pg.$runner" 2)" "$(column_median "$bench_folder/capture-pg.$runner" 3)" \
      "$(column_median "$bench_folder/capture-pg.$runner" 4)" \
      "$(calc '%.3f' "$base / $(column_median "$bench_folder/capture-pg.$runner" 1)")"
  done
  command_line "pg_recvlogical --slot S --start --endpos END -F 0 -f /dev/null -o proto_version=1 -o publication_names=bench"
  print "      as tailrace asks: -o proto_version=4 -o messages=true -o streaming=on [-o binary=true]"
  command_line "tailrace run --from 'postgresql://postgres@127.0.0.1:PORT/capture?slot=S&publication=bench' \\"
  print "      --to null:// --start earliest --exit-when-caught-up"
}

# --- catchup-pg -----------------------------------------------------------------------------------

subscribe() { # subscribe DATABASE SERVER TARGET_DATABASE NAME OPTIONS: with its slot made, but disabled
  postgres_sql "$2" "$3" "CREATE SUBSCRIPTION $4 CONNECTION 'host=127.0.0.1 port=$(server_port pgsource)
    user=postgres dbname=$1' PUBLICATION bench WITH (enabled = false, copy_data = false, $5)" 2>/dev/null
}
unsubscribe() { # unsubscribe SERVER TARGET_DATABASE NAME: leaves the slot to drop_slots
  postgres_sql "$1" "$2" "ALTER SUBSCRIPTION $3 DISABLE"
  postgres_sql "$1" "$2" "ALTER SUBSCRIPTION $3 SET (slot_name = NONE)"
  postgres_sql "$1" "$2" "DROP SUBSCRIPTION $3"
}

# Until this row is visible. Short transactions: one that lasted would keep the target from pruning the
# rows that are updated again and again, which makes every later update slower.
wait_for_marker() { # wait_for_marker SERVER DATABASE ID
  printf '%s\n' "SELECT 1 WHERE NOT EXISTS (SELECT FROM marker WHERE id = $3) \\watch i=0.01 c=180000 m=1" |
    "$postgres_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(server_port "$1")" -U postgres -d "$2" >/dev/null
  [ "$(postgres_sql "$1" "$2" "SELECT count(*) FROM marker WHERE id = $3")" = 1 ] ||
    die "the subscription of $2 did not catch up"
}

# The subscription from where it stands until the row with this id, written last, is visible; sets
# seconds and rss (private memory of its worker at the end, MiB).
run_subscription() { # run_subscription SERVER DATABASE NAME MARKER_ID
  local start=$EPOCHREALTIME worker
  postgres_sql "$1" "$2" "ALTER SUBSCRIPTION $3 ENABLE"
  wait_for_marker "$1" "$2" "$4"
  seconds=$(calc '%.3f' "$EPOCHREALTIME - $start")
  worker=$(postgres_sql "$1" "$2" "SELECT pid FROM pg_stat_subscription WHERE subname = '$3' AND leader_pid IS NULL")
  rss=$(awk '/^RssAnon/ { printf "%.0f", $2 / 1024 }' "/proc/$worker/status")
  postgres_sql "$1" "$2" "ALTER SUBSCRIPTION $3 DISABLE"
}

# What must be equal at every copy.
pgbench_sums() { # pgbench_sums SERVER DATABASE
  postgres_sql "$1" "$2" 'SELECT (SELECT sum(aid::numeric * abalance) FROM pgbench_accounts),
    (SELECT sum(tid * tbalance) FROM pgbench_tellers), (SELECT sum(bid * bbalance) FROM pgbench_branches),
    (SELECT (count(*), sum(aid), sum(delta)) FROM pgbench_history)'
}

pgbench_tables() { # pgbench_tables SERVER DATABASE: the same data everywhere, and a table for the last row
  "$postgres_bin/pgbench" -h 127.0.0.1 -p "$(server_port "$1")" -U postgres -i -q -s 10 "$2" \
    >"$bench_folder/pgbench.log" 2>&1 || { tail "$bench_folder/pgbench.log" >&2; die "pgbench -i failed"; }
  postgres_sql "$1" "$2" 'CREATE TABLE marker (id int PRIMARY KEY)'
}

prepare_catchup_pg() {
  local commit
  say "catchup-pg: starting targets with equal tables"
  pg_source_database catchup
  pgbench_tables pgsource catchup
  postgres_sql pgsource catchup 'CREATE PUBLICATION bench FOR ALL TABLES'
  for commit in off on; do
    pg_target_database pgpeer "catchup_$commit"
    pgbench_tables pgpeer "catchup_$commit"
    subscribe catchup pgpeer "catchup_$commit" "catchup_$commit" "synchronous_commit = $commit"
  done
  pg_target_database pgtarget catchup
  pgbench_tables pgtarget catchup
  make_slot catchup catchup_tailrace
  run_tailrace catchup-pg --from "$(pg_source_url catchup catchup_tailrace)" \
    --to "t=$(postgres_url pgtarget catchup)" --start earliest
}

catchup_pg_once() { # catchup_pg_once RUNNER RUN
  local server=pgpeer database=catchup_${1#peer-}
  [ "$1" != tailrace ] || server=pgtarget database=catchup
  settle pgsource "$server"
  if [ "$1" = tailrace ]; then
    with_cpu_of pgtarget run_tailrace catchup-pg --from "$(pg_source_url catchup catchup_tailrace)" \
      --to "t=$(postgres_url pgtarget catchup)"
    [ "$changes" = "$catchup_changes" ] || die "tailrace applied $changes of $catchup_changes changes"
  else
    cpu=0
    with_cpu_of pgpeer run_subscription pgpeer "$database" "$database" "$2"
  fi
  [ "$(pgbench_sums pgsource catchup)" = "$(pgbench_sums "$server" "$database")" ] ||
    die "the tables at $server $database differ from the source's"
  printf '%s %s %s %s %s\n' "$(calc '%.1f' "$catchup_changes / $seconds")" "$seconds" "$cpu" "$server_cpu" "$rss" \
    >>"$bench_folder/catchup-pg.$1"
}

catchup_pg_history() { # catchup_pg_history TRANSACTIONS MARKER_ID
  pgbench_on catchup -n -c 4 -M prepared -t $(($1 / 4))
  postgres_sql pgsource catchup "INSERT INTO marker VALUES ($2)"
  catchup_changes=$(($1 * 4 + 1))
}

# A subscription that waits for its disk at every transaction takes so long that it gets one history, a
# twentieth as long; the others catch up with that one unmeasured, which warms them.
bench_catchup-pg() {
  local i runner base file=$bench_folder/catchup-pg
  prepare_catchup_pg
  say "catchup-pg: a short history for synchronous_commit=on"
  catchup_pg_history $((pgbench_transactions / 20)) 0
  for runner in peer-off tailrace peer-on; do catchup_pg_once "$runner" 0; done
  rm -f "$file.peer-off" "$file.tailrace"
  for i in $(seq "$runs"); do
    say "catchup-pg: history $i of $runs, $pgbench_transactions transactions"
    catchup_pg_history "$pgbench_transactions" "$i"
    for runner in peer-off tailrace; do catchup_pg_once "$runner" "$i"; done
  done
  for runner in off on; do unsubscribe pgpeer "catchup_$runner" "catchup_$runner"; done
  drop_slots catchup
  print
  print "Catch-up, PostgreSQL to PostgreSQL: $pgbench_transactions transactions, $catchup_changes row changes of pgbench" \
    "(scale 10) per run;"
  print "  fsync on everywhere; the copies were equal to the source after each run"
  row '  %-30s %9s %11s %7s %10s %8s %6s\n' "" seconds changes/s "CPU s" "server CPU" "RSS MiB" ratio
  base=$(column_median "$file.peer-off" 1)
  for runner in peer-off peer-on tailrace; do
    row '  %-30s %9.2f %11.0f %7.2f %10.2f %8.0f %6.2f\n' \
      "$(case $runner in peer-off) echo "its own subscription" ;; peer-on) echo "  synchronous_commit=on, 1/20" ;;
        *) echo "tailrace, synchronous_commit=on" ;; esac)" \
      "$(column_median "$file.$runner" 2)" "$(column_median "$file.$runner" 1)" "$(column_median "$file.$runner" 3)" \
      "$(column_median "$file.$runner" 4)" "$(column_median "$file.$runner" 5)" \
      "$(calc '%.3f' "$(column_median "$file.$runner" 1) / $base")"
  done
  command_line "ALTER SUBSCRIPTION S ENABLE, until the last row is visible (synchronous_commit=off is its default)"
  command_line "tailrace run --from 'postgresql://postgres@127.0.0.1:PORT/catchup?slot=S&publication=bench' \\"
  print "      --to t=postgresql://postgres@127.0.0.1:PORT/catchup --exit-when-caught-up"
}

# --- large-pg -------------------------------------------------------------------------------------

large_pg_once() { # large_pg_once RUNNER RUN
  local runner=$1 slot=large_${1//-/_}_$2 url=null:// options=()
  case $runner in
    peer)
      postgres_sql pgpeer large 'TRUNCATE big, marker'
      cpu=0
      subscribe large pgpeer large large "create_slot = false, slot_name = origin_$2"
      run_subscription pgpeer large large 1
      unsubscribe pgpeer large large
      changes=$(postgres_sql pgpeer large 'SELECT count(*) + 1 FROM big')
      ;;
    *)
      copy_slot large origin "$slot"
      [[ $runner != *-whole ]] || options=(streaming=false)
      [[ $runner != postgres* ]] || { url=t=$(postgres_url pgtarget large); postgres_sql pgtarget large 'TRUNCATE big, marker'; }
      run_tailrace "$slot" --from "$(pg_source_url large "$slot" "${options[@]}")" --to "$url" --start earliest
      postgres_sql pgsource large "SELECT pg_drop_replication_slot('$slot')" >/dev/null
      ;;
  esac
  [ "$changes" = $((large_pg_rows + 1)) ] || die "$changes of $((large_pg_rows + 1)) rows arrived at $runner"
  printf '%s %s %s\n' "$seconds" "$cpu" "$rss" >>"$bench_folder/large-pg.$runner"
}

bench_large-pg() {
  local i server runner file=$bench_folder/large-pg
  local tables='CREATE TABLE big (id int PRIMARY KEY, k int NOT NULL, c text NOT NULL, pad text NOT NULL);
    CREATE TABLE marker (id int PRIMARY KEY)'
  say "large-pg: one transaction of $large_pg_rows rows"
  pg_source_database large
  postgres_sql pgsource large "$tables"
  for server in pgpeer pgtarget; do
    pg_target_database $server large
    postgres_sql $server large "$tables"
  done
  postgres_sql pgsource large 'CREATE PUBLICATION bench FOR ALL TABLES'
  make_slot large origin
  for i in $(seq "$runs"); do copy_slot large origin "origin_$i"; done
  postgres_sql pgsource large "INSERT INTO big SELECT i, i * 7, md5(i::text) || md5((-i)::text), md5((i + 1)::text)
    FROM generate_series(1, $large_pg_rows) i"
  postgres_sql pgsource large 'INSERT INTO marker VALUES (1)'
  settle pgsource
  rm -f "$file".*
  for i in $(seq "$runs"); do
    for runner in null null-whole postgres postgres-whole peer; do large_pg_once "$runner" "$i"; done
  done
  drop_slots large
  print
  print "One transaction of $large_pg_rows rows from PostgreSQL, queue memory 64 MiB (the default)"
  row '  %-30s %9s %11s %8s %9s\n' "" seconds rows/s "CPU s" "RSS MiB"
  for runner in null null-whole postgres postgres-whole peer; do
    row '  %-30s %9.2f %11.0f %8.2f %9.0f\n' \
      "$(case $runner in null) echo "tailrace to null" ;; *-whole) echo "  streaming=false" ;;
        postgres) echo "tailrace to PostgreSQL" ;; *) echo "its own subscription" ;; esac)" \
      "$(column_median "$file.$runner" 1)" "$(calc '%.0f' "$large_pg_rows / $(column_median "$file.$runner" 1)")" \
      "$(column_median "$file.$runner" 2)" "$(column_median "$file.$runner" 3)"
  done
  command_line "tailrace run --from 'postgresql://postgres@127.0.0.1:PORT/large?slot=S&publication=bench' --to URL \\"
  print "      --start earliest --exit-when-caught-up"
}
