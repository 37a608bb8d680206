import { detectLanguages } from '../../config/runtimes.ts'
import type { ArtifactsWanted, Runtime } from './executor.ts'
import { type Case, Lab } from './lab.ts'

const lab = new Lab({ runtimes: [] })
const refusal = await lab.refusal()
const here = refusal === null ? describe : describe.skip
const { runtimes } = await detectLanguages()

afterAll(() => lab.close())

const perl: Runtime = { language: 'perl', version: '5', run: ['/usr/bin/perl', '{entry}'], env: {}, mounts: [] }
const shell: Runtime = { language: 'sh', version: '1', run: ['/bin/sh', '{entry}'], env: {}, mounts: [] }
const usual: ArtifactsWanted = { directory: 'out', mostFiles: 100, mostBytes: 1 << 24 }

const run = async (runtime: Runtime, source: string, wanted: Partial<ArtifactsWanted> = {}, more: Case = {}) => {
  const entry = 'main'
  const seen = await lab.run(runtime, entry, { source, artifacts: { ...usual, ...wanted }, ...more })
  const { files, leftOut, more: others } = seen.outcome.artifacts!
  const texts = Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]))
  const left = Object.fromEntries(leftOut.map(({ path, why }) => [path, why]))
  return { ...seen, texts, left, others, files }
}

