import { programIn } from './programs.ts'
import type { Server } from './server.ts'

const find = () => programIn('nats-server')

/** NATS without persistence: it only ever holds what may be lost. */
export const nats: Server = {
  name: 'nats',
  setting: 'GREENROOM_NATS_URL',
  ports: () => [14222],
  missing: () => (find() ? null : 'no nats-server: install it with sudo apt-get install -y nats-server'),
  parts: (dir, [port]) => [
    {
      name: 'nats',
      dir,
      command: [find() ?? 'nats-server', '--addr', '127.0.0.1', '--port', String(port)],
      ready: /Server is ready/,
    },
  ],
  url: ([port]) => `nats://127.0.0.1:${port}`,
}
