import { news } from './news.svelte.ts'
import { asProblem } from './problem.ts'

/** Saves bytes as a file of the reader's; what keeps them from coming is told. */
export const save = async (fileName: string, load: () => Promise<Blob>): Promise<void> => {
  try {
    const address = URL.createObjectURL(await load())
    Object.assign(document.createElement('a'), { href: address, download: fileName }).click()
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
  } catch (error) {
    news.tell(`Not downloaded: ${asProblem(error).message}`, 'bad')
  }
}
