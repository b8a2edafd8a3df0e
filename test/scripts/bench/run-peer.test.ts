import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CFENGINE } from '../../../scripts/bench/peers/cfengine.ts'
import type { PeerWork } from '../../../scripts/bench/peers/peer.ts'
import { PUPPET } from '../../../scripts/bench/peers/puppet.ts'
import { runPeer } from '../../../scripts/bench/peers/run-peer.ts'

const PACKAGES: PeerWork = { kind: 'packages', names: ['bash'] }
const sh = (script: string): readonly string[] => ['sh', '-c', script]

it('a peer that prints an error and exits with 0 does not count as faster', async () => {
  await expect(runPeer(CFENGINE, sh('echo "   error: no module"'), PACKAGES, '/')).rejects.toThrow('error: no module')
  await expect(runPeer(CFENGINE, sh('echo "info: 0 errors"'), PACKAGES, '/')).resolves.toHaveProperty('cpu')
})

it('a peer may exit with its own code for changes, and with no other', async () => {
  await expect(runPeer(PUPPET, sh('exit 2'), PACKAGES, '/')).resolves.toHaveProperty('seconds')
  await expect(runPeer(PUPPET, sh('exit 6'), PACKAGES, '/')).rejects.toThrow('ended with 6')
})

it('a peer that did not write its files does not count', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-peer-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'file-0'), '')
  const work: PeerWork = { kind: 'templates', count: 2 }

  await expect(runPeer(CFENGINE, sh('true'), work, directory)).rejects.toThrow('it wrote 1 files of 2')
})
