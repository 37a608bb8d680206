import { connect, createServer } from 'node:net'

/** A way to the server that brings every request and, when it is told to, loses the answer with the connection. */
export const lossyWay = async (port: number) => {
  let command = ''
  let lost = 0
  const way = createServer((client) => {
    const target = connect(port, '127.0.0.1')
    let isToLose = false
    const cut = () => {
      client.destroy()
      target.destroy()
    }
    client.on('data', (bytes) => {
      if (command && bytes.includes(command)) {
        isToLose = true
        command = ''
      }
      target.write(bytes)
    })
    target.on('data', (bytes) => {
      if (!isToLose) return client.write(bytes)
      lost++
      return cut()
    })
    for (const socket of [client, target]) socket.on('close', cut).on('error', cut)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => way.once('listening', resolve))
  return {
    port: (way.address() as { port: number }).port,
    loseAnswerTo(name: string) {
      command = name
    },
    lost: () => lost,
    close: () => void way.close(),
  }
}
