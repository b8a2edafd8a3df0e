const SECOND_MS = 1000

/** Runs each of these checks once a second; an error in one does not affect the others. Returns a function that stops it. */
export function everySecond(looks: readonly (() => void)[], onFault: (thrown: unknown) => void): () => void {
  const timer = setInterval(() => {
    for (const look of looks) {
      try {
        look()
      } catch (thrown) {
        onFault(thrown)
      }
    }
  }, SECOND_MS)
  return () => clearInterval(timer)
}
