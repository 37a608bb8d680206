import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { prepareFolder, socketPath } from './socket-path.ts'

describe('the path of the bus', () => {
  it('lies in the data directory when a socket can have that path', () => {
    expect(socketPath('/srv/greenroom')).toBe('/srv/greenroom/bus.sock')
  })

  it('is short, stable and private when the data directory is too deep for a socket', () => {
    const deep = `/srv/${'deep/'.repeat(30)}${process.pid}`
    const path = socketPath(deep)
    expect(path.length).toBeLessThan(100)
    expect(socketPath(deep)).toBe(path)
    expect(socketPath(`${deep}2`)).not.toBe(path)
    prepareFolder(path)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    rmSync(dirname(path), { recursive: true })
  })

  it('is refused in a shared folder that others may enter', () => {
    const path = socketPath(`/srv/${'deep/'.repeat(30)}open-${process.pid}`)
    mkdirSync(dirname(path))
    chmodSync(dirname(path), 0o755)
    expect(() => prepareFolder(path)).toThrow(expect.objectContaining({ type: 'SOCKET_FOLDER_REFUSED' }))
    rmSync(dirname(path), { recursive: true })
  })
})
