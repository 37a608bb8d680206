import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Share } from './cgroup.ts'
import { hierarchiesHere } from './hierarchies.ts'
import { openCgroups } from './open.ts'
import { Weights } from './weights.ts'

describe('the weight of all groups together', () => {
  const told: Share[] = []
  const weights = new Weights((share) => told.push(share))

  it('is only the rest as long as every running group has no more', () => {
    weights.runs('one')
    weights.runs('two')
    weights.has('one', 'rest')
    expect(told).toEqual([])
    weights.has('two', 'less')
    expect(told).toEqual([])
    weights.has('two', 'rest')
    expect(told).toEqual(['rest'])
    weights.runs('three')
    expect(told).toEqual(['rest', 'full'])
    weights.gone('three')
    expect(told).toEqual(['rest', 'full', 'rest'])
    weights.gone('one')
    weights.gone('two')
    expect(told).toEqual(['rest', 'full', 'rest', 'full'])
  })
})

const cgroups = await openCgroups().catch((error: Error) => error)
const here = cgroups instanceof Error ? describe.skip : describe

afterAll(async () => {
  if (!(cgroups instanceof Error)) await cgroups.close()
})

/** What the kernel holds of the share of this driver, or of one group of it. */
const shareOf = (group = ''): Share => {
  const hierarchies = hierarchiesHere()
  const { own } = hierarchies.get('cpu') ?? hierarchies.get('unified')!
  const at = (name: string) => join(own, driverIn(own), group, name)
  if (existsSync(at('cpu.idle')) && readFileSync(at('cpu.idle'), 'utf8').trim() === '1') return 'rest'
  const value = Number(readFileSync(existsSync(at('cpu.shares')) ? at('cpu.shares') : at('cpu.weight'), 'utf8'))
  if (value <= 2) return 'rest'
  return value === 256 || value === 25 ? 'less' : 'full'
}

const driverIn = (own: string) => {
  const start = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[19]
  return readdirSync(own).find((name) => name.startsWith(`greenroom-${process.pid}-${start}-`))!
}

here('the share of the CPU', () => {
  it('is the same for every group, until one is to have less', async () => {
    if (cgroups instanceof Error) return
    const bounds = { memoryBytes: 1 << 24, processes: 4 }
    const [one, two] = [cgroups.create(bounds, 'program'), cgroups.create(bounds, 'program')]
    const waiting = cgroups.create(bounds, 'wait')
    const shares = () => [shareOf('0'), shareOf('1'), shareOf()]
    expect(shares()).toEqual(['full', 'full', 'full'])
    one.share('rest')
    expect(shares()).toEqual(['rest', 'full', 'full'])
    two.share('less')
    expect(shares()).toEqual(['rest', 'less', 'full'])
    one.share('less')
    two.share('rest')
    expect(shares()).toEqual(['less', 'rest', 'full'])
    one.share('rest')
    expect(shares()).toEqual(['rest', 'rest', 'rest'])
    waiting.bound(bounds)
    expect(shares()).toEqual(['rest', 'rest', 'full'])
    one.share('full')
    expect(shareOf('0')).toBe('full')
    await Promise.all([one.remove(), two.remove(), waiting.remove()])
    one.share('rest')
    expect(shareOf()).toBe('full')
  })
})
