import { fairShare } from './fair-share.ts'

/** What is said after each span of 50 ms in which a program used so many cores. */
const said = (...cores: number[]) => {
  const share = fairShare()
  let cpuMs = 0
  return cores.map((used, index) => {
    cpuMs += used * 50
    return share(cpuMs, (index + 1) * 50)
  })
}

describe('a program', () => {
  it('has its full share while it is young, and less once it has computed for a while', () => {
    expect(said(0.2, 0.2, 0.2, 0.2, 0.2, 0.2)).toEqual(['full', 'full', 'full', 'full', 'less', 'less'])
  })

  it('never has only the rest for the time of one core', () => {
    expect(said(1, 1, 1, 1, 1, 1)).toEqual(['less', 'less', 'less', 'less', 'less', 'less'])
  })

  it('may be ahead for a moment', () => {
    expect(said(1.4, 1, 1, 0.5, 1.4)).toEqual(['less', 'less', 'less', 'less', 'less'])
  })

  it('has only the rest once it is ahead, until it is level again', () => {
    const shares = ['rest', 'rest', 'rest', 'rest', 'rest', 'rest', 'less', 'less']
    expect(said(2, 2, 2, 0, 0.5, 0, 0, 1)).toEqual(shares)
  })

  it('does not save up what it leaves', () => {
    expect(said(0, 0, 0, 0, 1.4, 2)).toEqual(['full', 'full', 'full', 'full', 'less', 'rest'])
  })
})
