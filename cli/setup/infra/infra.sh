# Sourced by deploy.sh with $root and $node set: the real servers of the distributed profile.

infra_folder="${GREENROOM_DATA:-$root/.data}/infra"

# infra up|down|status|logs …: installs what the servers need where they are to be started without containers.
infra() {
  case ${1:-up} in
    down | status | logs) need_installed ;;
    *)
      mkdir -p .cache
      install_modules || exit 1
      case " $* " in
        *' --native '*) install_packages $(server_packages) || true ;;
        *) "$node" cli/setup/infra/engine.ts || install_packages $(server_packages) || true ;;
      esac ;;
  esac
  case ${1:-up} in
    # Nothing is changed by these, so that they need not wait.
    status | logs) "$node" cli/setup/infra/infra.ts "$@" ;;
    *) mkdir -p "$infra_folder" && flock -o "$infra_folder/lock" "$node" cli/setup/infra/infra.ts "$@" ;;
  esac
}

# The kinds of packages that servers without containers need; one is built, where there is Rust to build it with.
server_packages() {
  if command -v cargo >/dev/null || [ -x "$HOME/.cargo/bin/cargo" ]; then echo infra build; else echo infra; fi
}

# Hands on the settings that attach the servers; one that is set already stays as it is.
attach_infra() {
  local name value
  while IFS='=' read -r name value; do
    [ -n "${!name:-}" ] || export "$name=$value"
  done <"$infra_folder/settings"
}
