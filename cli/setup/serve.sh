# Sourced by deploy.sh with $root and $node set.

# Starts the server in place of this shell. Moleculer lets variables like LOGGER or SERVICES overrule its configuration,
# so that only what Greenroom and its programs need is handed on.
serve() {
  local name kept=() folders=()
  IFS=', ' read -ra folders <<<"${GREENROOM_SERVICES:-}"
  folders=("${folders[@]/#/services/}")
  [ ${#folders[@]} -gt 0 ] || folders=(services)
  for name in $(compgen -e); do
    case $name in
      PATH | HOME | USER | LOGNAME | TERM | TZ | TMPDIR | LANG | LC_* | XDG_* | NO_COLOR | GREENROOM_* | NODE_EXTRA_CA_CERTS)
        kept+=("$name=${!name}") ;;
    esac
  done
  exec env -i "${kept[@]}" NODE_COMPILE_CACHE="$root/.cache/compile" "$node" "$@" \
    node_modules/moleculer/bin/moleculer-runner.mjs -c moleculer.config.ts -m '**/*.service.ts' \
    "${folders[@]}"
}
