/** Bytes as a request spells them: as text, or as base64 where they are none. */
export type Encoded = { content: string; encoding?: 'utf8' | 'base64' }

/** A value that may be given as bare text. */
export const encoded = (value: string | Encoded): Encoded => (typeof value === 'string' ? { content: value } : value)

/** The bytes that a text stands for. */
export const bytesOf = ({ content, encoding }: Encoded): Buffer => Buffer.from(content, encoding ?? 'utf8')
