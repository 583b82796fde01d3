# shellcheck shell=bash
# The parts of bench/run about the initial copy: copy-pg, copy-mysql and copy-cross. Sourced, never run.
# The peers are optional Debian packages: pgcopydb, mydumper, pgloader; one that is missing is named.
# pgcopydb and mydumper of Debian 12 know PostgreSQL 15 and MariaDB, so those are the servers here.

# Set by bench/run: bench_folder, tailrace, runs, copy_rows, copy_wide_rows.

postgres15_bin=/usr/lib/postgresql/15/bin

start_postgres15() { # start_postgres15 NAME
  (
    # start_postgres takes its programs from below $servers_root.
    servers_root=$bench_folder/postgres15
    mkdir -p "$servers_root/usr/lib/postgresql"
    ln -sfn /usr/lib/postgresql/15 "$servers_root/usr/lib/postgresql/18"
    start_postgres "$1" -c wal_level=logical -c max_replication_slots=20
  )
}

start_mariadb() { # start_mariadb NAME SERVER_ID
  local name=$1 folder=$bench_folder/$1 port waited user=()
  [ "$(id -u)" != 0 ] || user=(--user=mysql)
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown mysql "$folder"
  mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal \
    --skip-test-db "${user[@]}" >"$folder/log" 2>&1 || die "mariadb-install-db failed ($folder/log)"
  port=$(free_port)
  printf '%s\n' "$port" >"$folder/port"
  mariadbd --no-defaults --datadir="$folder/data" --tmpdir="$folder" --socket="$folder/s" --port="$port" \
    --bind-address=127.0.0.1 --server-id="$2" --log-bin=binlog --binlog-format=ROW --binlog-row-metadata=FULL \
    --innodb-buffer-pool-size=1G --innodb-log-file-size=1G --innodb-flush-log-at-trx-commit=1 --sync-binlog=1 \
    --local-infile=ON "${user[@]}" >>"$folder/log" 2>&1 &
  printf '%s\n' $! >"$folder/pid"
  for waited in $(seq 300); do
    mariadb_sql "$name" 'SELECT 1' >/dev/null 2>&1 && return
    [ "$waited" -lt 300 ] && [ -d "/proc/$(server_pid "$name")" ] || break
    sleep 0.1
  done
  die "mariadbd does not answer ($folder/log)"
}

mariadb_sql() { # mariadb_sql NAME SQL
  mariadb --no-defaults --user=root --socket="$bench_folder/$1/s" --batch --skip-column-names -e "$2"
}

# report_copies FILE ROWS RUNNER...: the table of one part; the first runner is what is compared with.
report_copies() {
  local file=$1 rows=$2 runner base
  shift 2
  row '  %-30s %9s %11s %8s %9s %8s\n' "" seconds rows/s "CPU s" "RSS MiB" "x peer"
  base=$([ -s "$file.$1" ] && column_median "$file.$1" 1 || echo 0)
  for runner; do
    if [ ! -s "$file.$runner" ]; then
      row '  %-30s %s\n' "$runner" "$([ -e "$file.$runner.failed" ] && cat "$file.$runner.failed" || echo 'not installed')"
      continue
    fi
    row '  %-30s %9.2f %11.0f %8.2f %9.0f %8s\n' "$runner" "$(column_median "$file.$runner" 1)" \
      "$(calc '%.0f' "$rows / $(column_median "$file.$runner" 1)")" "$(column_median "$file.$runner" 2)" \
      "$(column_median "$file.$runner" 3)" \
      "$([ "$base" = 0 ] && echo - || calc '%.2f' "$(column_median "$file.$runner" 1) / $base")"
  done
}

# peer_failed FILE.RUNNER LOG: the table says so, and what is not the peer's is measured all the same.
peer_failed() {
  warn "$(basename "$1") failed: $(tail -n 1 "$2" | cut -c 1-120)"
  printf 'failed\n' >"$1.failed"
}

# end_server NAME: for good; a copy's tables are too large to lie about until the last part is done.
end_server() {
  stop_server "$1"
  [ "$keep" = yes ] || rm -rf "${bench_folder:?}/$1"
}

note_run() { printf '%s %s %s\n' "$seconds" "$cpu" "$rss" >>"$1"; }

