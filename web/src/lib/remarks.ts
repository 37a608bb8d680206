import { bytes } from './format.ts'
import type { Output } from './output.ts'
import type { Execution, Stream } from './wire.ts'

const STREAMS: Stream[] = ['stdout', 'stderr']

const binary = (output: Output, stream: Stream): string[] => {
  const size = output.binaryBytes(stream)
  if (size === 0) return []
  return [`${stream} holds ${bytes(size)} of binary data; its beginning is shown in hex. Download it for the rest.`]
}

const cut = ({ truncated, limits }: Execution, stream: Stream): string[] => {
  if (!truncated[stream]) return []
  return [`${stream} was cut here: the limit is ${bytes(limits.outputBytes)} of output (limits.outputBytes).`]
}

/** What has to be said below an output, because it does not show everything that was printed. */
export const remarks = (execution: Execution, output: Output): string[] =>
  STREAMS.flatMap((stream) => [...binary(output, stream), ...cut(execution, stream)])
