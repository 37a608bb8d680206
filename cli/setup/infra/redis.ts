import { programIn } from './programs.ts'
import type { Server } from './server.ts'

const find = () => programIn('redis-server')

/** Redis as a queue needs it: every write in a log that reaches the disk each second, and nothing is ever evicted. */
export const redis: Server = {
  name: 'redis',
  setting: 'GREENROOM_REDIS_URL',
  ports: () => [16379],
  missing: () => (find() ? null : 'no redis-server: install it with sudo apt-get install -y redis-server'),
  parts: (dir, [port]) => [
    {
      name: 'redis',
      dir,
      command: [find() ?? 'redis-server', ...options(dir, port)],
      ready: /Ready to accept connections/,
    },
  ],
  url: ([port]) => `redis://127.0.0.1:${port}`,
}

const options = (dir: string, port = 0): string[] => [
  ...['--bind', '127.0.0.1', '--port', String(port), '--dir', dir],
  ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ...['--maxmemory', '256mb', '--maxmemory-policy', 'noeviction'],
]
