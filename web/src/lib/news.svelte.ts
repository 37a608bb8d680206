export type Note = { id: number; text: string; tone: 'ok' | 'bad' }

const SHOWN_MS = 6000

class News {
  notes: Note[] = $state([])
  /** What a screen reader hears politely. */
  said = $state('')
  #next = 1

  say(text: string) {
    this.said = text
  }

  /** Shows a short note for a while; bad news stays until it is closed. */
  tell(text: string, tone: Note['tone'] = 'ok') {
    const id = this.#next++
    this.notes.push({ id, text, tone })
    if (tone === 'ok') setTimeout(() => this.close(id), SHOWN_MS)
  }

  close(id: number) {
    this.notes = this.notes.filter((note) => note.id !== id)
  }
}

/** What the page tells people apart from what it shows. */
export const news = new News()
