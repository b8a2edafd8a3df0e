import type { Problem } from '../../../protocol/errors.ts'
import type { Grains } from '../../../protocol/grains.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { PillarTree } from '../../yaml/pillar-tree.ts'
import { ProblemSink } from '../language/problem-sink.ts'
import type { Environment, Scope } from '../language/scope.ts'
import type { ValueMap } from '../language/value.ts'
import { effectiveRoles, type LibraryRole, type RoleLibrary, withIncluded } from '../role/library.ts'
import { type PillarView, viewPillar } from './pillar-view.ts'

/** What a role sees as `pillar`, and what came of looking at it. */
export interface RoleView {
  readonly view: PillarView
  readonly problems: readonly Problem[]
  /** Below `grains` and `pillar`. */
  readonly reads: readonly (readonly string[])[]
}

/** The minion, as far as a view is made of it. */
interface Viewed {
  readonly library: RoleLibrary
  readonly subject: {
    readonly id: MinionId
    readonly level: string
    readonly roles: readonly string[]
    readonly vars: JsonObject
    readonly address?: string
    readonly grains: Grains | undefined
    readonly pillar: PillarTree
  }
}

type Effective = ReturnType<typeof effectiveRoles>
const FACETS = ['id', 'level', 'roles', 'vars', 'address', 'grains', 'pillar'] as const

/**
 * The memory of one minion's roles within one snapshot of the fleet: a compile asks for them when it allocates, derives exports,
 * issues certificates, and once more for the catalog. A view whose defaults read what changes between these is not kept.
 */
export class RoleViews {
  #library: RoleLibrary | undefined
  #subject: Viewed['subject'] | undefined
  #effective: Effective | undefined
  readonly #known = new Map<string, RoleView>()

  effective(input: Viewed): Effective {
    this.#take(input)
    this.#effective ??= effectiveRoles(input.library, input.subject.roles)
    return this.#effective
  }

  view(input: Viewed, role: LibraryRole, base: Scope): RoleView {
    this.#take(input)
    const known = this.#known.get(role.name)
    if (known !== undefined) return known
    const { made, isFixed } = makeView(input, role, base)
    if (isFixed) this.#known.set(role.name, made)
    return made
  }

  /** Forgets what was made for another minion, such as the same one with other grains. */
  #take({ library, subject }: Viewed): void {
    const before = this.#subject
    this.#subject = subject
    if (library === this.#library && FACETS.every(facet => before?.[facet] === subject[facet])) return
    this.#library = library
    this.#effective = undefined
    this.#known.clear()
  }
}

/** `isFixed`: no part of it depends on other minions, allocations or certificates. Pure. */
function makeView(
  { library, subject }: Viewed,
  role: LibraryRole,
  base: Scope,
): { readonly made: RoleView; readonly isFixed: boolean } {
  let isFixed = true
  const touch = (): void => {
    isFixed = false
  }
  const reads: (readonly string[])[] = []
  const sink = new ProblemSink(position => library.lineOf(position))
  const scope = { ...base, frames: base.frames.map(frame => watched(frame, touch)) }
  const environment = watching({ ...base.environment, onRead: path => void reads.push(path) }, touch)
  const declarations = withIncluded(library, role.name).flatMap(included => included.pillar)
  const what = { tree: subject.pillar, minion: subject.id, scope: { ...scope, environment } }
  const view = viewPillar({ library, sink }, declarations, what)
  return { made: { view, problems: sink.problems, reads }, isFixed }
}

function watched(frame: ValueMap, touch: () => void): ValueMap {
  const getter = (name: string) => ({
    enumerable: true,
    get: () => {
      touch()
      return frame[name]
    },
  })
  return Object.defineProperties(
    { ...frame },
    { allocations: getter('allocations'), certificates: getter('certificates') },
  )
}

function watching(environment: Environment, touch: () => void): Environment {
  const told = <Given extends readonly unknown[], Result>(ask: (...given: Given) => Result) => {
    return (...given: Given): Result => {
      touch()
      return ask(...given)
    }
  }
  return {
    ...environment,
    members: told(environment.members),
    exported: told(environment.exported),
    pending: told(environment.pending),
    refused: told(environment.refused),
    unfit: told(environment.unfit),
  }
}
