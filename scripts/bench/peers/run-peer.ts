import { readdirSync } from 'node:fs'
import { type Sample, timedCommand } from '../timed-command.ts'
import type { Peer, PeerWork } from './peer.ts'

/** Lets a peer do its work once. Throws if it says that it failed, or did not write its files: it would win by doing nothing. */
export async function runPeer(peer: Peer, command: readonly string[], work: PeerWork, target: string): Promise<Sample> {
  const { out, err, ...sample } = await timedCommand(command, { exits: peer.exits })
  const failed = peer.failure?.exec(out + err)
  if (failed !== undefined && failed !== null) throw new Error((out + err).slice(failed.index).trim().slice(0, 300))
  const expected = work.kind === 'files' ? work.files.length : work.kind === 'templates' ? work.count : 0
  const written = expected === 0 ? 0 : readdirSync(target).length
  if (written !== expected) throw new Error(`it wrote ${written} files of ${expected}`)
  return sample
}
