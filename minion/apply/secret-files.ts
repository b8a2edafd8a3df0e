import { type Catalog, TEXT_KEY } from '../../protocol/catalog.ts'
import type { Json } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { Registry } from '../../states/registry.ts'
import type { SystemReader } from '../../states/system.ts'

/** Key under which the host remembers that a secret was written into a file. Never deleted. */
export function secretFileKey(path: string): string {
  return `secret-file:${path}`
}

/** The files of the host that have, had or will have secrets of Saltern in them, during one run. */
export interface SecretFiles {
  readonly has: (path: string) => Promise<boolean>
  /** Adds the files into which these actions write a secret, for the rest of the run; also in a dry run. */
  add(actions: readonly Action[]): void
}

/** Files that the host remembers, and those for which a state of the catalog has a secret. */
export function secretFilesOf(
  catalog: Catalog,
  registry: Registry,
  system: Pick<SystemReader, 'applied'>,
): SecretFiles {
  const paths = new Set(ownedWithSecret(catalog, registry))
  return {
    has: async path => paths.has(path) || (await isMarked(path, system)),
    add(actions) {
      for (const action of actions) if (writesSecret(action)) paths.add(action.path)
    },
  }
}

/** True when an earlier action wrote a secret into the file. */
export function isMarked(path: string, system: Pick<SystemReader, 'applied'>): Promise<boolean> {
  return system.applied(secretFileKey(path), path)
}

/** True for an action that writes a secret into a file. Pure. */
export function writesSecret(action: Action): action is Extract<Action, { do: 'write-file' }> {
  return action.do === 'write-file' && action.content instanceof Secret
}

/** Such a file can have its secret although no action of this minion wrote it. Pure. */
function ownedWithSecret({ states }: Catalog, registry: Registry): readonly string[] {
  return states.flatMap(({ type, params }) => {
    if (!hasSecret(params)) return []
    const owned = registry.get(type)?.owns(params)
    return owned?.startsWith('file:') === true ? [owned.slice('file:'.length)] : []
  })
}

function hasSecret(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasSecret)
  return Object.entries(value).some(([key, item]) => key === TEXT_KEY || hasSecret(item))
}