# --- copy-pg: PostgreSQL 15 to PostgreSQL 15, beside pgcopydb -------------------------------------------


prepare_copy_pg() {
  start_postgres15 copysource
  start_postgres15 copytarget
  postgres_sql copysource postgres 'CREATE DATABASE narrow'
  postgres_sql copysource postgres 'CREATE DATABASE wide'
  "$postgres15_bin/pgbench" -i -q -s $((copy_rows / 100000)) -h 127.0.0.1 -p "$(server_port copysource)" -U postgres narrow \
    >"$bench_folder/pgbench.log" 2>&1 || die "pgbench failed"
  postgres_sql copysource wide "CREATE TABLE wide (id int PRIMARY KEY, created timestamptz NOT NULL, body text NOT NULL)"
  postgres_sql copysource wide "INSERT INTO wide SELECT i, now(), repeat(md5(i::text), 128) FROM generate_series(1, $copy_wide_rows) i"
  postgres_sql copysource narrow 'ALTER TABLE pgbench_history REPLICA IDENTITY FULL'
  postgres_sql copysource narrow 'VACUUM ANALYZE'
  postgres_sql copysource wide 'VACUUM ANALYZE'
  settle copysource
}

copy_pg_once() { # copy_pg_once DATABASE RUNNER
  local database=$1 runner=$2
  postgres_sql copytarget postgres "DROP DATABASE IF EXISTS $database"
  postgres_sql copytarget postgres "CREATE DATABASE $database"
  settle copytarget
  case $runner in
    pgcopydb)
      command -v pgcopydb >/dev/null || return 0
      local folder=$bench_folder/pgcopydb
      rm -rf "$folder"
      PATH=$postgres15_bin:$PATH measure pgcopydb clone --dir "$folder" --table-jobs 4 --index-jobs 2 --no-owner --no-acl \
        --source "$(postgres_url copysource "$database")" --target "$(postgres_url copytarget "$database")" \
        >"$bench_folder/pgcopydb.log" 2>&1 || { peer_failed "$bench_folder/copy-pg-$database.$runner" "$bench_folder/pgcopydb.log"; return 0; }
      ;;
    tailrace)
      run_tailrace "copy-$database-$RANDOM" --from "$(postgres_url copysource "$database")?slot=bench_$RANDOM" --create-slot \
        --to "t=$(postgres_url copytarget "$database")"
      drop_copy_slots
      ;;
  esac
  note_run "$bench_folder/copy-pg-$database.$runner"
  local table=pgbench_accounts sums='count(*), sum(aid), sum(abalance)'
  [ "$database" = narrow ] || { table=wide sums='count(*), sum(id), sum(hashtext(body))'; }
  [ "$(postgres_sql copysource "$database" "SELECT $sums FROM $table")" = "$(postgres_sql copytarget "$database" "SELECT $sums FROM $table")" ] ||
    die "$database differs between the source and $runner's copy"
}

drop_copy_slots() {
  postgres_sql copysource postgres "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots" >/dev/null
  local database
  for database in narrow wide; do
    postgres_sql copysource $database "DO \$\$ DECLARE p text; BEGIN FOR p IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', p); END LOOP; END \$\$"
  done
}

bench_copy-pg() {
  say "copy-pg: making the tables"
  prepare_copy_pg
  local i database runner
  rm -f "$bench_folder"/copy-pg-*
  say "copy-pg: measuring"
  for i in $(seq "$runs"); do
    for database in narrow wide; do
      for runner in pgcopydb tailrace; do copy_pg_once $database $runner; done
    done
  done
  print
  print "Copy, PostgreSQL 15 to PostgreSQL 15: $copy_rows rows of pgbench_accounts, then its primary key"
  report_copies "$bench_folder/copy-pg-narrow" "$copy_rows" pgcopydb tailrace
  print "Copy, PostgreSQL 15 to PostgreSQL 15: $copy_wide_rows rows of 4 KiB"
  report_copies "$bench_folder/copy-pg-wide" "$copy_wide_rows" pgcopydb tailrace
  command_line "pgcopydb clone --source URL --target URL --table-jobs 4 --index-jobs 2"
  command_line "tailrace run --from URL --create-slot --to URL --exit-when-caught-up"
  end_server copytarget
  end_server copysource
}

