const WIDTH = 16

/** Sixteen bytes a line: where they lie, in hex, and as ASCII. */
export const hexLines = (bytes: Uint8Array, from = 0): string[] => {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = [...bytes.subarray(at, at + WIDTH)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${(from + at).toString(16).padStart(8, '0')}  ${hex.padEnd(WIDTH * 3)} ${ascii}`)
  }
  return lines
}
