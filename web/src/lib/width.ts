const NARROW = /^[\x20-\x7e]*$/
/** The cells between tab stops; no character takes more. */
export const TAB = 8

const isWide = (code: number): boolean =>
  (code >= 0x1100 && code <= 0x115f) ||
  (code >= 0x2e80 && code <= 0xa4cf) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xf900 && code <= 0xfaff) ||
  (code >= 0xfe30 && code <= 0xfe6f) ||
  (code >= 0xff00 && code <= 0xff60) ||
  (code >= 0x1f300 && code <= 0x1faff) ||
  (code >= 0x20000 && code <= 0x3fffd)

/** How many cells of a terminal a text takes: tabs to the next eighth, wide characters two, marks none. */
export const columns = (text: string): number => {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (character === '\t') width += TAB - (width % TAB)
    else if (/\p{M}/u.test(character)) width += 0
    else width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  }
  return width
}
