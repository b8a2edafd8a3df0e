import { expect, it } from 'vitest'
import { parseUnit } from '../../../minion/system/parse-status.ts'

it('parseUnit reads how a service ended and how often systemd restarted it', () => {
  const text = [
    'LoadState=loaded',
    'ActiveState=active',
    'SubState=running',
    'UnitFileState=enabled',
    'NRestarts=4',
    'ActiveEnterTimestampMonotonic=5000000',
    'Result=success',
    'ExecMainCode=2',
    'ExecMainStatus=11',
    'ConditionResult=yes',
    'ConditionTimestampMonotonic=4900000',
    'Type=simple',
    'RemainAfterExit=no',
    'NeedDaemonReload=yes',
    '',
  ].join('\n')

  expect(parseUnit(text, 7_000)).toEqual({
    load: 'loaded',
    active: 'active',
    sub: 'running',
    enabled: 'enabled',
    details: {
      restarts: 4,
      activeForMs: 2_000,
      result: 'success',
      lastEnd: 'signal 11',
      conditionMet: true,
      endsByItself: false,
      needsReload: true,
    },
  })
})

it('parseUnit does not report an unmet condition for a unit that was never started', () => {
  expect(parseUnit('ConditionResult=no\nConditionTimestampMonotonic=0\n', 0).details?.conditionMet).toBe(true)
  expect(parseUnit('ConditionResult=no\nConditionTimestampMonotonic=9\n', 0).details?.conditionMet).toBe(false)
})

it('parseUnit detects a oneshot service that ends by itself', () => {
  expect(parseUnit('Type=oneshot\nRemainAfterExit=no\n', 0).details?.endsByItself).toBe(true)
  expect(parseUnit('Type=oneshot\nRemainAfterExit=yes\n', 0).details?.endsByItself).toBe(false)
})
