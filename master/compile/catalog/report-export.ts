import type { ExportPlace } from '../../../protocol/catalog.ts'
import type { State } from '../../../states/define.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { GlobalArguments } from './global-arguments.ts'

/** Computes where the value that a state reports is exported. Pure. */
export function placeOf(role: string, { name, key }: NonNullable<GlobalArguments['exportAs']>): ExportPlace {
  return { name: `${role}/${name}`, ...(key === undefined ? {} : { key }) }
}

/** Checks that the state can report a value, and that its role declares such an export, as a map when there is a key. */
export function judgeExport(
  { library, sink }: RoleRenderer,
  { role, type, global }: { readonly role: string; readonly type: State; readonly global: GlobalArguments },
): void {
  const { exportAs } = global
  if (exportAs === undefined) return
  const { name, key, position: source } = exportAs
  if (type.reports === undefined) {
    sink.add({
      code: 'EXPORT_INVALID',
      message: `\`${type.name}\` reports nothing, so it cannot become the export \`${name}\``,
      hint: 'Use a state that reports a value, for example `value.read`.',
      source,
    })
  }
  const reported = (library.roles.get(role)?.exports ?? []).filter(({ value }) => value === undefined)
  const declared = reported.find(one => one.name === name)
  if (declared === undefined) {
    const near = suggest(
      name,
      reported.map(one => one.name),
    )
    sink.add({
      code: 'EXPORT_INVALID',
      message: `\`${role}\` declares no export \`${name}\` that a state reports`,
      hint:
        near === undefined
          ? `Write it into roles/${role}/role.yml: \`exports: {${name}: {type: text, reported: true}}\`.`
          : `Did you mean \`${near}\`?`,
      source,
    })
    return
  }
  const isMap = declared.type.kind === 'map'
  if (isMap === (key !== undefined)) return
  sink.add({
    code: 'EXPORT_INVALID',
    message: isMap
      ? `the export \`${name}\` is a map, and the state does not say which entry to set`
      : `the export \`${name}\` is not a map, so it has no entry \`${key ?? ''}\``,
    hint: isMap ? `Write \`export: {${name}: KEY}\`.` : `Write \`export: ${name}\`.`,
    source,
  })
}
