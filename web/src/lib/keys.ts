/** Whether this is a Mac, whose shortcuts use Command where others use Control. */
export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** A shortcut as it is printed: Mod is Command or Control. */
export const printed = (keys: string): string => {
  const named = keys.replace(/-([a-z])$/, (_, letter: string) => `-${letter.toUpperCase()}`)
  if (isMac) return named.replace('Mod-', '⌘').replace('Shift-', '⇧').replace('Ctrl-', '⌃')
  return named.replace(/(Mod|Ctrl)-/, 'Ctrl ').replace('Shift-', 'Shift ')
}

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** Whether an event is Control (or, on a Mac, Command) with a key. */
export const isMod = (event: KeyPress, key: string): boolean =>
  event.key.toLowerCase() === key && (isMac ? event.metaKey : event.ctrlKey) && !event.altKey

/** Whether the focus is where keys write text. */
export const isTyping = (target: EventTarget | null): boolean => {
  const element = target as HTMLElement | null
  return element?.isContentEditable === true || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? '')
}
