import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { call } from '../../mixins/contract/contract.ts'
import { executions } from '../executions/executions.contract.ts'
import { InvalidParameter } from './api.errors.ts'
import { sendBytes } from './bytes.ts'
import type { Exchange, Handler } from './exchange.ts'

const STREAMS = ['stdout', 'stderr']

/** GET /executions/:id/output: the exact bytes that one stream has so far, whole or in part. */
export const output =
  (service: Service): Handler =>
  async (req, res) => {
    const channel = channelOf(req)
    const run = await call(req.$ctx, executions.locate, { id: req.$params.params.id ?? '' })
    const { streams } = backendsOf(service.broker)
    const extents = await streams.extents(run.output)
    const size = extents.find((extent) => extent.channel === channel)?.bytes ?? 0
    await sendBytes(req, res, { streams, key: run.output, channel, size, fileName: `${run.id}.${channel}` })
  }

/** GET /executions/:id/artifacts/<path>: the exact bytes of one file that a run has handed out, whole or in part. */
export const artifact =
  (service: Service): Handler =>
  async (req, res) => {
    refuseOthers(req.$params.query)
    const { id = '', path = '' } = req.$params.params
    const { key, sizeBytes: size } = await call(req.$ctx, executions.artifact, { id, path })
    const { streams } = backendsOf(service.broker)
    await sendBytes(req, res, { streams, key, channel: path, size, fileName: path.split('/').at(-1)! })
  }

const channelOf = (req: Exchange): string => {
  const { stream = 'stdout', ...others } = req.$params.query
  refuseOthers(others)
  if (typeof stream === 'string' && STREAMS.includes(stream)) return stream
  throw new InvalidParameter('stream', `give one of ${STREAMS.join(', ')}.`)
}

const refuseOthers = (others: Record<string, unknown>): void => {
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) throw new InvalidParameter(unknown, 'there is no such parameter.')
}
