import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { fileContent, fileMode, word } from '../kinds.ts'
import { lacksParent, lookAtFile, makeParent, planFile } from '../lib/file-plan.ts'
import { needsReload } from '../lib/unit-file.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { optional, required, withDefault } from '../params.ts'

export const systemdUnit = defineState({
  name: 'systemd.unit',
  summary: 'Writes a systemd unit file or drop-in and reloads systemd. Use `service.running` to start the unit.',
  nameKind: unitName(),
  params: {
    contents: required(fileContent(), 'Content of the file. Use `source: PATH` instead to take a file of the role.'),
    dropin: optional(
      word('a file name without `.conf`', /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/),
      'Write a drop-in with this name instead of the unit file.',
    ),
    mode: withDefault(fileMode(), '0644', 'Permissions.'),
  },
  checksCandidate: true,
  owns: ({ name, dropin }) => `file:${unitPath(name, dropin)}`,
  opposite: ({ name, dropin }) => ({ type: 'file.absent', params: { name: unitPath(name, dropin) } }),
  async read(system, { name, dropin, contents }) {
    const path = unitPath(name, dropin)
    return {
      file: await lookAtFile(system, path, contents),
      parentMissing: await lacksParent(system, path),
      stale: await needsReload(system, fullUnitName(name)),
    }
  },
  plan({ name, dropin, contents, mode }, { file, parentMissing, stale }) {
    const path = unitPath(name, dropin)
    const owner = { user: 'root', group: 'root' }
    const written = planFile({ path, content: contents, mode, ...owner, showDiff: true }, file)
    const actions: readonly Action[] = parentMissing ? [makeParent(path, owner), ...written] : written
    const reload = stale || written.some(action => action.do === 'write-file')
    return reload ? [...actions, { do: 'daemon-reload' }] : actions
  },
})

function unitPath(unit: string, dropin: string | undefined): string {
  const file = `/etc/systemd/system/${fullUnitName(unit)}`
  return dropin === undefined ? file : `${file}.d/${dropin}.conf`
}
