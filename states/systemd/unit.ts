import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { fileContent, fileMode, word } from '../kinds.ts'
import { lacksParent, lookAtFile, makeParent, planFile } from '../lib/file-plan.ts'
import { needsReload } from '../lib/unit-file.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { optional, required, withDefault } from '../params.ts'

export const systemdUnit = defineState({
  name: 'systemd.unit',
  summary:
    'The file of a systemd unit, or a drop-in for one, that systemd has read; whether it runs is for `service.running`.',
  nameKind: unitName(),
  params: {
    contents: required(fileContent(), 'What the file holds; `source: PATH` in its place takes a file of the role.'),
    dropin: optional(
      word('a file name without `.conf`', /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/),
      'Name of a drop-in, which adds to the unit instead of being it.',
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
