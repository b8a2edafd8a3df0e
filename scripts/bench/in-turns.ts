/** How often a measurement is repeated. */
export interface Turns {
  /** Rounds that count. */
  readonly turns: number
  /** Rounds before them that do not count. */
  readonly warmUps: number
}

/** Runs all of them in turns, A B C A B C ..., so that noise of the machine hits all alike. */
export async function inTurns<Name extends string, Result>(
  { turns, warmUps }: Turns,
  runners: { readonly [name in Name]: () => Promise<Result> },
): Promise<{ readonly [name in Name]: readonly Result[] }> {
  const names = Object.keys(runners) as Name[]
  const results = Object.fromEntries(names.map(name => [name, [] as Result[]])) as { [name in Name]: Result[] }
  for (let turn = -warmUps; turn < turns; turn++) {
    for (const name of names) {
      const result = await runners[name]()
      if (turn >= 0) results[name].push(result)
    }
  }
  return results
}
