import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ANSIBLE } from './ansible.ts'
import { CFENGINE } from './cfengine.ts'
import type { Peer } from './peer.ts'
import { PUPPET } from './puppet.ts'

export const PEERS: readonly Peer[] = [CFENGINE, PUPPET, ANSIBLE]

export function isInstalled(program: string, path = process.env['PATH'] ?? ''): boolean {
  return path.split(delimiter).some(directory => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
