/** Prints progress to stderr, with the seconds since the shell script started, and answers to stdout. */
export interface Steps {
  /** Announces a long step. */
  readonly step: (words: string) => void
  /** Shows what an operator would see: the command and its output. */
  readonly show: (command: string, output: string) => void
  readonly seconds: () => number
}

export function quickstartSteps(beganSeconds: number): Steps {
  const seconds = (): number => Math.round(Date.now() / 1000 - beganSeconds)
  return {
    seconds,
    step: words => process.stderr.write(`[${String(seconds()).padStart(3)}s] ${words}\n`),
    show: (command, output) => process.stdout.write(`\n$ ${command}\n${output.trimEnd()}\n`),
  }
}
