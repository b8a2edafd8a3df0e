import type { Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { YamlNode } from '../yaml/node.ts'

/** A procedure over several minions, in steps that are done one after the other, each once. */
export interface Runbook {
  readonly name: string
  readonly summary: string
  readonly params: readonly RunbookParam[]
  readonly steps: readonly Step[]
  readonly problems: readonly Problem[]
}

export interface RunbookParam {
  readonly name: string
  readonly type: 'minion' | 'text'
  readonly help: string
  readonly default: string | undefined
}

/** Its texts are rendered when its turn comes: they may name what earlier steps registered. */
export interface Step {
  readonly name: YamlNode
  readonly position: SourcePosition
  /** Once for each item; known when the procedure begins. */
  readonly each: YamlNode | undefined
  readonly as: string
  readonly when: YamlNode | undefined
  /** Once it has begun, nothing is undone any more: what fails then is repaired and resumed. */
  readonly final: boolean
  readonly work: Work
  readonly undo: Program | undefined
}

export type Work =
  | { readonly kind: 'require'; readonly holds: YamlNode }
  | { readonly kind: 'confirm'; readonly text: YamlNode }
  | { readonly kind: 'run'; readonly program: Program }
  /** Gives the allocation of a role that one minion of a level has to another one; undone by giving it back. */
  | { readonly kind: 'allocation'; readonly role: string; readonly to: YamlNode }
  /** `readersOf`: minions whose catalogs read an export of these roles are applied too. */
  | { readonly kind: 'apply'; readonly target: YamlNode; readonly readersOf: readonly string[] }

/** A program on one minion: done again after a kill, so it must be one that may be done twice. */
export interface Program {
  readonly on: YamlNode
  readonly run: YamlNode
  readonly stdin: YamlNode | undefined
  readonly user: YamlNode | undefined
  readonly timeoutSeconds: number
  /** It is repeated for so long until it gives what is expected; 0: once. */
  readonly withinSeconds: number
  readonly expect: {
    readonly exit: number
    readonly stdout: YamlNode | undefined
  }
  /** Later steps know what it prints as `steps.<this>`. */
  readonly register: string | undefined
}

/** The name in a path such as `runbooks/db-promote.yml`. Pure. */
export function runbookName(path: string): string | undefined {
  return /^runbooks\/([a-z][a-z0-9-]{0,63})\.yml$/.exec(path)?.[1]
}
