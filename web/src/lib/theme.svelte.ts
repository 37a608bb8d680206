export type Theme = 'system' | 'light' | 'dark'

const KEY = 'greenroom.theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

class ThemeChoice {
  value: Theme = $state((document.documentElement.dataset.theme as Theme | undefined) ?? 'system')

  /** Chooses a theme; `system` follows the system again. */
  choose(theme: Theme) {
    this.value = theme
    if (theme === 'system') {
      delete document.documentElement.dataset.theme
      localStorage.removeItem(KEY)
    } else {
      document.documentElement.dataset.theme = theme
      localStorage.setItem(KEY, theme)
    }
  }

  next() {
    this.choose(ORDER[(ORDER.indexOf(this.value) + 1) % ORDER.length] ?? 'system')
  }
}

/** Light, dark, or as the system has it; theme.js applies it before the first paint. */
export const theme = new ThemeChoice()
