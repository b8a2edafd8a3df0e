import { sha256Of } from '../../protocol/catalog.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts'
import { ProblemSink } from '../compile/language/problem-sink.ts'
import { type Renderer, renderNode } from '../compile/language/render.ts'
import type { Scope } from '../compile/language/scope.ts'
import { isTruthy, type Value, type ValueMap } from '../compile/language/value.ts'
import { loadLibrary } from '../compile/role/library.ts'
import { migrateText } from '../fleet/migrate-text.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseRunbook } from './parse.ts'
import type { RunbookStepRow } from './rows.ts'
import type { Program, Runbook, Step } from './runbook.ts'

/** Everything that a runbook needs from first to last step, across restarts: its text, and the fleet at its start. */
export interface PlanSnapshot {
  readonly runbook: string
  readonly text: string
  /** `params`, `holders`, `level`. */
  readonly names: JsonObject
  /** Minions of the level, as returned by `minions role="db"`. */
  readonly members: readonly JsonObject[]
}

/** One step of one runbook, with its loop unrolled. */
export interface PlannedStep {
  readonly number: number
  readonly name: string
  readonly step: Step
  readonly loop: ValueMap
}

/** The steps of a runbook and the rendering of their texts. The same plan snapshot always gives the same steps. */
export class Plan {
  readonly book: Runbook
  readonly steps: readonly PlannedStep[]
  readonly #snapshot: PlanSnapshot
  readonly #renderer: Renderer

  constructor(snapshot: PlanSnapshot) {
    const file = `runbooks/${snapshot.runbook}.yml`
    const library = loadLibrary(new Map([[file, new TextEncoder().encode(snapshot.text)]]))
    this.#snapshot = snapshot
    this.#renderer = { library, sink: new ProblemSink(position => library.lineOf(position)) }
    this.book = parseRunbook(snapshot.runbook, migrateText(file, snapshot.text).text)
    raise(this.book.problems)
    this.steps = this.book.steps.flatMap(step => this.#unroll(step)).map((one, number) => ({ ...one, number }))
    raise(this.#renderer.sink.problems)
  }

  /** Level of the first minion among its parameters; empty when there is none. */
  get level(): string {
    const { level } = this.#snapshot.names
    return typeof level === 'string' ? level : ''
  }

  /** Renders a value; throws the problems of its expressions. */
  value(node: YamlNode, { loop }: Pick<PlannedStep, 'loop'>, registered: ValueMap = {}): Value {
    const before = this.#renderer.sink.problems.length
    const value = renderNode(this.#renderer, node, this.#scope(loop, registered))
    raise(this.#renderer.sink.problems.slice(before))
    return value ?? null
  }

  text(node: YamlNode, step: Pick<PlannedStep, 'loop'>, registered: ValueMap = {}): string {
    const value = this.value(node, step, registered)
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    const found = Array.isArray(value)
      ? 'a list'
      : isJsonObject(value as Json)
        ? 'a map'
        : String(value as boolean | null)
    throw new AppError({ code: 'RUNBOOK_INVALID', message: `expected text, got ${found}`, source: node.position })
  }

  argv(program: Program, step: Pick<PlannedStep, 'loop'>, registered: ValueMap = {}): readonly string[] {
    const items = program.run.kind === 'list' ? program.run.items : [program.run]
    return items.map(item => this.text(item, step, registered))
  }

  /** Lists the steps as an operator sees them before the start. */
  rows(): readonly RunbookStepRow[] {
    return this.steps.map(one => {
      const { work, final } = one.step
      const on =
        work.kind === 'run'
          ? this.text(work.program.on, one)
          : work.kind === 'apply'
            ? this.text(work.target, one)
            : work.kind === 'allocation'
              ? `${work.role} to ${this.text(work.to, one)}`
              : undefined
      const shown = { step: one.number, name: one.name, kind: work.kind }
      return { ...shown, ...(on === undefined ? {} : { on }), ...(final ? { final } : {}) }
    })
  }

  #unroll(step: Step): readonly Omit<PlannedStep, 'number'>[] {
    const items = step.each === undefined ? [undefined] : this.value(step.each, { loop: {} })
    if (!Array.isArray(items)) {
      throw new AppError({ code: 'RUNBOOK_INVALID', message: '`each` must be a list', source: step.position })
    }
    return items.flatMap((item: Value | undefined) => {
      const loop: ValueMap = item === undefined ? {} : { [step.as]: item }
      if (step.when !== undefined && !isTruthy(this.value(step.when, { loop }))) return []
      return [{ name: this.text(step.name, { loop }), step, loop }]
    })
  }

  #scope(loop: ValueMap, registered: ValueMap): Scope {
    const { names, members } = this.#snapshot
    return {
      frames: [{ ...(names as unknown as ValueMap), steps: registered }, loop],
      self: null,
      data: {},
      environment: {
        onRead: () => undefined,
        isClaim: () => false,
        explainAddress: () => ({ code: 'NAME_UNKNOWN', message: 'there is no `minion.address` in a runbook' }),
        explainPillar: path => ({
          code: 'NAME_UNKNOWN',
          message: `a runbook cannot read \`pillar.${path.join('.')}\`: it has no access to the pillar`,
        }),
        members: role =>
          (members as unknown as readonly ValueMap[]).filter(one => role === undefined || hasRole(one, role)),
        exported: () => [],
        pending: () => [],
        unfit: () => [],
        refused: () => [],
        sha256: text => sha256Of(text),
        deriveSecret: noSecrets,
        publicKey: noSecrets,
      },
    }
  }
}

function hasRole({ roles }: ValueMap, role: string): boolean {
  return Array.isArray(roles) && roles.includes(role)
}

function noSecrets(): never {
  throw new TypeError('a runbook holds no secrets')
}

function raise(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new AppError(problems)
}
