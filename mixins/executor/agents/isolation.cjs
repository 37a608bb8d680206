'use strict'
// How a fork becomes the first process of a sandbox: born in a group, it makes the calls that the host has listed.
const { address, aside, call, callNumber, open, pathBytes } = require('./kernel.cjs')

const [NEWPID, INTO_CGROUP, DETACH, CHILD] = [0x20000000n, 0x200000000n, 2, 17]

const trees = {}
let filter
let described

const handler = (value) => Buffer.from(BigUint64Array.of(value, 0n, 0n, 0n).buffer)

/** What holds for all sandboxes, as the host tells it once. */
const prepare = (settings) => {
  for (const name of settings.trees.split(',')) {
    const path = `/home/groups/${name}`
    const fd = open(path)
    // They stay open here, and out of sight.
    call('umount2', pathBytes(path), DETACH)
    trees[name] = aside(fd)
  }
  filter = Buffer.from(settings.filter, 'hex')
  described = Buffer.alloc(16)
  described.writeUInt16LE(filter.length / 8)
  described.writeBigUInt64LE(BigInt(address(filter)), 8)
  // Whoever ends is nobody's concern here.
  call('rt_sigaction', CHILD, handler(1n), 0, 8)
}

/** Forks into a namespace of processes of its own, born in its group; 0 in the fork, its process id here. */
const forkInto = (group) => {
  const folder = open(group, 0, trees.unified)
  const request = BigUint64Array.of(NEWPID | INTO_CGROUP, 0n, 0n, 0n, BigInt(CHILD), 0n, 0n, 0n, 0n, 0n, BigInt(folder))
  let pid
  try {
    pid = call('clone3', Buffer.from(request.buffer), request.byteLength)
    return pid
  } finally {
    if (pid !== 0) call('close', folder)
  }
}

/** In a sandbox the ends of children are told again. */
const hearChildren = () => call('rt_sigaction', CHILD, handler(0n), 0, 8)

const argument = (value, last) => {
  switch (value[0]) {
    case 'x':
      return Buffer.from(value.slice(1), 'hex')
    case 't':
      return trees[value.slice(1)]
    case 'f':
      return described
    case 'r':
      return last
    default:
      return Number(value)
  }
}

/** Makes the calls in order; throws at the first that fails. */
const isolate = (calls) => {
  let last = 0
  for (const told of calls) {
    const [name, number, ...values] = told.split(':')
    const made = values.map((value) => argument(value, last))
    const result = callNumber(Number(number), made, name)
    if (name.startsWith('+')) last = result
  }
}

module.exports = { forkInto, hearChildren, isolate, prepare }
