import { StreamLanguage, type StreamParser } from '@codemirror/language'
import type { Extension } from '@codemirror/state'

const legacy = (parser: StreamParser<unknown>): Extension => StreamLanguage.define(parser)

// Each mode is its own chunk: only the language in use is loaded.
const MODES: Record<string, () => Promise<Extension>> = {
  python: async () => (await import('@codemirror/lang-python')).python(),
  javascript: async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true }),
  typescript: async () => (await import('@codemirror/lang-javascript')).javascript({ typescript: true }),
  go: async () => (await import('@codemirror/lang-go')).go(),
  php: async () => (await import('@codemirror/lang-php')).php(),
  ruby: async () => legacy((await import('@codemirror/legacy-modes/mode/ruby')).ruby),
  bash: async () => legacy((await import('@codemirror/legacy-modes/mode/shell')).shell),
  c: async () => legacy((await import('@codemirror/legacy-modes/mode/clike')).c),
  cpp: async () => legacy((await import('@codemirror/legacy-modes/mode/clike')).cpp),
  java: async () => legacy((await import('@codemirror/legacy-modes/mode/clike')).java),
  rust: async () => legacy((await import('@codemirror/legacy-modes/mode/rust')).rust),
  lua: async () => legacy((await import('@codemirror/legacy-modes/mode/lua')).lua),
  perl: async () => legacy((await import('@codemirror/legacy-modes/mode/perl')).perl),
  r: async () => legacy((await import('@codemirror/legacy-modes/mode/r')).r),
  json: async () => legacy((await import('@codemirror/legacy-modes/mode/javascript')).json),
  yaml: async () => legacy((await import('@codemirror/legacy-modes/mode/yaml')).yaml),
}

const ENDINGS: Record<string, string> = {
  py: 'python',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'typescript',
  mts: 'typescript',
  go: 'go',
  rb: 'ruby',
  sh: 'bash',
  c: 'c',
  h: 'c',
  cpp: 'cpp',
  cc: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  java: 'java',
  rs: 'rust',
  lua: 'lua',
  pl: 'perl',
  php: 'php',
  r: 'r',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
}

/** How a file's code is coloured, by its ending, or by the program's language when it has none; plain when unknown. */
export const languageFor = async (path: string, language: string): Promise<Extension> => {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase()
  const mode = MODES[ending === undefined ? language : (ENDINGS[ending] ?? '')]
  return mode ? mode() : []
}
