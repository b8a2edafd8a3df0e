/** Progress on stderr with the seconds since the shell script began; answers on stdout. */
export interface Steps {
  /** A long step begins. */
  readonly step: (words: string) => void
  /** What an operator would see: the command, then what it printed. */
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
