import { Ends, type Found } from './ends.ts'

const LONG = 60_000
const running: Found = { ended: false, state: 'running' }
const succeeded: Found = { ended: true, state: 'succeeded' }

const asking = (...answers: Found[]) => {
  const asked = { times: 0 }
  const ask = async () => answers[Math.min(asked.times++, answers.length - 1)] ?? running
  return { asked, ask }
}

describe('whoever waits for the end of a run', () => {
  it('is told, and nobody is asked who has just seen it alive', async () => {
    const ends = new Ends()
    const { asked, ask } = asking(running)
    const found = ends.until('r', LONG, LONG, true, ask)
    await new Promise(setImmediate)
    ends.tell('other', 'failed')
    ends.tell('r', 'succeeded')
    expect([await found, asked.times]).toEqual([succeeded, 0])
  })

  it('is told of an end that came a moment before', async () => {
    const ends = new Ends()
    const { asked, ask } = asking(running)
    ends.tell('r', 'succeeded')
    expect([await ends.until('r', LONG, LONG, true, ask), asked.times]).toEqual([succeeded, 0])
  })

  it('hears the truth where it knows nothing', async () => {
    const ends = new Ends()
    const { asked, ask } = asking(succeeded)
    expect([await ends.until('r', LONG, LONG, false, ask), asked.times]).toEqual([succeeded, 1])
  })

  it('hears of an end that nobody has told', async () => {
    const { asked, ask } = asking(running, succeeded)
    expect([await new Ends().until('r', LONG, 1, true, ask), asked.times]).toEqual([succeeded, 2])
  })

  it('hears the state when the time is over, or the service stops', async () => {
    const ends = new Ends()
    expect(await ends.until('r', 0, LONG, true, asking(running).ask)).toEqual(running)
    const found = ends.until('r', LONG, LONG, true, asking(running).ask)
    await new Promise(setImmediate)
    ends.stop()
    expect(await found).toEqual(running)
  })

  it('is asked for an end that has been forgotten', async () => {
    const ends = new Ends()
    for (let n = 0; n <= 1000; n++) ends.tell(`r${n}`, 'failed')
    expect(await ends.until('r0', 0, LONG, true, asking(succeeded).ask)).toEqual(succeeded)
    expect(await ends.until('r1', 0, LONG, true, asking(running).ask)).toEqual({ ended: true, state: 'failed' })
  })
})
