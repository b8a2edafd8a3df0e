import { join } from 'node:path'
import type { BenchContext, Section } from '../bench-context.ts'
import { benchFiles, fileStates } from '../bench-files.ts'
import { measuredRow } from '../measured-row.ts'
import type { EngineTimes, EngineWork } from '../programs/engine.ts'
import { measureSameWork } from '../same-work.ts'
import { timedCommand } from '../timed-command.ts'

const DURABLE = 'write, fsync, rename'

export const NOTHING_TO_DO: Section = {
  section: 'nothing-to-do',
  about: 'An apply of `n` unchanged files of 1 KiB. Floor: one `sha256sum` of the same files.',
  measure: context => measureFiles(context, 'nothing-to-do', false),
}

export const CREATE: Section = {
  section: 'create',
  about:
    'An apply that creates `n` files of 1 KiB durably. Floor: the same files written, synced and renamed, each followed by a sync of its directory. ' +
    'The peers and `cp -r` do not sync.',
  measure: context => measureFiles(context, 'create', true),
}

async function measureFiles(context: BenchContext, section: string, creates: boolean): Promise<void> {
  const { built, sizes } = context
  for (const n of sizes.files) {
    const files = benchFiles(n)
    await measureEngine(context, section, n, creates)
    await measureSameWork(context, {
      section,
      n,
      states: n,
      role: (target, owner) => ({ 'states.yml': fileStates(n, target, owner) }),
      creates,
      first: 'changed',
      floor: creates
        ? {
            name: DURABLE,
            command: ({ own }) => [process.execPath, built.helper('durable-writes'), own, String(n)],
          }
        : {
            name: 'sha256sum',
            command: ({ saltern }) => ['sha256sum', ...files.map(({ name }) => join(saltern, name))],
          },
      others: creates ? { 'cp -r': ({ own, saltern }) => ['cp', '-r', saltern, own] } : {},
      peerWork: { kind: 'files', files },
    })
  }
}

async function measureEngine(
  { built, directory, sizes, add }: BenchContext,
  section: string,
  n: number,
  creates: boolean,
): Promise<void> {
  const work: EngineWork = {
    files: n,
    creates,
    turns: sizes.turns,
    warmUps: sizes.warmUps,
    directory: join(directory, `engine-${n}`),
  }
  const { out } = await timedCommand([process.execPath, built.helper('engine'), JSON.stringify(work)])
  const { engine, floor } = JSON.parse(out) as EngineTimes
  const name = creates ? DURABLE : 'sha256sum'
  add(measuredRow({ section, name: 'engine', n, unit: 's', values: engine, floor: { name, values: floor } }))
}
