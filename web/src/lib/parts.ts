const SCROLLER = '[aria-label="Program output"]'
// For each part of the page, where its focus goes: the first of these that there is.
const PARTS = [
  ['header a'],
  ['[role="toolbar"] select', '[role="toolbar"] button', '[role="search"] select'],
  ['[data-editor]'],
  ['[aria-label="Inputs"] button'],
  ['[data-stdin]', SCROLLER],
]

const first = (selectors: string[]): HTMLElement | undefined =>
  selectors
    .flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)])
    .find((one) => one.checkVisibility())

const isBehind = (part: HTMLElement, active: Element | null): boolean =>
  active !== null &&
  (part === active || Boolean(part.compareDocumentPosition(active) & Node.DOCUMENT_POSITION_FOLLOWING))

/** Moves the focus to the next part of the page, or with -1 to the one before. */
export const nextPart = (by: 1 | -1): void => {
  const parts = PARTS.map(first).filter((part) => part !== undefined)
  const here = parts.findLastIndex((part) => isBehind(part, document.activeElement))
  parts[(here + by + parts.length) % parts.length]?.focus()
}

/** Moves the focus to where the program can be typed to, or else to its output. */
export const focusOutput = (): void => first(['[data-stdin]', SCROLLER])?.focus()
