const REASONS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program. Stop that one, or set GREENROOM_PORT to another port',
  EADDRNOTAVAIL: 'is no address of this machine. Set GREENROOM_HOST to one that is',
  EACCES: 'may not be opened by this user. Set GREENROOM_PORT to 1024 or more',
  ENOTFOUND: 'is a name that nobody knows. Set GREENROOM_HOST to an address of this machine',
}

/** Why a server cannot listen, as a sentence with what to do; null where something else has happened to it. */
export const cannotListen = ({ code = '' }: NodeJS.ErrnoException, host: string, port: number): string | null => {
  const reason = REASONS[code]
  return reason ? `${host}:${port} ${reason}.` : null
}
