import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCache } from './cache.ts'
import { Lab } from './lab.ts'
import { sandboxExecutor } from './sandbox.ts'

const lab = new Lab()
const refusal = await lab.refusal()
const folder = mkdtempSync(join(tmpdir(), 'greenroom-private-'))
chmodSync(folder, 0o700)
const asRoot = process.getuid?.() === 0 && refusal === null ? it : it.skip

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await lab.close()
})

describe('a runtime in a folder that nobody else may enter', () => {
  const runtimeAt = (path: string) => ({
    language: 'bash',
    version: '0',
    run: ['/opt/shell/bash', '{entry}'],
    env: {},
    mounts: [[path, '/opt/shell/bash'] as const],
  })

  asRoot('is shown to sandboxes all the same', async () => {
    const path = join(folder, 'bash')
    copyFileSync('/bin/bash', path)
    chmodSync(path, 0o750)
    expect((await lab.run(runtimeAt(path), 'main.sh', { source: 'echo hi' })).stdout).toBe('hi\n')
  })

  asRoot('is shown anew once it has changed', async () => {
    const path = join(folder, 'tool')
    copyFileSync('/bin/true', path)
    expect((await lab.run(runtimeAt(path), 'main.sh', { source: 'echo hi' })).stdout).toBe('')
    rmSync(path)
    copyFileSync('/bin/bash', path)
    expect((await lab.run(runtimeAt(path), 'main.sh', { source: 'echo hi' })).stdout).toBe('hi\n')
  })
})

describe('the cache folder', () => {
  asRoot('is refused where sandboxes cannot reach it', async () => {
    const options = { dataDir: folder, concurrency: 1, limitsBy: 'cgroups' as const }
    const executor = sandboxExecutor({ ...options, cacheDir: join(folder, 'cache') })
    await expect(executor.open()).rejects.toThrow('Choose another one by GREENROOM_CACHE')
  })

  it('is refused where others can change it', () => {
    const open = mkdtempSync(join(tmpdir(), 'greenroom-open-'))
    chmodSync(open, 0o777)
    expect(() => openCache(open)).toThrow('can be changed by other users')
    rmSync(open, { recursive: true })
  })

  it('loses what somebody was killed over, and nothing that may still be in the making', () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-cache-'))
    const long = new Date(Date.now() - 2 * 3_600_000)
    for (const name of ['prepared-a.123', 'prepared-b.124', 'prepared-c']) mkdirSync(join(folder, name))
    for (const name of ['prepared-a.123', 'prepared-c']) utimesSync(join(folder, name), long, long)
    chmodSync(folder, 0o755)
    openCache(folder)
    expect(readdirSync(folder).sort()).toEqual(['prepared-b.124', 'prepared-c'])
    rmSync(folder, { recursive: true })
  })

  it('holds whole entries that every user can read, whatever the umask', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'greenroom-cache-'))
    chmodSync(parent, 0o755)
    const before = process.umask(0o077)
    try {
      const cache = openCache(join(parent, 'cache'))
      const make = (draft: string) => {
        mkdirSync(draft)
        copyFileSync('/bin/true', join(draft, 'true'))
      }
      const [one, two] = await Promise.all([cache.entry('x', 1, make), cache.entry('y', 1, make)])
      expect(one).not.toBe(two)
      expect(await cache.entry('x', 1, () => Promise.reject(new TypeError('made twice')))).toBe(one)
    } finally {
      process.umask(before)
      rmSync(parent, { recursive: true })
    }
  })
})
