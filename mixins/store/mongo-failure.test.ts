import { MongoNetworkError, MongoServerError } from 'mongodb'
import { failureOf, hindrance, isOpen } from './mongo-failure.ts'
import { StoreUnavailable } from './unavailable.ts'

const coded = (code: string) => Object.assign(new Error('This socket has been ended by the other party'), { code })

describe('a failure of the client', () => {
  it.each([new MongoNetworkError('gone'), coded('EPIPE'), coded('ECONNRESET')])(
    'that is the connection’s leaves open what became of a write: %s',
    (error) => {
      expect([hindrance(error), isOpen(error)]).toEqual(['unreachable', true])
      expect(failureOf(error, 'things')).toBeInstanceOf(StoreUnavailable)
    },
  )

  it.each([
    new MongoServerError({ message: 'no', code: 11000 }),
    new RangeError('ours'),
    coded('ERR_INVALID_ARG_TYPE'),
  ])('that is the operation’s stays what it is: %s', (error) => {
    expect([hindrance(error), isOpen(error)]).toEqual([undefined, false])
    expect(failureOf(error, 'things')).toBe(error)
  })
})
