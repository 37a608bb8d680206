import { type SseEvent, SseParser } from './sse.ts'

const parse = (...pieces: string[]) => {
  const parser = new SseParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

describe('a live stream', () => {
  const whole = 'id: 7\nevent: output\ndata: {"a":1}\n\n: ping\n\nid: 8\nevent: end\ndata: {}\n\n'
  const events: SseEvent[] = [
    { event: 'output', data: '{"a":1}', id: '7' },
    { event: 'end', data: '{}', id: '8' },
  ]

  it('is cut into events with their cursors', () => {
    expect(parse(whole)).toEqual(events)
  })

  it('means the same wherever the network cuts it', () => {
    for (let at = 1; at < whole.length; at++) expect(parse(whole.slice(0, at), whole.slice(at))).toEqual(events)
    expect(parse(...whole)).toEqual(events)
  })

  it('may end its lines with CRLF or CR, cut anywhere', () => {
    for (const newline of ['\r\n', '\r']) {
      expect(parse(...`${whole}: end\n`.replaceAll('\n', newline))).toEqual(events)
    }
  })

  it('joins several data lines and ignores an event without data', () => {
    expect(parse('data: a\ndata:b\n\nevent: none\n\n')).toEqual([{ event: 'message', data: 'a\nb', id: undefined }])
  })
})
