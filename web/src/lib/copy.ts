import { COPY_FORMATS, type CopyFormat, copyAs } from './copy-as.ts'
import { unattended } from './draft.ts'
import { news } from './news.svelte.ts'
import { token } from './token.ts'
import type { Submission } from './wire.ts'

/** Puts a text on the clipboard and says so, or says that the browser did not allow it. */
export const copyText = async (text: string, done: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text)
    news.tell(done)
  } catch {
    news.tell('The browser did not allow copying; it may need a click on the page first, or HTTPS.', 'bad')
  }
}

/** Copies what makes the very same run from elsewhere. */
export const copyRunAs = (format: CopyFormat, submission: Submission): Promise<void> =>
  copyText(
    copyAs(format, unattended(submission), location.origin, token() !== null),
    `Copied as ${COPY_FORMATS[format]}${token() ? '; the token is not in it' : ''}.`,
  )
