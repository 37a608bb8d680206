// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject.
const CONTROL = /[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f-\x9f]/g
const LONGEST_SEQUENCE = 128

type Mode = 'text' | 'escape' | 'csi' | 'string' | 'string-escape' | 'charset'

const visible = (code: number): string => {
  if (code === 7) return ''
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}

// Colours written with colons become the semicolon form; anything out of the allow-list is no colour at all.
const colour = (parameters: string): string => {
  if (!/^[\d;:]*$/.test(parameters)) return ''
  const plain = parameters.replace(/([34]8):2:\d*:(\d+:\d+:\d+)/g, '$1:2:$2').replaceAll(':', ';')
  return plain.split(';').every((code) => Number(code) <= 255) ? `\x1b[${plain}m` : ''
}

/**
 * Keeps of a program's output what may be shown: text, line ends, tabs, carriage returns, backspaces and colours (SGR).
 * Every other control sequence is dropped, stray control characters are made visible; sequences may be cut anywhere.
 */
export class Sanitizer {
  #mode: Mode = 'text'
  #sequence = ''

  push(text: string): string {
    let out = ''
    let at = 0
    while (at < text.length) {
      if (this.#mode !== 'text') {
        out += this.#step(text.charCodeAt(at++))
        continue
      }
      CONTROL.lastIndex = at
      const hit = CONTROL.exec(text)
      if (!hit) return out + text.slice(at)
      out += text.slice(at, hit.index)
      at = hit.index + 1
      const code = text.charCodeAt(hit.index)
      if (code === 0x1b) this.#mode = 'escape'
      else out += visible(code)
    }
    return out
  }

  #step(code: number): string {
    switch (this.#mode) {
      case 'csi':
        return this.#csi(code)
      case 'escape':
        return this.#escape(code)
      case 'string':
        if (code === 0x07) this.#mode = 'text'
        else if (code === 0x1b) this.#mode = 'string-escape'
        return ''
      case 'string-escape':
        this.#mode = code === 0x5c ? 'text' : 'string'
        return ''
      default:
        this.#mode = 'text'
        return ''
    }
  }

  #escape(code: number): string {
    const character = String.fromCharCode(code)
    this.#sequence = ''
    if (character === '[') this.#mode = 'csi'
    else if (']PX^_'.includes(character)) this.#mode = 'string'
    else if ('()*+-./#% '.includes(character)) this.#mode = 'charset'
    else this.#mode = code === 0x1b ? 'escape' : 'text'
    return code === 0x0a ? '\n' : ''
  }

  #csi(code: number): string {
    if (code === 0x1b) {
      this.#mode = 'escape'
      return ''
    }
    if (code >= 0x40 && code <= 0x7e) {
      this.#mode = 'text'
      return code === 0x6d ? colour(this.#sequence) : ''
    }
    // A line end, or a sequence that does not end, is no sequence: nothing after it may vanish.
    if (code < 0x20 || code > 0x7e || this.#sequence.length >= LONGEST_SEQUENCE) {
      this.#mode = 'text'
      return code === 0x0a ? '\n' : ''
    }
    this.#sequence += String.fromCharCode(code)
    return ''
  }
}
