import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { filesBelow, readSource } from './source-files.ts'

/** State types that remove or stop something. */
const REMOVALS = /^(?!.*\bpresent)[a-z_]+\.(absent|removed|dead|exclusive)$/

interface Removal {
  readonly role: string
  readonly id: string
  readonly type: string
  readonly args: { readonly [name: string]: unknown }
}

function removals(): readonly Removal[] {
  return filesBelow(['roles'], 'states.yml').flatMap(path => {
    const states = (parse(readSource(path)) ?? {}) as { readonly [id: string]: { readonly [type: string]: unknown } }
    return Object.entries(states).flatMap(([id, body]) =>
      Object.entries(body).flatMap(([type, args]) => {
        if (!REMOVALS.test(type)) return []
        return [{ role: path.split('/')[1] ?? '', id, type, args: { ...(args as object), each: body['each'] } }]
      }),
    )
  })
}

/** True when the name comes from the pillar, or the state reacts to a package that this role installs. */
function isOwn({ role, args }: Removal): boolean {
  const { each, name, pkgs, onchanges } = args
  if ([each, name, pkgs].some(value => typeof value === 'string' && value.includes('{{pillar.'))) return true
  const packages = ((onchanges ?? []) as readonly { readonly pkg?: string }[]).flatMap(({ pkg }) => pkg ?? [])
  const states = parse(readSource(`roles/${role}/states.yml`)) as { readonly [id: string]: object }
  return packages.length > 0 && packages.every(id => 'pkg.installed' in (states[id] ?? {}))
}

it('no bundled role removes or stops anything that it did not create and that no operator named', () => {
  const all = removals()

  expect(all.length).toBeGreaterThan(4)
  const others = all.filter(one => !isOwn(one)).map(({ role, id, type }) => `${role}: ${type} ${id}`)
  expect(others.map(what => `${what}: take the name from a pillar key, or use \`onchanges\` of its package`)).toEqual(
    [],
  )
})
