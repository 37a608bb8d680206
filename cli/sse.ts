export type ServerSentEvent = { id: string | undefined; event: string; data: string }

/** Cuts a text/event-stream into its events, however the network has cut it into pieces; comments are dropped. */
export const sseParser = (): ((bytes: Uint8Array) => ServerSentEvent[]) => {
  const decoder = new TextDecoder()
  let rest = ''
  let block: string[] = []
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop()!
    const events: ServerSentEvent[] = []
    for (const line of lines.map((text) => text.replace(/\r$/, ''))) {
      if (line !== '') block.push(line)
      else {
        const event = parse(block)
        if (event) events.push(event)
        block = []
      }
    }
    return events
  }
}

const parse = (lines: string[]): ServerSentEvent | null => {
  const fields = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ''))
  const data = fields('data')
  if (data.length === 0) return null
  return { id: fields('id').at(-1), event: fields('event').at(-1) ?? 'message', data: data.join('\n') }
}
