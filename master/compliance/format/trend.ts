type Tint = (text: string) => string

const BLOCKS = '▁▂▃▄▅▆▇█'

/** Renders one block per score, from 0 to 100. Pure. */
export function sparkline(scores: readonly number[]): string {
  return scores.map(score => BLOCKS.charAt(Math.min(7, Math.max(0, Math.floor((score / 100) * 7))))).join('')
}

/** Selects the colour of a score. Pure. */
export function scorePaint(score: number, paint: { readonly [colour in 'green' | 'yellow' | 'red']: Tint }): Tint {
  return score >= 100 ? paint.green : score >= 90 ? paint.yellow : paint.red
}

/** Formats a score for display. Pure. */
export function percent(score: number): string {
  return `${score} %`
}
