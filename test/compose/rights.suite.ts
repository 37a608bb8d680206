import { serverPorts } from '../../cli/setup/infra/ports.ts'
import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { type Handed, handGroups } from './groups.ts'
import { type Stage, told } from './stage.ts'

const IMAGE = 'greenroom:0.1.0'
const NODE = 1000
const PROFILE = 'config/container-seccomp.json'
const TOKEN = 'a-token-of-thirty-two-characters-or-more'
const SANDBOXED = [`seccomp=${PROFILE}`, 'apparmor=unconfined', 'systempaths=unconfined', 'no-new-privileges']
const OF_THE_HOST = ['find', '/sys/fs/cgroup', '-maxdepth', '2', '-regex', '.*/\\(docker\\|system.slice\\)']

type Started = { id: string; client: Client }
type Health = { isolation: { trustedOnly: boolean; checks: { name: string; ok: boolean }[] } }

/** What one container of the image can do with the rights that it is given. */
export const rightsSuite = (stage: () => Stage): void => {
  const containers: string[] = []
  const groups: Handed[] = []

  afterEach(async () => {
    for (const id of containers.splice(0)) await stage().engine.docker('rm', '--force', id)
    for (const handed of groups.splice(0)) await handed.remove()
  })

  const handed = (uid: number): Handed => {
    groups.push(handGroups(uid))
    return groups.at(-1)!
  }

  /** Starts Greenroom whole, in one container that has no capability and no more than these rights. */
  const start = async (...rights: string[]): Promise<Started> => {
    const [port] = await serverPorts(1)
    const settings = [`GREENROOM_TOKEN=${TOKEN}`, 'GREENROOM_HOST=0.0.0.0'].flatMap((line) => ['--env', line])
    const bare = ['--read-only', '--tmpfs', '/tmp:exec,mode=1777', '--cap-drop', 'ALL', '--init']
    const options = [...bare, ...settings, '--publish', `127.0.0.1:${port}:3000`, ...rights]
    const id = await stage().engine.docker('run', '--detach', ...options, IMAGE)
    containers.push(id)
    return { id, client: new Client(`http://127.0.0.1:${port}`, { authorization: `Bearer ${TOKEN}` }) }
  }
  const inside = (id: string, script: string) => stage().engine.docker('exec', id, 'sh', '-c', script)
  const alone = (...command: string[]) =>
    told('docker', ['run', '--rm', ...command], { ...process.env, ...stage().env })
  const isReady = async ({ id, client }: Started) => {
    try {
      await eventually(async () => expect((await client.get('//health/ready')).status).toBe(200))
    } catch (error) {
      const log = await told('docker', ['logs', '--tail', '20', id], { ...process.env, ...stage().env })
      throw new TypeError(`The container is not ready: ${log.stdout}${log.stderr}`, { cause: error })
    }
  }
  const ranIn = async (client: Client) => {
    const { id } = await client.submit({ language: 'bash', source: 'echo "user $(id -u)"' })
    return (await client.ended(id)).stdout
  }
  const broken = async (client: Client) => {
    const { isolation } = (await client.get<Health>('//health')).body
    return { ...isolation, checks: isolation.checks.filter(({ ok }) => !ok).map(({ name }) => name) }
  }

  it('says what it lacks where it has the rights of any container', async () => {
    const doctor = await alone('--entrypoint', './deploy.sh', IMAGE, 'doctor')
    expect(doctor.code).toBe(1)
    for (const lacking of ['cgroups', 'namespaces'])
      expect(doctor.stdout).toMatch(new RegExp(`sandbox: ${lacking} +MISSING`))
    for (const help of ['mount a group that it may write to', 'seccomp=', 'docs/operations.md'])
      expect(doctor.stdout).toContain(help)
    expect(await alone(IMAGE)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Greenroom cannot start: Limits on memory and processes need cgroups'),
    })
  })

  it('runs programs as an ordinary user without a capability, in groups that were handed to it', async () => {
    const { parent, folder } = handed(NODE)
    const started = await start(
      ...SANDBOXED.flatMap((option) => ['--security-opt', option]),
      ...['--cgroupns', 'host', '--cgroup-parent', parent, '--volume', `${folder}:/sys/fs/cgroup`],
    )
    await isReady(started)
    const { id, client } = started
    expect(await inside(id, 'id -u; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/1/status')).toBe(
      '1000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2',
    )
    expect(await broken(client)).toEqual({ trustedOnly: false, checks: [] })
    expect(await ranIn(client)).toBe('user 1000\n')
  })

  it('runs trusted programs without groups, and says what that lacks', async () => {
    const options = SANDBOXED.flatMap((option) => ['--security-opt', option])
    const started = await start(...options, '--env', 'GREENROOM_UNSAFE_TRUSTED_ONLY=true')
    await isReady(started)
    const { client } = started
    expect(await broken(client)).toEqual({ trustedOnly: true, checks: ['limits'] })
    expect(await ranIn(client)).toBe('user 1000\n')
  })

  it('has a worker that is given one group of the host instead of all', async () => {
    const { parent, folder } = handed(0)
    const ofTheHost = () => stage().compose('exec', '-T', 'runs', ...OF_THE_HOST)
    expect(await ofTheHost()).not.toBe('')
    const narrow = { RUNS_CGROUP_PARENT: parent, RUNS_CGROUPS: folder }
    expect(await stage().deploy(['up'], narrow)).toMatchObject({ code: 0 })
    expect(await ofTheHost()).toBe('')
    expect(await ranIn(stage().client)).toBe('user 1000\n')
    expect(await stage().deploy(['up'])).toMatchObject({ code: 0 })
  })
}
