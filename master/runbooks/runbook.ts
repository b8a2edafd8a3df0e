import type { Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { YamlNode } from '../yaml/node.ts'

/** A runbook: steps across several minions that run one after the other, each once. */
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

/** A step of a runbook. Its texts are rendered when it runs, so they can name what earlier steps registered. */
export interface Step {
  readonly name: YamlNode
  readonly position: SourcePosition
  /** Repeats the step for each item; known when the runbook starts. */
  readonly each: YamlNode | undefined
  readonly as: string
  readonly when: YamlNode | undefined
  /** Once it has begun, nothing is undone any more: a failure must be repaired and the runbook resumed. */
  readonly final: boolean
  readonly work: Work
  readonly undo: Program | undefined
}

export type Work =
  | { readonly kind: 'require'; readonly holds: YamlNode }
  | { readonly kind: 'confirm'; readonly text: YamlNode }
  | { readonly kind: 'run'; readonly program: Program }
  /** Moves the allocation of a role within a level from its holder to another minion; undone by moving it back. */
  | { readonly kind: 'allocation'; readonly role: string; readonly to: YamlNode }
  /** `readersOf`: minions whose catalogs read an export of these roles are applied too. */
  | { readonly kind: 'apply'; readonly target: YamlNode; readonly readersOf: readonly string[] }

/** A program on one minion. It is repeated after a kill, so it must be safe to run twice. */
export interface Program {
  readonly on: YamlNode
  readonly run: YamlNode
  readonly stdin: YamlNode | undefined
  readonly user: YamlNode | undefined
  readonly timeoutSeconds: number
  /** How long it is repeated until the result is as expected; 0: runs once. */
  readonly withinSeconds: number
  readonly expect: {
    readonly exit: number
    readonly stdout: YamlNode | undefined
  }
  /** Later steps can read its output as `steps.<this>`. */
  readonly register: string | undefined
}

/** Returns the name in a path such as `runbooks/db-promote.yml`. Pure. */
export function runbookName(path: string): string | undefined {
  return /^runbooks\/([a-z][a-z0-9-]{0,63})\.yml$/.exec(path)?.[1]
}
