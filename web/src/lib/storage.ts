const PREFIX = 'greenroom.'

const areas = (): Storage[] => {
  try {
    return [sessionStorage, localStorage]
  } catch {
    // Storage is switched off: the page works, and forgets.
    return []
  }
}

/**
 * What this tab remembers, or else what the browser does; undefined when there is nothing or it is no longer readable.
 * A reload finds the tab's own, a new tab the last that was written anywhere.
 */
export const recall = (key: string): unknown => {
  for (const area of areas()) {
    const text = area.getItem(PREFIX + key)
    if (text === null) continue
    try {
      return JSON.parse(text)
    } catch {
      area.removeItem(PREFIX + key)
    }
  }
  return undefined
}

/** Remembers a value for this tab and for later ones; false when the browser has no room for it. */
export const remember = (key: string, value: unknown): boolean => {
  try {
    for (const area of areas()) area.setItem(PREFIX + key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}
