import type { Env } from '../../config/env.ts'

/** Where this machine reaches a door that listens as the settings say. */
export const addressOf = ({ host, port }: Pick<Env, 'host' | 'port'>): string => {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
