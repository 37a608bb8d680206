#!/usr/bin/env bash
# Installs, starts, tests and examines Greenroom. Every verb is one line in `help`; the work is done in cli/setup.
set -euo pipefail
self=$(readlink -f "${BASH_SOURCE[0]}")
root=$(dirname "$self")
node="$root/node_modules/.bin/node"
cd "$root"
# shellcheck source=cli/setup/install.sh
source "$root/cli/setup/install.sh"
# shellcheck source=cli/setup/serve.sh
source "$root/cli/setup/serve.sh"
# shellcheck source=cli/setup/infra/infra.sh
source "$root/cli/setup/infra/infra.sh"
# shellcheck source=cli/setup/nodes/nodes.sh
source "$root/cli/setup/nodes/nodes.sh"

help() {
  cat <<'HELP'
./deploy.sh VERB

  dev       install what is needed and start Greenroom here: http://127.0.0.1:3000 (--watch: start again on every change;
            --distributed: start the servers of `infra` first and run on them)
  infra     start NATS, Redis, Kafka and MongoDB in containers, or without (--native, or where there is no engine; --brokers 3);
            infra down, infra status, infra logs [SERVER] [-f]
  up        start everything in containers; again: build, upgrade, and go back when the new version is not healthy
            up api=2 runs=4: without containers, a process for each, every other service once (name=0 leaves one out)
  restart   replace the nodes that `up api=2 …` has started, one after the other, so that nobody is refused (restart runs-2: only that)
  test      install what the tests need, check types, style and pages, run every test (or those of the paths given);
            --containers before that: bring the compose file up as well, on a Docker engine of its own (root, minutes);
            --cgroup-v2: try the sandbox in a virtual machine whose kernel has cgroup v2 alone as well (root, an idle machine, minutes)
  repl      open the operator's console of the running system; commands may be piped in
  doctor    show what this machine has and lacks, with the command that gets it (--install: install every language first)
  languages install the languages named, or every one that this machine lacks: ./deploy.sh languages java rust
  start     start Greenroom as a service would: no installation, log lines on stdout (start api runs: only these services)
  install   install what is needed and build the page, without starting
  bench     measure runs against the bare interpreter and rewrite docs/benchmarks.md (a number after it: the dose)
  status    show what runs of the nodes and the servers
  logs      show what one of them writes: logs runs-2 -f, logs kafka
  down      end them, the nodes first (down runs-2: only that one)
  help      show this

Settings are environment variables: docs/settings.md
HELP
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
  dev)
    watch=() servers=
    for flag in "$@"; do
      case $flag in
        --watch) watch=(--watch --watch-preserve-output) ;;
        --distributed) servers=1 ;;
        *) fail "dev takes nothing but --watch and --distributed." ;;
      esac
    done
    install_all && build_page
    if [ -n "$servers" ]; then infra up; attach_infra; fi
    export GREENROOM_LOG_LEVEL="${GREENROOM_LOG_LEVEL:-warn}"
    "$node" cli/setup/port.ts
    # In a subshell, so that the server does not inherit a child it knows nothing of.
    ("$node" cli/setup/ready.ts $$ &)
    serve ${watch[@]+"${watch[@]}"} ;;
  start) need_installed && select_services "$@" && serve ;;
  infra) infra "$@" ;;
  up) need_installed && { [ $# -eq 0 ] || nodes_up "$@"; } && exec "$node" cli/setup/infra/upgrade.ts ;;
  restart) need_installed && nodes_restart "$@" ;;
  status) need_installed && "$node" cli/setup/nodes/nodes.ts status && infra status ;;
  logs) if [ -f "$nodes_folder/${1:-}.json" ]; then nodes_log "$@"; else infra logs "$@"; fi ;;
  down) need_installed && "$node" cli/setup/nodes/nodes.ts down "$@" && { [ $# -gt 0 ] || infra down; } ;;
  test)
    # The last line counts tests even when it does not come to any.
    trap 'echo "0 passed, 1 failed, 0 skipped"' EXIT
    while :; do
      case ${1:-} in --containers) export CONTAINERS=1 ;; --cgroup-v2) export CGROUP_V2=1 ;; *) break ;; esac
      shift
    done
    install_all test $(server_packages) ${CONTAINERS:+containers} ${CGROUP_V2:+machine}
    exec "$node" cli/setup/test.ts "$@" ;;
  repl) need_installed && attach_console && exec env NODE_COMPILE_CACHE="$root/.cache/compile" "$node" cli/repl.ts ;;
  doctor) need_installed && { [ "${1:-}" != --install ] || install_languages; } && exec "$node" cli/setup/doctor.ts ;;
  languages) need_installed && install_languages "$@" ;;
  bench)
    install_all && build_page
    for part in runs cancel executor long neighbour data-file queue outbox topics distributed workers; do "$node" "bench/$part.ts" "$@"; done ;;
  install) install_all && build_page ;;
  help | --help | -h) help ;;
  *) fail "There is no verb \"$verb\"; ./deploy.sh help lists them." ;;
esac
