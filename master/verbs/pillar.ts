import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { writeDurable } from '../../protocol/durable-file.ts'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import { reveal } from '../../protocol/secret.ts'
import { pickOne } from '../access/pick-among.ts'
import { rightDenied } from '../access/right-denied.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { editableText } from '../fleet/load.ts'
import { setSealed } from '../pillar/edit.ts'
import { sealValue } from '../pillar/envelope.ts'
import { pillarFor } from '../pillar/for-minion.ts'
import { loadKeyring } from '../pillar/keyring.ts'
import { parsePillarPath } from '../pillar/path.ts'
import { judgeSecret } from '../pillar/short-secrets.ts'
import { mergePillar } from '../pillar/tree.ts'
import { type PillarNode, pillarAt } from '../yaml/pillar-tree.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

export interface PillarPlace {
  readonly path: string
  readonly file: string
  readonly warnings: readonly Problem[]
}

/** Seals a value into a pillar file. The plain value is in no log, argv or error. */
const pillarSetVerb = defineVerb({
  name: 'pillar-set',
  input: z.strictObject({
    path: name,
    value: z.string().min(1).max(1_000_000),
    file: name.optional(),
    /** Also accepts a secret that is too short to be hidden everywhere. */
    short: z.boolean().default(false),
  }),
  right: { on: 'fleet', kind: 'write', noted: ({ path }) => path },
  async run(context, { path, value, file, short }): Promise<PillarPlace> {
    const keys = parsePillarPath(path)
    const { fleet, pillar } = await takeSnapshot(context)
    if (file !== undefined && !/^[a-z0-9][a-z0-9_-]*$/.test(file)) {
      throw new AppError({
        code: 'PILLAR_PATH_INVALID',
        message: `\`${file}\` is not a valid name of a pillar file`,
        hint: 'Use a name without directory and `.yml`, for example `common`.',
      })
    }
    const { problems, warnings } = judgeSecret({ path: keys.join('.'), value }, short)
    if (problems.length > 0) throw new AppError(problems)
    const holding = [...pillar.files].find(([, tree]) => pillarAt(tree, keys) !== undefined)?.[0]
    const name = file ?? holding ?? 'common'
    const relative = `pillar/${name}.yml`
    const [newest] = await loadKeyring(context.keys.pillarDirectory)
    if (newest === undefined) {
      throw new AppError({
        code: 'PILLAR_KEY_MISSING',
        message: 'this master has no pillar key',
        hint: 'Restore its state directory, or restart the master, which creates a missing key.',
      })
    }
    const sealed = sealValue(value, { fleet: fleet.id, path: keys.join('.') }, newest, context.random(32))
    await replaceFile(join(fleet.directory, relative), setSealed(editableText(fleet, relative), relative, keys, sealed))
    return { path, file: relative, warnings }
  },
})

/** Shows a secret in plain text, only for an operator at their terminal. */
const pillarGetVerb = defineVerb({
  name: 'pillar-get',
  input: z.strictObject({ path: name, minion: name.optional() }),
  right: {
    on: 'minions',
    kind: 'write',
    noted: ({ path, minion }) => (minion === undefined ? path : `${path} as ${minion} sees it`),
  },
  async run(context, { path, minion }, { caller }) {
    // Across all files, it is unknown which minions a value belongs to.
    if (minion === undefined && !caller.rights.everywhere('pillar-get')) throw rightDenied(caller, 'pillar-get', [])
    const keys = parsePillarPath(path)
    const { pillar, minions } = await takeSnapshot(context)
    const seen = minion === undefined ? undefined : pickOne(caller, 'pillar-get', minion, minions)
    const trees = seen === undefined ? [...pillar.files.values()] : [pillarFor(pillar, seen.pillarView)]
    const [first, ...rest] = trees
    const tree = first === undefined ? undefined : rest.reduce(mergePillar, first)
    const node = tree === undefined ? undefined : pillarAt(tree, keys)
    if (node === undefined) {
      throw new AppError({
        code: 'PILLAR_PATH_INVALID',
        message: `\`${path}\` has no value${minion === undefined ? '' : ` for ${minion}`}`,
        hint: `Set one: \`master pillar set ${path} < file\`.`,
      })
    }
    if (pillar.problems.length > 0 && node.kind === 'value' && node.value === null) throw new AppError(pillar.problems)
    return { path, value: textOfNode(node) }
  },
})

export const pillarVerbs = [pillarSetVerb, pillarGetVerb] as const

function textOfNode(node: PillarNode): string {
  if (node.kind === 'secret') return String(reveal(node.secret))
  if (node.kind === 'value') return String(node.value)
  return JSON.stringify(clearOf(node), null, 2)
}

function clearOf(node: PillarNode): unknown {
  switch (node.kind) {
    case 'secret':
      return '***'
    case 'value':
      return node.value
    case 'list':
      return node.items.map(clearOf)
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, item]) => [key, clearOf(item)]))
    default:
      return node satisfies never
  }
}

/** Replaces a file atomically and keeps its mode. */
async function replaceFile(path: string, text: string): Promise<void> {
  const mode = await stat(path).then(
    status => status.mode & 0o777,
    () => 0o644,
  )
  try {
    await writeDurable({ path, data: text, mode })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'FLEET_UNREADABLE',
        message: `cannot write \`${path}\`: ${code ?? message}`,
        hint: isDiskFull(cause) ? roomHint(dirname(path)) : `Check it: \`ls -l ${path}\`.`,
      },
      { cause },
    )
  }
}
