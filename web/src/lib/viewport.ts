/** The tallest element that every browser still draws rightly, even zoomed in. */
export const TALLEST = 10_000_000

export type View = { units: number; unitPx: number; scrollTop: number; heightPx: number }
export type Window = {
  /** How tall the scrolled content pretends to be. */
  spacerPx: number
  /** The units to draw, a margin included: from, and up to but without, to. */
  from: number
  to: number
}

const MARGIN = 24

const extent = ({ units, unitPx, heightPx }: View) => {
  const total = units * unitPx
  const spacerPx = Math.min(total, TALLEST)
  const scale = total > spacerPx ? (total - heightPx) / (spacerPx - heightPx) : 1
  return { spacerPx, scale }
}

/** What to draw of a content that may be far taller than any element can be. */
export const windowOf = (view: View): Window => {
  const { spacerPx, scale } = extent(view)
  const top = (view.scrollTop * scale) / view.unitPx
  const from = Math.max(0, Math.floor(top) - MARGIN)
  const to = Math.min(view.units, Math.ceil(top + view.heightPx / view.unitPx) + MARGIN)
  return { spacerPx, from: Math.min(from, view.units), to }
}

/** Where a unit lies in the scrolled content, so that it shows at its place. */
export const pixelOf = (unit: number, view: View): number =>
  view.scrollTop + unit * view.unitPx - view.scrollTop * extent(view).scale

/** The scroll position that brings a unit to the top of the view. */
export const scrollTo = (unit: number, view: View): number => Math.max(0, (unit * view.unitPx) / extent(view).scale)
