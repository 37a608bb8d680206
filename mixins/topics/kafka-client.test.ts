import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeOn } from '../../test/servers/describe-on.ts'
import { sharedKafka } from '../../test/servers/shared-kafka.ts'

const here = import.meta.dirname

describe('the client library of Kafka', () => {
  it('is known to one file', () => {
    const words = ['grep', '-lE', '--untracked', `(from|require\\(|import\\() ?'kafka${'js'}`, '--', '*.ts']
    const found = execFileSync('git', words, { cwd: join(here, '../..'), encoding: 'utf8' })
    expect(found.trim().split('\n')).toEqual(['mixins/topics/kafka-client.ts'])
  })
})

describeOn('kafka')('a process that uses topics on Kafka', () => {
  it('prints no warning, and ends when they are closed', async () => {
    const { url } = await sharedKafka()
    const script = `import { kafkaTopics } from './kafka.ts'
      const topics = kafkaTopics('${url}', { info() {}, warn() {} })
      const message = (n) => ({ id: String(n), key: String(n), type: 'x', headers: {}, payload: n })
      const seen = Promise.withResolvers()
      let count = 0
      await topics.subscribe('silent', 'shop', async (batch) => {
        count += batch.length
        if (count >= 20) seen.resolve()
      })
      for (let n = 0; n < 20; n++) await topics.append('silent', [message(n)])
      await seen.promise
      await topics.close()
      console.log('over')`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: here,
      timeout: 240_000,
    })
    const { stdout, stderr } = await run
    expect({ stdout, stderr }).toEqual({ stdout: 'over\n', stderr: '' })
  })
})
