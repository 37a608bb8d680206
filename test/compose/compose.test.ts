import { eventually } from '../eventually.ts'
import { engineMissing } from './engine.ts'
import { rightsSuite } from './rights.suite.ts'
import { openStage, type Stage } from './stage.ts'

const SERVERS = ['kafka', 'mongodb', 'nats', 'redis']
const healthy = (services: string[]) => Object.fromEntries(services.map((service) => [service, 'healthy']))
const ALL_WELL = healthy([...SERVERS, 'greenroom', 'runs'])
const BROKEN = 'FROM greenroom:0.1.0\nENTRYPOINT ["false"]\n'

const missing = engineMissing()
const suite = missing ? describe.skip : describe

suite(`the compose file, brought up${missing ? ` (${missing})` : ''}`, () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    // The first time on a machine the engine's tool, a server and all images are built.
  }, 1_800_000)
  afterAll(() => stage?.close())

  const run = (source: string) => ({ language: 'bash', source, retries: 2, limits: { wallMs: 60_000 } })
  const allWell = () => eventually(async () => expect(await stage.states()).toEqual(ALL_WELL), 200_000)

  it('gives development its servers in containers', async () => {
    const { code, stdout } = await stage.deploy(['infra'])
    expect([code, stdout.match(/^export GREENROOM_\w+(?==\S+\d)/gm)?.length]).toEqual([0, 4])
    expect(await stage.states()).toEqual(healthy(SERVERS))
    expect(await stage.deploy(['infra'])).toMatchObject({ code: 0, stdout })
    expect(await stage.compose('exec', '-T', 'redis', 'redis-cli', 'config', 'get', 'maxmemory-policy')).toContain(
      'noeviction',
    )
  })

  it('starts everything, healthy, and runs a program', async () => {
    expect(await stage.deploy(['up'])).toMatchObject({ code: 0 })
    expect(await stage.states()).toEqual(ALL_WELL)
    const { id } = await stage.client.submit(run('echo from a container'))
    expect(await stage.client.ended(id)).toMatchObject({ state: 'succeeded', stdout: 'from a container\n' })
  }, 600_000)

  it('gives Greenroom no more than it needs', async () => {
    const inside = (script: string) => stage.compose('exec', '-T', 'greenroom', 'sh', '-c', script)
    expect(await inside('id -u; touch /app/x /etc/x 2>&1 | grep -c Read-only; grep CapBnd /proc/self/status')).toBe(
      '1000\n2\nCapBnd:\t0000000000000000',
    )
    const limits = JSON.parse(await stage.compose('--profile', '*', 'config', '--format', 'json')) as {
      services: Record<string, { mem_limit?: string; restart?: string }>
    }
    for (const [name, { mem_limit, restart }] of Object.entries(limits.services))
      expect({ name, isBounded: Number(mem_limit) > 0, restart }).toEqual({
        name,
        isBounded: true,
        restart: 'unless-stopped',
      })
  })

  it('shows facts and figures to those who ask for them', async () => {
    const profiles = ['--profile', 'debug', '--profile', 'observability']
    await stage.compose(...profiles, 'up', '--detach', '--wait', 'facts', 'prometheus')
    const { id } = await stage.client.submit(run('true'))
    await eventually(async () => expect(await stage.compose('logs', '--no-log-prefix', 'facts')).toContain(id))
    const targets = ['wget', '-q', '-O', '-', 'http://prometheus:9090/api/v1/targets']
    await eventually(async () =>
      expect(await stage.compose('exec', '-T', 'nats', ...targets)).toContain('"health":"up"'),
    )
    await stage.compose(...profiles, 'rm', '--force', '--stop', 'facts', 'prometheus')
  })

  describe('the image', () => rightsSuite(() => stage))

  it.each(['redis', 'runs', 'greenroom'])(
    'recovers when %s is killed, and finishes what it accepted',
    async (victim) => {
      const { id } = await stage.client.submit(run('sleep 3; echo survived'))
      await stage.crash(victim)
      await allWell()
      expect(await stage.client.ended(id, 200_000)).toMatchObject({ state: 'succeeded', stdout: 'survived\n' })
    },
  )

  it('upgrades to another image and loses no run', async () => {
    const before = await stage.containerOf('greenroom')
    const { id } = await stage.client.submit(run('sleep 3; echo carried over'))
    expect(await stage.deploy(['up'], { LANGUAGES: 'python3' })).toMatchObject({ code: 0 })
    expect((await stage.containerOf('greenroom')).image).not.toBe(before.image)
    expect(await stage.client.ended(id, 200_000)).toMatchObject({ state: 'succeeded', stdout: 'carried over\n' })
  }, 600_000)

  it('goes back to the image that ran when a new one is not healthy', async () => {
    const before = await stage.containerOf('greenroom')
    const { code, stderr } = await stage.deploy(['up'], { ...stage.override(BROKEN), LANGUAGES: 'python3' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('The former version runs.')])
    expect((await stage.containerOf('greenroom')).image).toBe(before.image)
    expect(await stage.states()).toEqual(ALL_WELL)
  }, 600_000)

  it('leaves an image that cannot be built out of it', async () => {
    const before = await stage.containerOf('greenroom')
    const { code, stderr } = await stage.deploy(['up'], { LANGUAGES: 'no-such-package' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('what runs is as it was')])
    expect(await stage.containerOf('greenroom')).toEqual(before)
  })

  it('leaves nothing but its data', async () => {
    expect(await stage.deploy(['down'])).toMatchObject({ code: 0 })
    expect(await stage.engine.docker('ps', '--all', '--quiet')).toBe('')
    expect(await stage.engine.docker('network', 'ls', '--quiet', '--filter', 'type=custom')).toBe('')
    await stage.compose('down', '--volumes')
    expect(await stage.engine.docker('volume', 'ls', '--quiet')).toBe('')
  })
})
