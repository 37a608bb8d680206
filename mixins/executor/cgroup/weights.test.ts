import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hierarchiesHere } from './hierarchies.ts'
import { openCgroups } from './open.ts'
import { Weights } from './weights.ts'

describe('the weight of all groups together', () => {
  const told: boolean[] = []
  const weights = new Weights((yields) => told.push(yields))

  it('falls when the last running group yields, and rises with the first that does not', () => {
    weights.runs('one')
    weights.runs('two')
    weights.yields('one', true)
    expect(told).toEqual([])
    weights.yields('two', true)
    expect(told).toEqual([true])
    weights.runs('three')
    expect(told).toEqual([true, false])
    weights.gone('three')
    expect(told).toEqual([true, false, true])
    weights.gone('one')
    weights.gone('two')
    expect(told).toEqual([true, false, true, false])
  })
})

const cgroups = await openCgroups().catch((error: Error) => error)
const here = cgroups instanceof Error ? describe.skip : describe

afterAll(async () => {
  if (!(cgroups instanceof Error)) await cgroups.close()
})

/** What the kernel holds of the share of this driver, or of one group of it. */
const shareOf = (group = '') => {
  const hierarchies = hierarchiesHere()
  const { own } = hierarchies.get('cpu') ?? hierarchies.get('unified')!
  const at = (name: string) => join(own, driverIn(own), group, name)
  if (existsSync(at('cpu.idle'))) return readFileSync(at('cpu.idle'), 'utf8').trim() === '1' ? 'least' : 'usual'
  const value = Number(readFileSync(existsSync(at('cpu.shares')) ? at('cpu.shares') : at('cpu.weight'), 'utf8'))
  return value <= 2 ? 'least' : 'usual'
}

const driverIn = (own: string) => {
  const start = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[19]
  return readdirSync(own).find((name) => name.startsWith(`greenroom-${process.pid}-${start}-`))!
}

here('the share of the CPU', () => {
  it('is the same for every group, until one yields to the others', async () => {
    if (cgroups instanceof Error) return
    const bounds = { memoryBytes: 1 << 24, processes: 4 }
    const [one, two] = [cgroups.create(bounds), cgroups.create(bounds)]
    expect([shareOf('0'), shareOf('1'), shareOf()]).toEqual(['usual', 'usual', 'usual'])
    one.yields(true)
    expect([shareOf('0'), shareOf('1'), shareOf()]).toEqual(['least', 'usual', 'usual'])
    two.yields(true)
    expect([shareOf('1'), shareOf()]).toEqual(['least', 'least'])
    one.yields(false)
    expect([shareOf('0'), shareOf()]).toEqual(['usual', 'usual'])
    await Promise.all([one.remove(), two.remove()])
    one.yields(true)
    expect(shareOf()).toBe('usual')
  })
})
