import { InvalidArgumentError } from 'commander'
import type { RunbookResult } from '../../verbs/runbook.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { renderRunbookPlan, renderRunbookResult, renderRunbooks } from '../render/runbook.ts'
import { defineCommand, defineGroup } from './define.ts'
import { flag, one, parsedOr, text } from './options.ts'

interface Params {
  readonly [name: string]: string
}

const PARAMS = {
  to: text('--to <minion>', 'its parameter `to`'),
  set: parsedOr('--set <name=value...>', 'any parameter', parameter, {} as Params),
}

/** The commands about procedures. */
export const runbookCommands = [
  defineGroup('runbook', 'carry out procedures over several minions, step by step'),
  defineCommand({
    words: 'runbook list',
    isDefault: true,
    help: 'list runbooks, and what was begun',
    verb: 'runbook-list',
    input: () => ({}),
    render: renderRunbooks,
  }),
  defineCommand({
    words: 'runbook plan',
    help: 'show its steps; nothing is done',
    arguments: { runbook: one('<runbook>') },
    options: PARAMS,
    verb: 'runbook-plan',
    input: ({ runbook, to, set }) => ({ runbook, params: paramsOf(set, to) }),
    render: renderRunbookPlan,
  }),
  defineCommand({
    words: 'runbook run',
    help: 'carry it out',
    arguments: { runbook: one('<runbook>') },
    options: { ...PARAMS, yes: flag('--yes', 'answer its questions with yes; without, it waits at each') },
    verb: 'runbook-run',
    input: ({ runbook, to, set, yes }) => ({ runbook, params: paramsOf(set, to), yes }),
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook show',
    help: 'show how one stands',
    arguments: { id: one('<id>') },
    verb: 'runbook-show',
    input: ({ id }) => ({ id }),
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook resume',
    help: 'go on with one that waits, or whose step failed',
    arguments: { id: one('<id>') },
    options: { yes: flag('--yes', 'answer its questions with yes') },
    verb: 'runbook-resume',
    input: wanted => wanted,
    render: renderRunbookResult,
    exitCode: exitOfRun,
  }),
  defineCommand({
    words: 'runbook abort',
    help: 'undo what one did so far',
    arguments: { id: one('<id>') },
    verb: 'runbook-abort',
    input: ({ id }) => ({ id }),
    render: renderRunbookResult,
    // It was asked to undo, and did.
    exitCode: ({ state }) => (state === 'undone' ? EXIT.fine : EXIT.failed),
  }),
]

/** One that waits for an answer has not failed. */
function exitOfRun({ state }: RunbookResult): ExitCode {
  return state === 'undone' || state === 'halted' ? EXIT.failed : EXIT.fine
}

function paramsOf(set: Params, to: string | undefined): Params {
  return { ...set, ...(to === undefined ? {} : { to }) }
}

function parameter(value: string, before: Params): Params {
  const [, key, rest] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(value) ?? []
  if (key === undefined || rest === undefined) throw new InvalidArgumentError('Such as `--set to=db2`.')
  return { ...before, [key]: rest }
}
