# shellcheck shell=bash disable=SC2034
# What the scripts share: speaking, where things are kept, and installing Debian packages with care.
# Sourced, never run.

[ "${BASH_SOURCE[0]}" != "$0" ] || { echo "scripts/lib.sh is sourced by the other scripts" >&2; exit 2; }

tailrace_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The packages of a bare Debian 12 that each purpose needs. docs and CI read no other list.
build_packages=(
  cmake ninja-build g++ ccache pkg-config git ca-certificates
  libmariadb-dev libmariadb-dev-compat libpq-dev libsqlite3-dev librdkafka-dev
  nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev zlib1g-dev libssl-dev
  libgtest-dev libgmock-dev
)
test_packages=(python3
  mariadb-server mariadb-client postgresql-15 postgresql-client-15 sqlite3
  sysbench percona-toolkit patchelf openssl procps util-linux
)
fuzz_packages=(clang-16 libclang-rt-16-dev)  # 14 has no std::source_location
format_packages=(clang-format)

if [ -t 2 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

# All talk goes to stderr: stdout belongs to what a script prints as its result.
say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
warn() { printf '%s==> warning:%s %s\n' "$bold" "$plain" "$*" >&2; }
die() { printf '%s==> error:%s %s\n' "$bold" "$plain" "$*" >&2; exit 1; }

# Where downloads and initialised data directories are kept between runs. The caller's cache folder,
# with one exception: what root keeps must be readable by the user postgres (the server refuses to
# run as root), and root's home is closed to everybody else. tests/support/cache.cpp has the same rule.
tailrace_cache() {
  if [ -n "${TAILRACE_CACHE_DIR:-}" ]; then printf '%s\n' "$TAILRACE_CACHE_DIR"
  elif [ -n "${XDG_CACHE_HOME:-}" ]; then printf '%s\n' "$XDG_CACHE_HOME/tailrace"
  elif [ "$(id -u)" = 0 ]; then printf '/var/cache/tailrace\n'
  else printf '%s\n' "${HOME:?}/.cache/tailrace"
  fi
}

# missing_packages NAME...: the ones that are not installed, one per line.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian starts a server as soon as its package is installed, and again at every boot. tailrace only
# wants the programs: while packages are unpacked, a policy file tells Debian to start nothing, and
# services that arrived with our packages are disabled afterwards. A policy that somebody else
# made stays as it is; ours ends by itself when this script is gone, however it ends.
policy_file=/usr/sbin/policy-rc.d
policy_is_ours=no

forbid_service_starts() {
  [ ! -e "$policy_file" ] || return 0
  printf '#!/bin/sh\n# Temporary, made by tailrace scripts/setup. Safe to delete.\n[ ! -d /proc/%s ] || exit 101\n' "$$" |
    as_root tee "$policy_file" >/dev/null
  as_root chmod 755 "$policy_file"
  policy_is_ours=yes
  trap allow_service_starts EXIT
}

allow_service_starts() {
  [ "$policy_is_ours" = yes ] || return 0
  policy_is_ours=no
  as_root rm -f "$policy_file"
}

# disable_new_services PACKAGE...: of the packages just installed, those that carry a server.
disable_new_services() {
  command -v systemctl >/dev/null || return 0
  local package unit
  for package in "$@"; do
    case $package in
      mariadb-server) unit=mariadb.service ;;
      postgresql-15) unit=postgresql.service ;;
      *) continue ;;
    esac
    as_root systemctl disable "$unit" >/dev/null 2>&1 || true
    note "$package: its system service stays off (the tests start private servers of their own);"
    note "  to use it yourself: systemctl enable --now $unit"
  done
}

# ensure_packages WHAT NAME...: installs what is missing. Nothing missing: one dpkg query, no word.
ensure_packages() {
  local what=$1; shift
  command -v dpkg-query >/dev/null ||
    die "this machine has no dpkg. tailrace is set up by hand here; it needs what Debian calls: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0

  say "$what: installing ${#missing[@]} Debian packages that are missing"
  note "$(fold -s -w 92 <<<"${missing[*]}" | sed '2,$s/^/    /')"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      die "this needs root, and there is no sudo. As root: apt-get install --no-install-recommends ${missing[*]}"
    note "(sudo may ask for your password)"
  fi
  local log
  log=$(mktemp)
  forbid_service_starts
  local apt=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
    apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update >"$log" 2>&1 ||
    warn "apt-get update reported a problem; going on with the package lists at hand"
  if ! as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "the packages could not be installed (whole log: $log)"
  fi
  rm -f "$log"
  allow_service_starts
  disable_new_services "${missing[@]}"
  say "$what: installed"
}

