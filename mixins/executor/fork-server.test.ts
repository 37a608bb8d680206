import { ForkServer } from './fork-server.ts'

/** Takes one order, slowly; ends well only when it was told to let go of the pipes. */
const SLOW = `
read settings; echo up $$
read make id rest; sleep 0.2; echo made $id 1 3
read release id || while :; do sleep 1; done
echo done`

describe('a fork server', () => {
  it('that is retired still hears that the pipes of its last sandbox are taken over', async () => {
    const server = new ForkServer('/bin/sh', ['-c', SLOW], 0, {})
    try {
      const made = server.make(60_000, 'group', 'now', [])
      await server.up
      server.retire()
      const { pid, release } = await made
      expect(pid).toBe(1)
      release()
      await server.gone
      expect(server.isGone).toBe(true)
    } finally {
      server.kill()
    }
  })

  it('that ends rejects what it was told to make', async () => {
    const server = new ForkServer('/bin/sh', ['-c', 'read settings; echo up $$; read make; echo no >&2'], 0, {})
    await expect(server.make(60_000, 'group', 'now', [])).rejects.toThrow('The fork server has ended: no')
    await server.gone
  })
})
