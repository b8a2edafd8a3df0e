import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Scene } from '../../../test/journey/scene.ts'
import type { BenchContext, Section } from '../bench-context.ts'
import { inTurns } from '../in-turns.ts'
import { measuredRow } from '../measured-row.ts'
import { cpuSeconds } from '../process-usage.ts'
import type { CompileTimes } from '../programs/compile-one.ts'
import { timedCommand } from '../timed-command.ts'

const STATES = 20
const TURNS_OF_ONE = 10
/** Large fleets take long, and are little disturbed. */
const MOST_TURNS_UP_TO = 100

export const COMPILE: Section = {
  section: 'compile',
  about:
    '`master lint` of `n` minions with a role of 20 states, and of one minion with a role of `n` states. ' +
    'Floor: a process that reads one catalog, and encodes and hashes it once for each minion. Also the compiler alone, in ms, with roles that were parsed before.',
  async measure(context) {
    for (const minions of context.sizes.compile) {
      await measureCompile(context, { name: 'lint of all minions', n: minions, minions, states: STATES })
    }
    const states = context.sizes.bigRole
    await measureCompile(context, { name: 'lint of one minion with a big role', n: states, minions: 1, states })
    await measureOne(context)
  },
}

async function measureOne({ built, sizes, add }: BenchContext): Promise<void> {
  const roles = join(dirname(built.master), '../roles')
  const turns = String(sizes.turns * TURNS_OF_ONE)
  const { out } = await timedCommand([process.execPath, built.helper('compile-one'), roles, turns])
  const { compile: values, floor } = JSON.parse(out) as CompileTimes
  const row = { section: 'compile', name: 'compile of one host with the role db, warm', n: 1, unit: 'ms' } as const
  add(measuredRow({ ...row, values, floor: { name: 'encode and hash', values: floor } }))
}

interface Fleet {
  readonly name: string
  readonly n: number
  readonly minions: number
  readonly states: number
}

async function measureCompile(
  { built, directory, sizes, add }: BenchContext,
  { name, n, minions, states }: Fleet,
): Promise<void> {
  const scene = new Scene(built)
  try {
    const inventory = Array.from({ length: minions }, (_, index) => `m${index}: {roles: [work], level: staging}\n`)
    const role = Array.from({ length: states }, (_, index) => {
      return `"/srv/work/${index}":\n  file.managed: {contents: "{{minion.id}} ${index} {{grains.os}}\\n"}\n`
    })
    await scene.makeFleet({ 'inventory.yml': inventory.join(''), 'roles/work/states.yml': role.join('') })
    await scene.startMaster()
    const { catalog } = JSON.parse(await scene.must(['--json', 'render', 'm0'])) as { readonly catalog: unknown }
    const file = join(directory, `catalog-${minions}-${states}.json`)
    writeFileSync(file, JSON.stringify(catalog))
    const turns = minions > MOST_TURNS_UP_TO ? { turns: 1, warmUps: 0 } : sizes
    const samples = await inTurns(turns, {
      lint: async () => {
        const cpu = cpuSeconds(scene.pid('master'))
        const done = await timedCommand([process.execPath, built.master, '--json', 'lint'], { env: scene.env })
        const { minions: seen } = JSON.parse(done.out) as { readonly minions: number }
        if (seen !== minions) throw new Error(`lint compiled ${seen} minions of ${minions}`)
        return { ...done, cpu: done.cpu + cpuSeconds(scene.pid('master')) - cpu }
      },
      floor: () => timedCommand([process.execPath, built.helper('encode-catalogs'), file, String(minions)]),
    })
    for (const figure of ['seconds', 'cpu'] as const) {
      add(
        measuredRow({
          section: 'compile',
          name: figure === 'seconds' ? name : `CPU of ${name}`,
          n,
          unit: 's',
          values: samples.lint.map(sample => sample[figure]),
          floor: { name: 'encode and hash', values: samples.floor.map(sample => sample[figure]) },
        }),
      )
    }
  } finally {
    await scene.close()
  }
}
