import { setTimeout as pause } from 'node:timers/promises'
import { complete } from '../cli/complete/complete.ts'
import { type FleetFacts, fetchFacts, keptFacts, NO_FACTS } from '../cli/complete/facts.ts'
import type { CliContext } from '../cli/context.ts'
import { renderOverview } from '../cli/render/overview.ts'
import { showProblems } from '../cli/run.ts'
import { historyPath, isKept, openHistory } from './history.ts'
import type { Keyboard } from './keyboard.ts'
import { promptText } from './prompt.ts'
import { type SessionDeps, ShellSession } from './session.ts'

export interface InteractiveDeps extends SessionDeps {
  readonly keyboard: Keyboard
  /** The terminal as one verb sees it. */
  readonly terminal: (signal: AbortSignal) => CliContext
  /** Listens for Ctrl-C while something runs; returns a function that stops listening. */
  readonly onInterrupt: (hear: () => void) => () => void
  readonly now: () => number
  readonly home: string
  readonly stateHome: string | undefined
  /** Account of the process, used until the master names the operator. */
  readonly user: string
}

const FACTS_KEPT_MS = 5000
/** When fetching takes longer, completion offers what is already known. */
const FACTS_WAIT_MS = 1500
const GREETING = '\n`help` lists the commands, Tab completes them, Ctrl-D exits.\n\n'

/** Runs the interactive shell: banner, prompt, line after line. Returns the exit code of the last verb. */
export async function runInteractive(deps: InteractiveDeps): Promise<number> {
  const { keyboard, vocabulary, terminal } = deps
  const session = new ShellSession(deps)
  const greeted = await interruptible(deps, context => greet(deps, context))
  let fleet = greeted?.fleet
  const history = await openHistory(historyPath(deps.home, deps.stateHome, greeted?.operator ?? deps.user))
  const facts = keptFacts(async () => fetchFacts(await deps.client(NEVER)), deps.now, FACTS_KEPT_MS)
  const offer = async (line: string): Promise<[string[], string]> => {
    const known = await Promise.race([facts().catch(() => NO_FACTS), pause(FACTS_WAIT_MS, NO_FACTS)])
    return offered(line, known, deps)
  }
  let begun = ''
  while (!session.ended) {
    const { outStyle, out } = terminal(NEVER)
    const prompt = promptText({ fleet: fleet ?? 'saltern', target: session.target, code: session.code }, outStyle)
    const typed = await keyboard.read({ prompt, history: history.lines(), begun, offer })
    begun = typed.begun
    if (typed.by === 'end') {
      out('\n')
      break
    }
    for (const [index, line] of typed.lines.entries()) {
      if (session.ended) break
      if (index > 0) out(`${prompt}${line}\n`)
      if (isKept(line, vocabulary)) await history.add(line)
      await interruptible(deps, context => session.do(line, context))
    }
    fleet ??= await fleetName(deps)
  }
  return session.code
}

/** Converts candidates for the line editor; a complete word gets its space. Pure. */
function offered(line: string, facts: FleetFacts, { vocabulary }: InteractiveDeps): [string[], string] {
  const { candidates, replaces } = complete(line.replace(/^\s*master\s+/, ''), vocabulary, facts)
  const [only, ...more] = candidates
  const whole = only !== undefined && more.length === 0 && !/[=.]$/.test(only) && !/^["']/.test(only)
  return [whole ? [`${only} `] : [...candidates], replaces]
}

async function greet(
  deps: InteractiveDeps,
  context: CliContext,
): Promise<{ readonly fleet: string; readonly operator: string } | undefined> {
  try {
    const overview = await (await deps.client(context.signal)).call('overview', {})
    context.out(`${renderOverview(overview, context.outStyle)}${GREETING}`)
    return overview
  } catch (thrown) {
    showProblems(context, thrown, { output: 'text', detailed: false, quiet: false })
    context.out(GREETING)
    return undefined
  }
}

/** Asks for the fleet name again: a master that was offline when the shell started may be back. */
async function fleetName(deps: InteractiveDeps): Promise<string | undefined> {
  try {
    return (await (await deps.client(NEVER)).call('overview', {})).fleet
  } catch {
    return undefined
  }
}

/** Runs work that Ctrl-C can stop: the first one asks it to end, after a second one the shell no longer waits for it. */
async function interruptible<Result>(
  { terminal, onInterrupt }: InteractiveDeps,
  work: (context: CliContext) => Promise<Result>,
): Promise<Result | undefined> {
  const stop = new AbortController()
  const { promise: left, resolve: leave } = Promise.withResolvers<undefined>()
  const unhear = onInterrupt(() => {
    if (stop.signal.aborted) leave(undefined)
    else stop.abort()
  })
  try {
    return await Promise.race([work(terminal(stop.signal)), left])
  } finally {
    unhear()
  }
}

const NEVER = new AbortController().signal
