import { commandFirst } from './command.ts'

describe('a command line', () => {
  it.each([
    ['list', 'list'],
    ['list --url http://a', 'list --url http://a'],
    ['--url http://a list --limit 2', 'list --url http://a --limit 2'],
    ['--url=http://a run a.py -- --url b', 'run --url=http://a a.py -- --url b'],
    ['--url http://a help run', 'help run'],
    ['--url http://a --help', '--help'],
    ['--url', '--url'],
    ['--url http://a', '--url http://a'],
    ['--limit 2 list', '--limit 2 list'],
    ['', ''],
  ])('%j is read as %j', (given, read) => {
    expect(commandFirst(given.split(' ')).join(' ')).toBe(read)
  })
})
