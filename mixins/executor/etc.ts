import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Cache } from './cache.ts'

const files = {
  passwd:
    'root:x:0:0:root:/:/bin/false\nrunner:x:1000:1000:runner:/home/runner:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  group: 'root:x:0:\nrunner:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost sandbox\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
}

/**
 * The `/etc` that programs see: names of their own, the host's library cache and command alternatives, which modules of
 * PHP and Java are switched on, nothing else of the host.
 */
export const prepareEtc = (cache: Cache): Promise<string> => {
  const links = linksIn('/etc/alternatives').map(
    (name) => [name, readlinkSync(join('/etc/alternatives', name))] as const,
  )
  const libraries = existsSync('/etc/ld.so.cache') ? readFileSync('/etc/ld.so.cache') : Buffer.alloc(0)
  const java = readdirSync('/etc').filter((name) => /^java-\d+-openjdk$/.test(name))
  const php = phpModules()
  return cache.entry('etc', [files, links, java, php, libraries.toString('base64')], (draft) => {
    mkdirSync(join(draft, 'alternatives'), { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(draft, name), text)
    writeFileSync(join(draft, 'ld.so.cache'), libraries)
    for (const [name, target] of links) symlinkSync(target, join(draft, 'alternatives', name))
    for (const name of java)
      cpSync(join('/etc', name), join(draft, name), { recursive: true, verbatimSymlinks: true, filter: isPublic })
    for (const [path, text] of php) {
      mkdirSync(dirname(join(draft, path)), { recursive: true })
      writeFileSync(join(draft, path), text)
    }
  })
}

// Java keeps passwords of its remote management beside its settings.
const isPublic = (path: string) => !path.includes('management')

// Only which modules are loaded: what else administrators write into these files may be secret.
const phpModules = (): [path: string, text: string][] =>
  globSync('php/*/cli/conf.d/*.ini', { cwd: '/etc' })
    .sort()
    .flatMap((path) => {
      const lines = readable(join('/etc', path)).match(/^(zend_)?extension\s*=\s*[\w.-]+$/gm) ?? []
      return lines.length > 0 ? [[path, `${lines.join('\n')}\n`]] : []
    })

const readable = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A module that was removed leaves its link behind.
    return ''
  }
}

const linksIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isSymbolicLink() ? [entry.name] : []))
    : []