# --- copy-mysql: MariaDB to MariaDB, beside mydumper and myloader; MySQL 9 to MySQL 9 alone --------------

prepare_copy_mariadb() {
  start_mariadb copymaria 21
  start_mariadb copymariatarget 22
  mariadb_sql copymaria 'CREATE DATABASE narrow; CREATE DATABASE wide'
  sysbench oltp_write_only --db-driver=mysql --mysql-socket="$bench_folder/copymaria/s" --mysql-user=root --mysql-db=narrow \
    --tables=4 --table-size=$((copy_rows / 4)) --create_secondary=on prepare >"$bench_folder/sysbench.log" 2>&1 || die "sysbench failed"
  mariadb_sql copymaria "USE wide; CREATE TABLE wide.wide (id INT PRIMARY KEY, created DATETIME(6) NOT NULL, body LONGTEXT NOT NULL);
    INSERT INTO wide.wide SELECT seq, NOW(6), REPEAT(MD5(seq), 128) FROM seq_1_to_$copy_wide_rows; ANALYZE TABLE wide.wide" >/dev/null
}

mariadb_sums() { # mariadb_sums SERVER DATABASE
  local i
  if [ "$2" = wide ]; then
    mariadb_sql "$1" 'SELECT COUNT(*), SUM(id), SUM(CRC32(body)) FROM wide.wide'
  else
    for i in 1 2 3 4; do mariadb_sql "$1" "SELECT COUNT(*), SUM(id), SUM(k), SUM(CRC32(CONCAT(c, pad))) FROM narrow.sbtest$i"; done
  fi
}

dump_and_load() { # dump_and_load FOLDER DATABASE [MYLOADER OPTION]: what measure runs
  printf '%s\n' "set -e
    mydumper --host 127.0.0.1 --port $(server_port copymaria) --user root --database $2 --outputdir $1 --threads 4 --rows 500000 --verbose 1
    myloader --host 127.0.0.1 --port $(server_port copymariatarget) --user root --directory $1 --threads 4 --verbose 1 --overwrite-tables ${3:-}"
}

copy_mariadb_once() { # copy_mariadb_once DATABASE RUNNER
  local database=$1 runner=$2
  mariadb_sql copymariatarget "DROP DATABASE IF EXISTS $database"
  case $runner in
    mydumper+myloader*)
      command -v myloader >/dev/null || return 0
      local option=
      [ "$runner" = mydumper+myloader ] || option=--enable-binlog
      rm -rf "$bench_folder/dump"
      mariadb_sql copymariatarget "CREATE DATABASE $database"
      measure bash -c "$(dump_and_load "$bench_folder/dump" "$database" "$option")" >"$bench_folder/mydumper.log" 2>&1 ||
        { peer_failed "$bench_folder/copy-mysql-$database.$runner" "$bench_folder/mydumper.log"; return 0; }
      ;;
    tailrace)
      run_tailrace "copy-maria-$database-$RANDOM" --from "$(mysql_url copymaria "$database")" --to "t=$(mysql_url copymariatarget)"
      ;;
  esac
  note_run "$bench_folder/copy-mysql-$database.$runner"
  [ "$(mariadb_sums copymaria "$database")" = "$(mariadb_sums copymariatarget "$database")" ] ||
    die "$database differs between the source and $runner's copy"
}

bench_copy-mysql() {
  say "copy-mysql: making the tables"
  [ -e "$bench_folder/copymaria/pid" ] || prepare_copy_mariadb
  # myloader keeps what it writes out of the target's binlog unless told not to; tailrace never does.
  local i database runner runners=(mydumper+myloader mydumper+myloader,binlog tailrace)
  rm -f "$bench_folder"/copy-mysql-*
  say "copy-mysql: measuring"
  for i in $(seq "$runs"); do
    for database in narrow wide; do
      for runner in "${runners[@]}"; do copy_mariadb_once $database "$runner"; done
    done
  done
  copy_mysql9
  print
  print "Copy, MariaDB 10.11 to MariaDB 10.11: $copy_rows rows of sysbench in 4 tables, with their index"
  report_copies "$bench_folder/copy-mysql-narrow" "$copy_rows" "${runners[@]}"
  print "Copy, MariaDB 10.11 to MariaDB 10.11: $copy_wide_rows rows of 4 KiB"
  report_copies "$bench_folder/copy-mysql-wide" "$copy_wide_rows" "${runners[@]}"
  print "Copy, MySQL 9 to MySQL 9: the sysbench tables (mydumper and myloader of Debian 12 cannot log in there)"
  report_copies "$bench_folder/copy-mysql9" "$copy_rows" tailrace
  command_line "mydumper --database D --outputdir F --threads 4 --rows 500000; myloader --directory F --threads 4 [--enable-binlog]"
  command_line "tailrace run --from mysql://root@127.0.0.1:PORT/D --to URL --exit-when-caught-up"
}

