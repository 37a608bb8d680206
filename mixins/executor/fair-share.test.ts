import { fairShare } from './fair-share.ts'

/** What is said after each span in which a program used so many cores. */
const said = (...cores: number[]) => {
  const share = fairShare()
  let cpuMs = 0
  return cores.map((used, index) => {
    cpuMs += used * 50
    return share(cpuMs, (index + 1) * 50)
  })
}

describe('a program', () => {
  it('never yields for the time of one core', () => {
    expect(said(1, 1, 1, 1, 1, 1)).toEqual([false, false, false, false, false, false])
  })

  it('may be ahead for a moment', () => {
    expect(said(1.4, 1, 1, 0.5, 1.4)).toEqual([false, false, false, false, false])
  })

  it('yields once it is ahead, until it is level again', () => {
    expect(said(2, 2, 2, 0, 0.5, 0, 0, 1)).toEqual([true, true, true, true, true, true, false, false])
  })

  it('does not save up what it leaves', () => {
    expect(said(0, 0, 0, 0, 1.4, 2)).toEqual([false, false, false, false, false, true])
  })
})
