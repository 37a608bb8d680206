# Sourced by deploy.sh with $infra_folder set: services as processes of their own on this machine.

nodes_folder="${GREENROOM_DATA:-$root/.data}/nodes"

# Hands on the settings of the servers that ./deploy.sh infra has started, where it has.
attach_running() {
  if [ -f "$infra_folder/settings" ]; then attach_infra; fi
}

# As attach_running, unless everything is in one process here, which is reached without servers.
attach_console() {
  "$node" cli/setup/nodes/alone.ts || attach_running
}

# select_services NAME…: only these run here; all of them without a name.
select_services() {
  if [ $# -gt 0 ]; then
    GREENROOM_SERVICES=$(IFS=, && echo "$*")
    export GREENROOM_SERVICES
  fi
}

# nodes_up SERVICE=COUNT…, in place of this shell.
nodes_up() {
  attach_running
  exec "$node" cli/setup/nodes/nodes.ts up "$@"
}

# nodes_restart [NAME…], in place of this shell.
nodes_restart() {
  attach_running
  exec "$node" cli/setup/nodes/nodes.ts restart "$@"
}

# nodes_log NAME [-f]: the last lines that a node has written, and with -f all that follow.
nodes_log() {
  local name=$1
  shift
  exec tail -n 200 "$@" "$nodes_folder/$name.log"
}
