/** How a piece of output looks; colours are 0-255 of the palette, or RGB with the bit 0x1000000 set, or -1 for none. */
export type Look = { readonly flags: number; readonly fg: number; readonly bg: number }
export type Span = { text: string; look: Look }

export const BOLD = 1
export const DIM = 2
export const ITALIC = 4
export const UNDERLINE = 8
export const INVERSE = 16
export const STRIKE = 32
export const TYPED = 64
const RGB = 0x1000000

export const PLAIN: Look = { flags: 0, fg: -1, bg: -1 }
/** Marks what a person typed; programs cannot say it, because the sanitizer lets no code above 255 through. */
export const typed = (text: string): string => `\x1b[999m${text}\x1b[998m`

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is the subject.
const SGR = /\x1b\[([\d;]*)m/g
const ON: Record<number, number> = { 1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: INVERSE, 9: STRIKE, 999: TYPED }
const OFF: Record<number, number> = {
  22: BOLD | DIM,
  23: ITALIC,
  24: UNDERLINE,
  27: INVERSE,
  29: STRIKE,
  998: TYPED,
}

// Answers the colour and how many codes it took: 38;5;n or 38;2;r;g;b.
const extended = (codes: number[], at: number): [number, number] => {
  if (codes[at + 1] === 5) return [codes[at + 2] ?? -1, 2]
  if (codes[at + 1] !== 2) return [-1, 0]
  const [r = 0, g = 0, b = 0] = codes.slice(at + 2, at + 5)
  return [RGB | (r << 16) | (g << 8) | b, 4]
}

const basic = (code: number, look: Look): Look => {
  if (code >= 30 && code <= 37) return { ...look, fg: code - 30 }
  if (code >= 90 && code <= 97) return { ...look, fg: code - 82 }
  if (code >= 40 && code <= 47) return { ...look, bg: code - 40 }
  if (code >= 100 && code <= 107) return { ...look, bg: code - 92 }
  if (code === 39) return { ...look, fg: -1 }
  if (code === 49) return { ...look, bg: -1 }
  return look
}

const apply = (parameters: string, from: Look): Look => {
  const codes = parameters.split(';').map(Number)
  let look = from
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0
    if (code === 0) look = PLAIN
    else if (ON[code]) look = { ...look, flags: look.flags | ON[code] }
    else if (OFF[code]) look = { ...look, flags: look.flags & ~OFF[code] }
    else if (code === 38 || code === 48) {
      const [value, took] = extended(codes, at)
      look = code === 38 ? { ...look, fg: value } : { ...look, bg: value }
      at += took
    } else look = basic(code, look)
  }
  return look
}

/** The pieces of a line that look the same, starting with the look that the line before it left. */
export const spans = (line: string, from: Look = PLAIN): { spans: Span[]; end: Look } => {
  const found: Span[] = []
  let look = from
  let at = 0
  for (const match of line.matchAll(SGR)) {
    if (match.index > at) found.push({ text: line.slice(at, match.index), look })
    look = apply(match[1] ?? '', look)
    at = match.index + match[0].length
  }
  if (at < line.length) found.push({ text: line.slice(at), look })
  return { spans: found, end: look }
}

/** A line without its colours. */
export const plain = (line: string): string => (line.includes('\x1b') ? line.replace(SGR, '') : line)

const CUBE = [0, 95, 135, 175, 215, 255]

/** The CSS colour of a palette entry or RGB value; the first sixteen are tokens of the theme. */
export const css = (colour: number): string => {
  if (colour >= RGB) return `#${(colour & 0xffffff).toString(16).padStart(6, '0')}`
  if (colour < 16) return `var(--ansi-${colour})`
  if (colour >= 232)
    return `rgb(${Array(3)
      .fill(8 + (colour - 232) * 10)
      .join(' ')})`
  const index = colour - 16
  return `rgb(${CUBE[Math.floor(index / 36)]} ${CUBE[Math.floor(index / 6) % 6]} ${CUBE[index % 6]})`
}
