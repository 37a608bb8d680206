import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

// Editors write a file in several steps; they belong to one save.
const SETTLE_MS = 80

/** Tells when one of the files is saved. Folders are watched, since many editors put a new file in the old one's place. */
export const onSave = (paths: string[]): { next(): Promise<void>; stop(): void } => {
  const names = Map.groupBy(paths, (path) => dirname(path))
  let wake = () => {}
  let timer: NodeJS.Timeout | undefined
  const changed = (folder: string) => (_: string, name: string | null) => {
    if (!names.get(folder)?.some((path) => basename(path) === name)) return
    clearTimeout(timer)
    timer = setTimeout(() => wake(), SETTLE_MS)
  }
  const watchers: FSWatcher[] = [...names.keys()].map((folder) => watch(folder, changed(folder)))
  return {
    next: () =>
      new Promise((resolve) => {
        wake = resolve
      }),
    stop: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      wake()
    },
  }
}
