import { createRequire, stripTypeScriptTypes } from 'node:module'

const require = createRequire(import.meta.url)
const strip = (source) => stripTypeScriptTypes(source, { mode: 'strip' })

// Runes are compiled as for a server: a state class is tested without a page, and its state is plain fields.
const withRunes = (source, filename) =>
  require('svelte/compiler').compileModule(strip(source), { generate: 'server', filename }).js.code

/** Strips types exactly as Node does at run time, so that tests run the code that production runs. */
export default {
  process: (source, filename) => ({
    code: filename.endsWith('.svelte.ts') ? withRunes(source, filename) : strip(source),
  }),
}
