import { createTwoFilesPatch } from 'diff'
import type { CliContext } from './cli/context.ts'
import type { Invocation } from './cli/invocation.ts'
import { dataText, isData } from './cli/output.ts'
import { type MigratedFile, planMigration, writeMigration } from './fleet/migrate.ts'

type MigrateInvocation = Extract<Invocation, { readonly kind: 'migrate' }>

/** Renames what had other names in earlier versions and lists every place. `dryRun`: shows only the diff. */
export async function runMigrate(
  { out, err }: CliContext,
  { directory, dryRun, view }: MigrateInvocation,
): Promise<number> {
  const files = await planMigration(directory)
  if (!dryRun) await writeMigration(files)
  const renamed = files.flatMap(placesOf)
  if (isData(view)) {
    out(dataText({ written: !dryRun, renamed }, view))
    return 0
  }
  if (dryRun)
    for (const { path, before, text } of files) out(createTwoFilesPatch(`a/${path}`, `b/${path}`, before, text))
  else for (const { file, line, column, old, now } of renamed) out(`${file}:${line}:${column} ${old} -> ${now}\n`)
  const what = `${renamed.length} ${renamed.length === 1 ? 'name' : 'names'} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`
  err(files.length === 0 ? 'Nothing to rename.\n' : dryRun ? `Would rename ${what}.\n` : `Renamed ${what}.\n`)
  return 0
}

interface RenamedPlace {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly old: string
  readonly now: string
}

function placesOf({ path, before, edits }: MigratedFile): readonly RenamedPlace[] {
  return edits.map(({ offset, old, now }) => {
    const lines = before.slice(0, offset).split('\n')
    return { file: path, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, old, now }
  })
}
