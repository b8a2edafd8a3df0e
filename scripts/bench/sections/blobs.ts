import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext, Section } from '../bench-context.ts'
import { FleetOfOne } from '../fleet-of-one.ts'
import { inTurns } from '../in-turns.ts'
import { measuredRow } from '../measured-row.ts'
import { peakMebibytes } from '../process-usage.ts'
import { writeRandomFile } from '../random-file.ts'
import { startSshServer } from '../ssh-server.ts'
import { timedCommand } from '../timed-command.ts'

export const BLOBS: Section = {
  section: 'blobs',
  about:
    'An apply that brings one file of `n` MiB from a role to a minion (`source:`), with the most memory and the longest event-loop delay of ' +
    'the master meanwhile. Floor: `scp`.',
  async measure(context) {
    for (const n of context.sizes.blobMiB) await measureBlob(context, n)
  },
}

async function measureBlob({ built, directory, sizes, add, leaveOut }: BenchContext, n: number): Promise<void> {
  const own = join(directory, String(n))
  mkdirSync(own)
  const ssh = await startSshServer(own)
  if (ssh === undefined) leaveOut(`scp of ${n} MiB`, 'OpenSSH is not installed: apt-get install openssh-server')
  const fleet = new FleetOfOne(built)
  try {
    const target = join(fleet.scene.out, 'blob')
    const copy = join(own, 'copy')
    await fleet.start(
      { 'states.yml': `"${target}":\n  file.managed: {source: files/blob, ${fleet.scene.owner}}\n` },
      { probe: true },
    )
    const files = join(fleet.scene.fleet, 'roles/work/files')
    mkdirSync(files, { recursive: true })
    const file = join(files, 'blob')
    const samples = await inTurns<string, { readonly seconds: number; readonly peak: number; readonly delay: number }>(
      sizes,
      {
        apply: async () => {
          // New content for each turn: what the minion has already is not sent again.
          writeRandomFile(file, n)
          const pid = fleet.scene.pid('master')
          writeFileSync(`/proc/${pid}/clear_refs`, '5')
          await fleet.loopDelay()
          const { seconds } = await fleet.command(['apply', 'm1'])
          const { max } = await fleet.loopDelay()
          if (statSync(target).size !== n * 1024 ** 2) throw new Error(`${target} has another size`)
          return { seconds, peak: peakMebibytes(pid), delay: max }
        },
        ...(ssh === undefined
          ? {}
          : {
              scp: async () => {
                rmSync(copy, { force: true })
                const { seconds } = await timedCommand(ssh.scp(file, copy))
                return { seconds, peak: 0, delay: 0 }
              },
            }),
      },
    )
    const [own_, scp] = [samples['apply'] ?? [], samples['scp']]
    const row = { section: 'blobs', n } as const
    const floor = scp === undefined ? undefined : { name: 'scp', values: scp.map(({ seconds }) => seconds) }
    add(measuredRow({ ...row, name: 'whole command', unit: 's', values: own_.map(({ seconds }) => seconds), floor }))
    add(measuredRow({ ...row, name: 'most memory of the master', unit: 'MiB', values: own_.map(({ peak }) => peak) }))
    add(measuredRow({ ...row, name: 'longest event-loop delay', unit: 'ms', values: own_.map(({ delay }) => delay) }))
  } finally {
    ssh?.stop()
    await fleet.close()
  }
}
