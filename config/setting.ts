/** A setting that cannot be used; the message names it, its value and what is expected instead. */
export class SettingRefused extends Error {
  readonly type = 'SETTING_REFUSED'
}

/** Turns text into a value, or throws what was expected, as the end of a sentence that begins with "must be". */
export type Parse<T> = (text: string) => T

export type Setting<T = unknown> = {
  readonly name: `GREENROOM_${string}`
  readonly parse: Parse<T>
  readonly default: T
  /** How the documentation words the default where the value alone would mislead. */
  readonly defaultText?: string
  readonly description: string
  /** Masked wherever settings are printed. */
  readonly secret?: true
}

/** Keeps the type of a row's value; the table stays plain data. */
export const setting = <T>(row: Setting<T>): Setting<T> => row

/** A whole number between two bounds; nothing like `1e3`, `0x10` or `10s` passes. */
export const integer =
  (min: number, max: number): Parse<number> =>
  (text) => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < min || value > max) throw `a whole number from ${min} to ${max}`
    return value
  }

export const oneOf =
  <const V extends readonly string[]>(...values: V): Parse<V[number]> =>
  (text) => {
    if (!values.includes(text)) throw values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`
    return text
  }

export const yesOrNo: Parse<boolean> = (text) => {
  if (text !== 'true' && text !== 'false') throw 'true or false'
  return text === 'true'
}

/** Text that satisfies a pattern. */
export const matching =
  (pattern: RegExp, expected: string): Parse<string> =>
  (text) => {
    if (!pattern.test(text)) throw expected
    return text
  }
