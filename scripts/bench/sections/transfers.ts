import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext, Section } from '../bench-context.ts'
import { FleetOfOne } from '../fleet-of-one.ts'
import { inTurns } from '../in-turns.ts'
import { measuredRow } from '../measured-row.ts'
import { writeRandomFile } from '../random-file.ts'
import { startSshServer } from '../ssh-server.ts'
import { type Done, timedCommand } from '../timed-command.ts'

const NO_SSHD = 'OpenSSH is not installed: apt-get install openssh-server'

export const STREAMS: Section = {
  section: 'streams',
  about: '`master run m1 -- cat FILE` of a file of `n` MiB into /dev/null. Floor: the same over `ssh -J`.',
  measure: context =>
    measureTransfer(context, {
      section: 'streams',
      name: 'master run',
      floor: 'ssh -J',
      n: context.sizes.streamMiB,
      words: from => ['run', 'm1', '--', 'cat', from],
      copies: false,
    }),
}

export const COPY: Section = {
  section: 'copy',
  about: '`master cp` of a file of `n` MiB to a minion. Floor: `scp`.',
  measure: context =>
    measureTransfer(context, {
      section: 'copy',
      name: 'master cp',
      floor: 'scp',
      n: context.sizes.copyMiB,
      words: (from, to) => ['cp', from, `m1:${to}`],
      copies: true,
    }),
}

interface Transfer {
  readonly section: string
  readonly name: string
  readonly floor: string
  readonly n: number
  readonly words: (from: string, to: string) => readonly string[]
  /** True: a file is at the target afterwards. */
  readonly copies: boolean
}

async function measureTransfer(
  { built, directory, sizes, add, leaveOut }: BenchContext,
  { section, name, floor, n, words, copies }: Transfer,
): Promise<void> {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')]
  writeRandomFile(from, n)
  const ssh = await startSshServer(directory)
  if (ssh === undefined) leaveOut(`the floor, ${floor}`, NO_SSHD)
  const fleet = new FleetOfOne(built)
  const checked = async (act: () => Promise<Done>): Promise<Done> => {
    rmSync(to, { force: true })
    const done = await act()
    if (copies && statSync(to).size !== n * 1024 ** 2) throw new Error(`${to} has another size`)
    return done
  }
  try {
    await fleet.start({ 'states.yml': '' })
    const samples = await inTurns(sizes, {
      own: () => checked(() => fleet.command(words(from, to), { discard: true })),
      ...(ssh === undefined
        ? {}
        : {
            floor: () =>
              checked(() => timedCommand(copies ? ssh.scp(from, to) : ssh.ssh(['cat', from]), { discard: true })),
          }),
    } as { readonly [party: string]: () => Promise<Done> })
    for (const figure of ['seconds', 'cpu'] as const) {
      // The CPU time of sshd belongs to no child that has ended.
      const isBeside = ssh !== undefined && figure === 'seconds'
      add(
        measuredRow({
          section,
          name: figure === 'seconds' ? name : `CPU of ${name}`,
          n,
          unit: 's',
          values: (samples['own'] ?? []).map(sample => sample[figure]),
          floor: isBeside ? { name: floor, values: (samples['floor'] ?? []).map(sample => sample[figure]) } : undefined,
        }),
      )
    }
  } finally {
    ssh?.stop()
    await fleet.close()
  }
}