# How much runs at once: TAILRACE_JOBS, or one job per processor.
job_count() { printf '%s\n' "${TAILRACE_JOBS:-$(nproc)}"; }

# build_preset PRESET [TARGET...]: configures when needed, then builds.
build_preset() {
  local preset=$1; shift
  local folder=$tailrace_root/build/$preset
  if [ ! -e "$folder/build.ninja" ] || [ "$tailrace_root/CMakePresets.json" -nt "$folder/build.ninja" ]; then
    mkdir -p "$folder"
    (cd "$tailrace_root" && cmake --preset "$preset") >"$folder/configure.log" 2>&1 || {
      cat "$folder/configure.log" >&2
      die "preset $preset could not be configured"
    }
  fi
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --build "$folder" -j "$(job_count)" "${targets[@]}"
}

# run_ctest PRESET [CTEST ARGUMENT...]: runs the tests of a build that exists; all of it is kept in
# build/<preset>/ctest.out. Tests share the machine's processors with each other's servers: one that fails
# runs once more, alone, and is named in the summary however that ends, so that nothing goes unseen.
run_ctest() {
  local preset=$1; shift
  local folder=$tailrace_root/build/$preset parallel
  parallel=$(job_count)
  [ "$parallel" -le 4 ] || parallel=4 # every test may run database servers of its own
  rm -f "$folder"/ctest.{again,skipped}
  local status=0
  ctest_once "$preset" -j "$parallel" "$@" | tee "$folder/ctest.out" || status=$?
  grep -h '^\[  SKIPPED \]' "$folder/Testing/Temporary/LastTest.log" >"$folder/ctest.skipped" || true
  [ $status != 0 ] || return 0
  grep -q 'tests failed out of' "$folder/ctest.out" || return 1
  say "preset $preset: what failed, once more, one at a time"
  ctest_once "$preset" -j 1 --rerun-failed | tee "$folder/ctest.again"
}

ctest_once() {
  local preset=$1; shift
  local prefix=()
  # ThreadSanitizer of g++ 12 cannot place its shadow memory under the address layout of new kernels.
  if [ "$preset" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then prefix=(setarch "$(uname -m)" -R); fi
  ASAN_OPTIONS="detect_stack_use_after_return=1:${ASAN_OPTIONS:-}" \
  UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}" \
  TSAN_OPTIONS="second_deadlock_stack=1:${TSAN_OPTIONS:-}" \
    "${prefix[@]}" ctest --test-dir "$tailrace_root/build/$preset" --output-on-failure --no-tests=error "$@"
}

# ctest_summary PRESET: how a run_ctest went: ctest's own line, what was skipped, then the tests that
# failed, with what they said and whether they passed when they ran alone.
ctest_summary() {
  local folder=$tailrace_root/build/$1
  grep 'tests passed' "$folder/ctest.out" || { printf 'no tests were run\n'; return; }
  sed -n 's/^\[  SKIPPED \] \([^ ]*\)$/  skipped: \1/p' "$folder/ctest.skipped" 2>/dev/null | sort -u
  [ -e "$folder/ctest.again" ] || return 0
  printf '  run again alone: %s\n' "$(grep 'tests passed' "$folder/ctest.again" || echo 'nothing')"
  sed -n '/^The following tests FAILED/,/^Errors/{/^Errors/d;s/  *# GetParam.*(/ (/;p}' "$folder/ctest.out"
  sed -n 's/^\[  FAILED  \] \([^ ,]*\), where.*/  \1/p; s/^\[  FAILED  \] \([^ ,]*[.][^ ,]*\)$/  \1/p' \
    "$folder/ctest.out" | sort -u
  grep -E '(Failure$|^ +(Expected|Which is|Actual|Value of|To be equal)|: error)' "$folder/ctest.out" |
    cut -c 1-200 | head -n 40
}

# A fingerprint of everything that decides how the tests go: the sources (text for readers aside),
# the packages used, the fetched servers. Works in a git checkout and in an unpacked archive.
source_fingerprint() {
  (
    cd "$tailrace_root" || exit 1
    { git ls-files -z -co --exclude-standard 2>/dev/null || find . -path ./build -prune -o -type f -print0; } |
      grep -zvE '(^|/)(docs/.*|[^/]*\.md|LICENSE|\.gitignore)$' |
      sort -z | xargs -0 -r sha256sum 2>/dev/null || true
    dpkg-query -W -f '${Package} ${Version}\n' "${build_packages[@]}" "${test_packages[@]}" 2>/dev/null || true
    readlink -f "$(tailrace_cache)/servers/current" || true
    env | grep -E '^TAILRACE_(TEST_|REQUIRE_)' | sort || true
  ) | sha256sum | cut -d ' ' -f 1
}
