import type { Server } from 'node:net'
import type { Attack } from './attack.ts'
import { escapes } from './escapes.ts'
import { fileAttacks } from './files.ts'
import { kernelAttacks } from './kernel.ts'
import { networkAttacks } from './network.ts'
import { resourceAttacks } from './resources.ts'

/** Every hostile program that ends by itself or is ended, by what it goes for. */
export const attackGroups: [title: string, attacks: Attack[]][] = [
  ['the kernel', kernelAttacks],
  ['files', fileAttacks],
  ['the network', networkAttacks],
  ['resources', resourceAttacks],
  ['the executor', escapes],
]

export const allAttacks: Attack[] = attackGroups.flatMap(([, attacks]) => attacks)

/** The source of an attack with the port of a server of the host, and the name of an abstract socket of it. */
export const concrete = (source: string, server: Server): string => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return source.replaceAll('PORT', `${port}`).replaceAll('NAME', `greenroom-${process.pid}`)
}
