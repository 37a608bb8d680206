import { Decoder, HEX_SHOWN } from './decode.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

describe('bytes of a stream', () => {
  it('are counted as bytes, not as characters', () => {
    expect(new Decoder().text('grün €')).toEqual({ text: 'grün €', bytes: 9, binary: false })
  })

  it('may cut a character in two', () => {
    const decoder = new Decoder()
    const bytes = new TextEncoder().encode('a€b and enough text around it')
    const pieces = [decoder.base64(base64(bytes.subarray(0, 2))), decoder.base64(base64(bytes.subarray(2)))]
    expect(pieces.map((piece) => piece.text).join('')).toBe('a€b and enough text around it')
  })

  it('of another encoding stay text, with marks where they are not', () => {
    const decoded = new Decoder().base64(base64(Buffer.from('un café très chaud', 'latin1')))
    expect(decoded).toMatchObject({ text: 'un caf\ufffd tr\ufffds chaud', binary: false })
  })

  it('are shown in hex when they are binary, up to a cap', () => {
    const decoder = new Decoder()
    const first = decoder.base64(base64(Buffer.from('\x7fELF\0\x01')))
    expect(first.text).toMatch(/^00000000 {2}7f 45 4c 46 00 01 +\.ELF\.\.\n$/)
    decoder.base64(base64(new Uint8Array(HEX_SHOWN)))
    expect(decoder.base64(base64(new Uint8Array(100)))).toEqual({ text: '', bytes: 100, binary: true })
    expect(decoder.binaryBytes).toBe(HEX_SHOWN + 106)
  })
})