here('a program that hands out artifacts', () => {
  it('finds its folder there and empty, and hands out every file below it, byte for byte', async () => {
    const source = `ls -A out; printf 'a\\000b' > out/a; mkdir -p out/d/e; echo hé > "out/d/e/hé llo.txt"; : > out/empty; echo x > other`
    const { texts, left, stdout, outcome } = await run(shell, source)
    expect([stdout, outcome.ending]).toEqual(['', { cause: 'exit', exitCode: 0 }])
    expect(texts).toEqual({ a: 'a\0b', 'd/e/hé llo.txt': 'hé\n', empty: '' })
    expect(left).toEqual({})
  })

  it('hands out nothing where nothing is asked for', async () => {
    expect((await lab.run(shell, 'main', { source: 'mkdir out; : > out/a' })).outcome.artifacts).toBeUndefined()
  })

  it('may fail, end by a signal, or make the folder anew', async () => {
    expect((await run(shell, 'echo 1 > out/a; exit 3')).texts).toEqual({ a: '1\n' })
    expect((await run(shell, 'echo 2 > out/a; kill -9 $$')).texts).toEqual({ a: '2\n' })
    expect((await run(shell, 'rmdir out; mkdir out; echo 3 > out/a')).texts).toEqual({ a: '3\n' })
    expect((await run(shell, 'echo 4 > deep/er/a', { directory: 'deep/er' })).texts).toEqual({ a: '4\n' })
  })

  it('hands out nothing when a limit or somebody stopped it', async () => {
    const stopped = await run(shell, 'echo 1 > out/a; sleep 60', {}, { limits: { wallMs: 200 } })
    expect([stopped.outcome.ending.cause, stopped.texts, stopped.left]).toEqual(['wall_timeout', {}, { '': 'stopped' }])
    const artifacts = usual
    const { running, seen } = lab.begin(shell, 'main', { source: 'echo 1 > out/a; sleep 60', artifacts })
    running.cancel()
    expect((await seen).outcome.artifacts?.files ?? []).toEqual([])
  })

  it('cannot hand out what a link, a device, a pipe or a socket leads to', async () => {
    const source = `use Socket; symlink '/etc/passwd', 'out/passwd'; symlink '/', 'out/root'; symlink '.', 'out/round';
      system 'mkfifo', 'out/pipe'; mkdir 'out/d'; symlink '../../main', 'out/d/main';
      socket my $s, AF_UNIX, SOCK_STREAM, 0; bind $s, sockaddr_un('out/socket');
      open my $f, '>', 'out/one'; print $f 'x'; close $f; link 'out/one', 'out/two'; link 'main', 'out/hard';
      open $f, '>', 'out/good'; print $f 'y'; close $f`
    const { texts, left } = await run(perl, source)
    expect(texts).toEqual({ good: 'y' })
    expect(left).toEqual({
      'd/main': 'link',
      hard: 'hardlink',
      one: 'hardlink',
      passwd: 'link',
      pipe: 'special',
      root: 'link',
      round: 'link',
      socket: 'special',
      two: 'hardlink',
    })
  })

  it.each([
    ['a link', 'rmdir out; ln -s /etc out'],
    ['a file', 'rmdir out; echo x > out'],
    ['nothing', 'rmdir out'],
    ['a pipe', 'rmdir out; mkfifo out'],
    ['unreachable', 'chmod 000 .'],
    [
      'gone with all that is around it',
      'cd /home; rm -rf runner 2>/dev/null; mv runner elsewhere; ln -s /etc runner; rm -rf elsewhere/out',
    ],
  ])('whose folder is %s hands out nothing', async (_, source) => {
    expect(await run(shell, source)).toMatchObject({ texts: {}, left: { '': 'folder' } })
  })

  it('whose folder lies behind a link hands out nothing', async () => {
    const source = 'rm -r a; mkdir -p x/out; echo 1 > x/out/f; ln -s x a'
    expect(await run(shell, source, { directory: 'a/out' })).toMatchObject({ texts: {}, left: { '': 'folder' } })
  })

  it('cannot give a file a name that hurts', async () => {
    const source = String.raw`mkdir 'out'; for my $name ("new\nline", "esc\e[2J", "\xff\xfe", "back\\slash", "\xe2\x80\xae", "\xed\xa0\x80",
      "\xc2\x9b", 'q"uote', ' ; rm -rf', '...', '-rf', '%2e%2e') { open my $f, '>', "out/$name" or die; print $f 'x' }
      mkdir "out/bad\n"; open my $f, '>', "out/bad\n/inside"; mkdir 'out/' . ('d' x 200) . ('/' . 'e' x 200) x $_ for 0 .. 2;
      open $f, '>', 'out/' . 'd' x 200 . ('/' . 'e' x 200) x 2 . '/deep'`
    const { texts, left } = await run(perl, source)
    expect(Object.keys(texts).sort()).toEqual([' ; rm -rf', '%2e%2e', '-rf', '...', 'q"uote'].sort())
    expect(new Set(Object.values(left))).toEqual(new Set(['name']))
    for (const path of Object.keys(left)) expect(path).toMatch(/^[^\p{Cc}]+$/u)
  })

  it('with 10,000 files hands out as many as may be, and says how many it did not', async () => {
    const { files, left, others } = await run(perl, 'for (1..10000) { open my $f, ">", "out/$_"; print $f 1 }')
    expect(files).toHaveLength(100)
    expect([Object.keys(left).length, others]).toEqual([100, 9800])
    expect(new Set(Object.values(left))).toEqual(new Set(['files']))
  })

  it('with more than is looked at, and deeper, ends all the same', async () => {
    const many = await run(perl, 'for my $d (1..6) { mkdir "out/$d"; for (1..4000) { mkdir "out/$d/$_" } }')
    expect(many.files).toEqual([])
    expect(Object.values(many.left)).toContain('entries')
    const deep = await run(perl, 'chdir "out"; for (1..5000) { mkdir "d"; chdir "d" } open my $f, ">", "x"')
    expect([deep.files, Object.values(deep.left)]).toEqual([[], ['name']])
  })

  it('leaves out what is too large, and takes the rest', async () => {
    const source = `truncate -s 1T out/a 2>/dev/null || truncate -s 20M out/a; truncate -s 17M out/b
      head -c 600 /dev/zero > out/c; head -c 600 /dev/zero > out/d; head -c 300 /dev/zero > out/e`
    const { files, left } = await run(shell, source, { mostBytes: 1000 })
    expect(files.map(({ path, bytes }) => [path, bytes.length])).toEqual([
      ['c', 600],
      ['e', 300],
    ])
    expect(left).toEqual({ a: 'bytes', b: 'bytes', d: 'bytes' })
  })

  it('hands out files of 16 MiB together', async () => {
    const { files } = await run(shell, 'for n in 1 2 3 4; do head -c 4194304 /dev/urandom > out/$n; done')
    expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(1 << 24)
  })

  it('is dead, with all that it started, before anything is read', async () => {
    const source = `( setsid sh -c 'while :; do date +%s%N > out/busy; done' & )
      ( setsid sh -c 'while :; do head -c 3000000 /dev/zero > out/large; rm out/large; ln -sf /etc/passwd out/large; done' & )
      sleep 0.2; echo done > out/main`
    for (let round = 0; round < 5; round++) {
      const { outcome, texts } = await run(shell, source)
      expect(outcome.ending).toEqual({ cause: 'exit', exitCode: 0 })
      expect(texts.main).toBe('done\n')
      expect(JSON.stringify(texts)).not.toContain('root:')
    }
  })

  it('that makes its files unreadable is told so', async () => {
    const source = 'echo 1 > out/a; chmod 000 out/a; mkdir out/d; chmod 000 out/d; echo 2 > out/b'
    expect(await run(shell, source)).toMatchObject({ texts: { b: '2\n' }, left: { a: 'unreadable', d: 'unreadable' } })
  })

  it('that is compiled hands out after its compiler, however that had the folder', async () => {
    const compiled: Runtime = {
      ...shell,
      compile: ['/bin/sh', '-c', 'mkdir -p /home/build; cp main /home/build/program; echo made > out/by-compiler'],
      run: ['/bin/sh', '/home/build/program'],
    }
    for (const round of [1, 2]) {
      const { texts } = await run(compiled, 'cat out/* > /dev/null; echo ran > out/by-program')
      expect([round, texts['by-program']]).toEqual([round, 'ran\n'])
    }
  })

  it('is refused where the folder is none of its own', async () => {
    for (const directory of ['../x', '/tmp', '', 'a//b', '.']) {
      const { outcome } = await lab.run(shell, 'main', { artifacts: { ...usual, directory } })
      expect(outcome.ending).toMatchObject({ cause: 'infrastructure' })
    }
  })

  const sources: Record<string, string> = {
    python: 'open("out/a", "w").write("py")\nraise SystemExit(1)',
    javascript: 'require("node:fs").writeFileSync("out/a", "js"); process.exit(1)',
    ruby: 'File.write("out/a", "rb"); exit 1',
  }
  const warm = runtimes.filter(({ language }) => sources[language])
  it.each(warm.map((runtime) => [runtime.language, runtime] as const))(
    'does so in %s, warm or not',
    async (_, runtime) => {
      for (let round = 0; round < 3; round++) {
        const entry = runtime.fileName
        const seen = await lab.run(runtime.runtime, entry, { source: sources[runtime.language]!, artifacts: usual })
        expect(seen.outcome.ending).toEqual({ cause: 'exit', exitCode: 1 })
        expect(seen.outcome.artifacts?.files.map(({ path }) => path)).toEqual(['a'])
      }
    },
  )
})
