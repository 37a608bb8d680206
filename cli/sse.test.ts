import { sseParser } from './sse.ts'

const text =
  'retry: 1000\n\nevent: state\nid: 1\ndata: {"a":1}\n\n: still here\n\nid: 2\r\nevent: output\r\ndata: ü\r\ndata: 二\r\n\r\n'

describe('a stream of server-sent events', () => {
  it('is cut into its events wherever the network cuts it', () => {
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) {
      const parse = sseParser()
      const events = []
      for (let at = 0; at < bytes.length; at += size) events.push(...parse(bytes.subarray(at, at + size)))
      expect(events).toEqual([
        { id: '1', event: 'state', data: '{"a":1}' },
        { id: '2', event: 'output', data: 'ü\n二' },
      ])
    }
  })

  it('gives nothing for an event that was cut off', () => {
    expect(sseParser()(Buffer.from('event: output\nid: 3\ndata: half'))).toEqual([])
  })
})
