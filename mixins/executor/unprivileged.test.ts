import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ASIDE, hierarchiesHere } from './cgroup/hierarchies.ts'
import { Lab } from './lab.ts'

const NOBODY = 65_534
const NEEDED = ['memory', 'pids', 'cpu', 'unified']
const lab = new Lab({ warm: false })
// Without root there is nobody else to become.
const refusal = process.getuid?.() === 0 ? await lab.refusal() : 'This user cannot become another one'
const here = refusal === null ? describe : describe.skip
await lab.close()

type Told = { opened: { name: string; ok: boolean }[] } | { type: string; check: string; message: string; fix: string }

const foldersIn = (group: string): string[] =>
  readdirSync(group, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))

const program = `
import { sandboxExecutor } from ${JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)}
const executor = sandboxExecutor({ dataDir: process.argv[2], cacheDir: process.argv[2] + '/cache', concurrency: 1, limitsBy: process.argv[3] ?? 'cgroups' })
try {
  await executor.open()
  console.log(JSON.stringify({ opened: await executor.checks() }))
} catch (error) {
  console.log(JSON.stringify({ ...error, message: error.message }))
}
await executor.close()`

here('the executor of a user without any privilege', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-unprivileged-'))
  const script = join(dataDir, 'open.ts')
  writeFileSync(script, program)
  chmodSync(dataDir, 0o755)
  for (const name of ['own', 'other']) mkdirSync(join(dataDir, name))
  chownSync(join(dataDir, 'own'), NOBODY, NOBODY)
  afterAll(() => rmSync(dataDir, { recursive: true }))

  /** What an executor tells that is opened by nobody, after these commands of root. */
  const opened = async (before = 'true', ...options: string[]): Promise<Told> => {
    const drop = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs']
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, join(dataDir, 'own'), ...options]
    const command = [...drop, '--bounding-set=-all', ...node].map((word) => `'${word}'`).join(' ')
    const { stdout } = await promisify(execFile)('sh', ['-c', `${before} && exec ${command}`], {
      env: { PATH: '/usr/sbin:/usr/bin' },
    })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  }

  it('refuses where groups may not be written, and says what is missing and what brings it', async () => {
    expect(await opened()).toMatchObject({
      type: 'SANDBOX_UNAVAILABLE',
      check: 'cgroups',
      message: expect.stringMatching(/^Limits on memory and processes need cgroups: .*/),
      fix: expect.stringContaining('Delegate=yes'),
    })
  })

  it('refuses where user namespaces are not allowed, and says what is missing and what brings it', async () => {
    // Of this user namespace alone, and of those below it.
    const without = 'echo 0 > /proc/sys/user/max_user_namespaces'
    const told = await promisify(execFile)('unshare', [
      ...[
        '-U',
        '-r',
        'sh',
        '-c',
        `${without} && exec '${process.execPath}' '${script}' '${join(dataDir, 'other')}' trusted-rlimits`,
      ],
    ]).then(({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    expect(told).toMatchObject({
      type: 'SANDBOX_UNAVAILABLE',
      message: expect.stringContaining('No sandbox can be started'),
      fix: expect.stringContaining('user.max_user_namespaces'),
    })
  })

  it('gives every guarantee in groups that were handed to it', async () => {
    const own = [...new Set(NEEDED.flatMap((name) => hierarchiesHere().get(name)?.own ?? []))]
    const handed = own.map((base) => join(base, `handed-${process.pid}`))
    for (const group of handed) mkdirSync(group)
    try {
      const hand = handed.map((group) => `chown -R ${NOBODY} '${group}' && echo $$ > '${group}/cgroup.procs'`)
      // The first has stepped aside where groups that are divided hold no process themselves; the next is started from there.
      const enter = handed.map(
        (group) => `(echo $$ > '${group}/${ASIDE}/cgroup.procs' || echo $$ > '${group}/cgroup.procs')`,
      )
      for (const before of [hand, enter]) {
        const told = await opened(before.join(' && '))
        expect(told).toMatchObject({ opened: expect.arrayContaining([expect.objectContaining({ name: 'limits' })]) })
        expect('opened' in told && told.opened.filter(({ ok }) => !ok)).toEqual([])
      }
      expect(handed.flatMap((group) => foldersIn(group)).filter((name) => name !== ASIDE)).toEqual([])
    } finally {
      for (const group of handed.flatMap((group) => [...foldersIn(group).map((name) => join(group, name)), group]))
        rmdirSync(group)
    }
  })
})
