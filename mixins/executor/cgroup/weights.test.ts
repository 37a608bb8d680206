import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cgroups, Share } from './cgroup.ts'
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

/** What the kernel holds of the share of a driver, or of one group of it. */
const shareOf = ({ trees }: Cgroups, group = ''): Share => {
  const at = (name: string) => join((trees.cpu ?? trees.unified)!, group, name)
  if (existsSync(at('cpu.idle')) && readFileSync(at('cpu.idle'), 'utf8').trim() === '1') return 'rest'
  const value = Number(readFileSync(existsSync(at('cpu.shares')) ? at('cpu.shares') : at('cpu.weight'), 'utf8'))
  if (value <= 2) return 'rest'
  return value === 256 || value === 25 ? 'less' : 'full'
}

here('the share of the CPU', () => {
  it('is the same for every group, until one is to have less', async () => {
    if (cgroups instanceof Error) return
    const bounds = { memoryBytes: 1 << 24, processes: 4 }
    const [one, two] = [cgroups.create(bounds, 'program'), cgroups.create(bounds, 'program')]
    const waiting = cgroups.create(bounds, 'wait')
    const shares = () => [shareOf(cgroups, '0'), shareOf(cgroups, '1'), shareOf(cgroups)]
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
    expect(shareOf(cgroups, '0')).toBe('full')
    await Promise.all([one.remove(), two.remove(), waiting.remove()])
    one.share('rest')
    expect(shareOf(cgroups)).toBe('full')
  })
})
