export type Route =
  | { page: 'editor'; run: string | null }
  | { page: 'runs'; filter: RunFilter }
  | { page: 'run'; id: string; line: number | null }
  | { page: 'unknown'; path: string }

export type RunFilter = { state: string; language: string; label: string; time: string }

/** The page that an address means. */
export const route = (url: URL): Route => {
  const path = url.pathname.replace(/\/+$/, '') || '/'
  if (path === '/') return { page: 'editor', run: url.searchParams.get('run') }
  if (path === '/runs') return { page: 'runs', filter: filterIn(url.searchParams) }
  const id = /^\/runs\/([^/]+)$/.exec(path)?.[1]
  if (id) return { page: 'run', id: decodeURIComponent(id), line: lineIn(url.hash) }
  return { page: 'unknown', path }
}

/** The line that a fragment such as #L120 names. */
export const lineIn = (hash: string): number | null => {
  const line = Number(/^#L(\d{1,9})$/.exec(hash)?.[1] ?? 0)
  return line > 0 ? line : null
}

/** The filter that lets everything through. */
export const EVERY_RUN: RunFilter = { state: '', language: '', label: '', time: '' }

const filterIn = (search: URLSearchParams): RunFilter => ({
  state: search.get('state') ?? '',
  language: search.get('language') ?? '',
  label: search.get('label') ?? '',
  time: search.get('time') ?? '',
})

/** The address of the editor, with the run on screen. */
export const editorAddress = (run: string | null): string => (run ? `/?run=${encodeURIComponent(run)}` : '/')

export const runAddress = (id: string, line?: number): string =>
  `/runs/${encodeURIComponent(id)}${line ? `#L${line}` : ''}`

/** The address of a filtered list; what is not chosen does not appear in it. */
export const runsAddress = (filter: Partial<RunFilter> = {}): string => {
  const chosen = Object.entries(filter).filter(([, value]) => value !== '')
  return chosen.length === 0 ? '/runs' : `/runs?${new URLSearchParams(chosen)}`
}
