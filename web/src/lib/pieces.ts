import { BOLD, css, DIM, INVERSE, ITALIC, type Look, STRIKE, spans, TYPED, UNDERLINE } from './ansi.ts'

/** A part of a row to draw: all its text looks the same and is, or is not, found by the search. */
export type Piece = { text: string; look: Look; found: boolean }

/** Cuts a row where its look changes and where matches begin and end. */
export const pieces = (raw: string, look: Look, found: [number, number][]): Piece[] => {
  const out: Piece[] = []
  let start = 0
  for (const span of spans(raw, look).spans) {
    const end = start + span.text.length
    let at = start
    for (const [from, to] of found) {
      if (to <= at || from >= end) continue
      if (from > at) out.push({ text: span.text.slice(at - start, from - start), look: span.look, found: false })
      const stop = Math.min(to, end)
      out.push({ text: span.text.slice(Math.max(from, at) - start, stop - start), look: span.look, found: true })
      at = stop
    }
    if (at < end) out.push({ text: span.text.slice(at - start), look: span.look, found: false })
    start = end
  }
  return out
}

const CLASSES: [number, string][] = [
  [BOLD, 'bold'],
  [DIM, 'dim'],
  [ITALIC, 'italic'],
  [UNDERLINE, 'underline'],
  [STRIKE, 'strike'],
  [TYPED, 'typed'],
]

/** The class names of a look. */
export const classes = ({ flags }: Look): string =>
  CLASSES.filter(([flag]) => flags & flag)
    .map(([, name]) => name)
    .join(' ')

// A colour that the program chose for a background it cannot know is moved to where it can be read.
const legible = (colour: number): string =>
  colour < 16
    ? css(colour)
    : `light-dark(oklch(from ${css(colour)} min(l, 0.5) c h), oklch(from ${css(colour)} max(l, 0.7) c h))`

/** The colours of a look, as CSS values; undefined where the page's own hold. */
export const colours = ({ flags, fg, bg }: Look): { color?: string; background?: string } => {
  const [front, back] = flags & INVERSE ? [bg, fg] : [fg, bg]
  if (flags & INVERSE && fg < 0 && bg < 0) return { color: 'var(--surface)', background: 'var(--text)' }
  // On a background of its own, plain text is black or white, whichever the background is not.
  const plainText = flags & INVERSE ? 'var(--surface)' : contrast(back)
  return {
    ...(front >= 0 ? { color: back >= 0 ? css(front) : legible(front) } : back >= 0 ? { color: plainText } : {}),
    ...(back >= 0 ? { background: css(back) } : {}),
  }
}

const contrast = (colour: number): string => `oklch(from ${css(colour)} round(1.19 - l) 0 0)`
