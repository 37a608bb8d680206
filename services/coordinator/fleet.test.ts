import { Fleet, type Offer, type Report } from './fleet.ts'

const limits = { wallMs: 1, cpuMs: 1, memoryBytes: 1, processes: 1, outputBytes: 1, diskBytes: 1 }
const offer = (language: string, version: string, aliases: string[] = []): Offer => ({
  ...{ language, version, aliases, title: language, fileName: 'main', compiled: false, warm: false, limits },
  maxima: limits,
})
const report = (node: string, offers: Offer[], change: Partial<Report> = {}): Report => ({
  ...{ node, offers, slots: 4, busy: 0, draining: false, trusted: false },
  ...change,
})
const fleetOf = (...offers: Offer[]) => {
  const fleet = new Fleet()
  fleet.report(report('n1', offers), 0)
  return fleet
}
const pythons = ['3.9.18', '3.11.2', '3.2.0', '3.12.0-rc.1'].map((version) => offer('python', version, ['py']))

describe('the fleet of workers', () => {
  it('has the slots of all workers that do not leave', () => {
    const fleet = fleetOf()
    fleet.report(report('n2', [], { slots: 8 }), 0)
    fleet.report(report('n3', [], { slots: 2, draining: true }), 0)
    expect([fleet.slots, fleet.workers.length]).toEqual([12, 3])
    fleet.report(report('n1', [], { slots: 1 }), 0)
    expect(fleet.slots).toBe(9)
  })

  it('forgets a worker that is silent or has gone, but not what it offered', () => {
    const fleet = fleetOf(...pythons)
    fleet.expire(10_000)
    expect(fleet.slots).toBe(4)
    fleet.expire(10_001)
    expect([fleet.slots, fleet.resolve('python').version]).toEqual([0, '3.12.0-rc.1'])
    fleet.report(report('n2', []), 20_000)
    fleet.leave('n2')
    expect(fleet.workers).toEqual([])
  })

  it('orders versions by number, the newest first, within their language', () => {
    const fleet = fleetOf(...pythons, offer('bash', '5.2'), offer('ruby', '3.1'), offer('bash', '5.10'))
    expect(fleet.offers.map(({ language, version }) => `${language} ${version}`)).toEqual([
      ...['bash 5.10', 'bash 5.2'],
      ...['python 3.12.0-rc.1', 'python 3.11.2', 'python 3.9.18', 'python 3.2.0'],
      'ruby 3.1',
    ])
  })

  it.each([
    ['python', undefined, '3.12.0-rc.1'],
    ['py', '3', '3.12.0-rc.1'],
    ['PYTHON', '3.11', '3.11.2'],
    ['Py', '3.11.2', '3.11.2'],
    ['python', '3.9', '3.9.18'],
    ['python', '3.2', '3.2.0'],
  ])('finds %s %s as %s', (language, version, found) => {
    expect(fleetOf(...pythons).resolve(language, version).version).toBe(found)
  })

  it('takes a version of a language by its whole parts', () => {
    const refuse = (version: string) => () => fleetOf(...pythons).resolve('python', version)
    for (const version of ['3.1', '3.11.', '3.11.20', '2', '']) expect(refuse(version)).toThrow(/^Unknown version/)
  })

  it('answers an unknown language or version with the field and all that there is', () => {
    const fleet = fleetOf(...pythons, offer('bash', '5.2'))
    const data = (language: string, version?: string) => {
      try {
        fleet.resolve(language, version)
      } catch (error) {
        return error as { code: number; type: string; data: object[] }
      }
      return undefined
    }
    expect(data('cobol')).toMatchObject({ code: 422, type: 'UNKNOWN_LANGUAGE', data: [{ field: 'language' }] })
    expect(data('cobol')).toMatchObject({ message: 'Unknown language "cobol". Available: bash, python.' })
    expect(data('bash', '4')).toMatchObject({ message: 'Unknown version "4" of bash. Available: 5.2.' })
    expect(data('bash', '4')?.data).toMatchObject([{ field: 'version', available: ['5.2'] }])
  })

  it('cannot tell before any worker has reported', () => {
    expect(() => new Fleet().resolve('python')).toThrow(expect.objectContaining({ type: 'NO_WORKER', code: 503 }))
  })
})
