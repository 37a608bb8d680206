import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { type Shell, shellIn } from './shell.ts'

let server: Greenroom
let shell: Shell
const folder = mkdtempSync(join(tmpdir(), 'cli artifacts '))

beforeAll(async () => {
  server = await startGreenroom()
  shell = shellIn(folder, server.url)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const run = (source: string, ...args: string[]) => {
  writeFileSync(join(folder, 'p.sh'), source)
  return shell.greenroom(['run', 'p.sh', ...args])
}

describe('greenroom run --artifacts', () => {
  it('saves the files that the program leaves, byte for byte, and ends as the program did', async () => {
    const source = 'mkdir out/d; printf "a\\000é" > out/d/x; echo 1 > out/y; echo done; exit 4'
    const said = await run(source, '--artifacts', 'out')
    expect([said.code, String(said.stdout), said.stderr]).toEqual([4, 'done\n', ''])
    expect(readFileSync(join(folder, 'out/d/x'))).toEqual(Buffer.from('a\0é'))
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['d', 'y'])
    const shown = await shell.bash(`greenroom show $(greenroom list | awk 'NR == 2 { print $1 }')`)
    expect(String(shown.stdout)).toMatch(/artifacts +d\/x \(4 B\), y \(2 B\)/)
  })

  it('says what was left out', async () => {
    const said = await run('ln -s /etc/passwd out/l', '--artifacts', 'out2/../out')
    expect([said.code, said.stderr]).toEqual([0, 'greenroom: Left out: "l" (a symbolic link).\n'])
    expect((await run('ln -s /etc/passwd out/l', '--artifacts', 'out', '--quiet')).stderr).toBe('')
  })

  it('gives one object to scripts, and saves all the same', async () => {
    const said = await run('echo 2 > new/z', '--artifacts', 'new', '--json')
    expect(JSON.parse(String(said.stdout))).toMatchObject({ artifacts: [{ path: 'z', sizeBytes: 2 }] })
    expect(readFileSync(join(folder, 'new/z'), 'utf8')).toBe('2\n')
  })

  it('ends with 125 and a sentence where a file cannot be saved', async () => {
    const said = await run('echo 1 > p.sh.d/a', '--artifacts', 'p.sh.d')
    expect(said.code).toBe(0)
    writeFileSync(join(folder, 'file'), '')
    const failed = await run('mkdir -p file; echo 1 > file/a', '--artifacts', 'file')
    expect([failed.code, failed.stderr]).toEqual([
      125,
      expect.stringMatching(/^greenroom: a could not be saved in file/),
    ])
  })
})