copy_mysql9() {
  local i
  start_mysql copymysql 23
  start_mysql copymysqltarget 24
  mysql_sql copymysql 'CREATE DATABASE narrow'
  sysbench oltp_write_only --db-driver=mysql --mysql-socket="$bench_folder/copymysql/s" --mysql-user=root --mysql-db=narrow \
    --mysql-ssl=off --tables=4 --table-size=$((copy_rows / 4)) --create_secondary=on prepare >"$bench_folder/sysbench.log" 2>&1 ||
    die "sysbench failed"
  for i in $(seq "$runs"); do
    mysql_sql copymysqltarget 'DROP DATABASE IF EXISTS narrow'
    run_tailrace "copy-mysql9-$i" --from "$(mysql_url copymysql narrow)" --to "t=$(mysql_url copymysqltarget)"
    note_run "$bench_folder/copy-mysql9.tailrace"
  done
  end_server copymysqltarget
  end_server copymysql
}

# --- copy-cross: MariaDB to PostgreSQL, beside pgloader --------------------------------------------------

copy_cross_once() { # copy_cross_once RUNNER
  postgres_sql copytarget postgres 'DROP DATABASE IF EXISTS narrow'
  postgres_sql copytarget postgres 'CREATE DATABASE narrow'
  case $1 in
    pgloader)
      command -v pgloader >/dev/null || return 0
      # With the 100000 rows that it reads ahead by default its heap is exhausted by these tables.
      measure pgloader --root-dir "$bench_folder/pgloader" --with "prefetch rows = 10000" "mysql://root@127.0.0.1:$(server_port copymaria)/narrow" \
        "$(postgres_url copytarget narrow)" >"$bench_folder/pgloader.log" 2>&1 ||
        { peer_failed "$bench_folder/copy-cross.pgloader" "$bench_folder/pgloader.log"; return 0; }
      ;;
    tailrace)
      run_tailrace "copy-cross-$RANDOM" --from "$(mysql_url copymaria narrow)" --to "t=$(postgres_url copytarget narrow)"
      ;;
  esac
  note_run "$bench_folder/copy-cross.$1"
  local i
  for i in 1 2 3 4; do
    [ "$(mariadb_sql copymaria "SELECT COUNT(*), SUM(id), SUM(k) FROM narrow.sbtest$i" | tr '\t' '|')" = \
      "$(postgres_sql copytarget narrow "SELECT count(*), sum(id), sum(k) FROM narrow.sbtest$i")" ] ||
      die "sbtest$i differs between the source and $1's copy"
  done
}

bench_copy-cross() {
  say "copy-cross: measuring"
  [ -e "$bench_folder/copymaria/pid" ] || prepare_copy_mariadb
  [ -e "$bench_folder/copytarget/pid" ] || start_postgres15 copytarget
  local i runner
  rm -f "$bench_folder"/copy-cross*
  for i in $(seq "$runs"); do
    for runner in pgloader tailrace; do copy_cross_once $runner; done
  done
  print
  print "Copy, MariaDB 10.11 to PostgreSQL 15: $copy_rows rows of sysbench in 4 tables, with their index"
  report_copies "$bench_folder/copy-cross" "$copy_rows" pgloader tailrace
  command_line "pgloader --with 'prefetch rows = 10000' mysql://root@127.0.0.1:PORT/narrow URL"
  command_line "tailrace run --from mysql://root@127.0.0.1:PORT/narrow --to URL --exit-when-caught-up"
}
