import type { DoctorResult } from '../../verbs/doctor.ts'
import { fold } from './fold.ts'
import { padded, type Style, safe } from './style.ts'

type Check = DoctorResult['checks'][number]

/** Renders every check in a line, with what was expected and what to type below those that are not ok. Pure. */
export function renderDoctor({ checks }: DoctorResult, style: Style): string {
  const lines = checks.flatMap(one => checkLines(one, style))
  const count = (status: Check['status']): number => checks.filter(one => one.status === status).length
  const sums = [
    `${count('ok')} ok`,
    `${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}`,
    `${count('problem')} ${count('problem') === 1 ? 'problem' : 'problems'}`,
    `${count('unknown')} unknown`,
  ]
  return `${lines.map(line => `${line}\n`).join('')}\n${style.colours.bold(sums.join(', '))}\nFor mistakes in the fleet directory, type \`master lint\`.\n`
}

function checkLines({ subject, check, status, found, expected, action }: Check, style: Style): readonly string[] {
  const { colours } = style
  const paint = { ok: colours.green, warning: colours.yellow, problem: colours.red, unknown: colours.cyan }[status]
  const hang = { lead: 9, hang: 11 }
  return [
    ...fold(
      [
        { text: padded(status, 7), paint },
        { text: `${subject} ${safe(check)}:`, paint: colours.bold },
        { text: safe(found), gap: ' ' },
      ],
      style,
      { hang: 11 },
    ),
    ...(expected === undefined ? [] : fold([{ text: `expected: ${safe(expected)}` }], style, hang)),
    ...(action === undefined ? [] : fold([{ text: safe(action) }], style, hang)),
  ]
}
