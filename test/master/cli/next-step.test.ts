import { expect, it } from 'vitest'
import { nextStep } from '../../../master/cli/next-step.ts'

const UNIT = { settings: '/etc/saltern/master.yml', fleet: '/srv/fleet' }

it.each([
  ['/srv/fleet', UNIT, 'type `systemctl enable --now saltern-master`'],
  [
    '/home/me/fleet',
    UNIT,
    'write `fleet: /home/me/fleet` into /etc/saltern/master.yml and type `systemctl enable --now saltern-master`',
  ],
  ['/home/me/fleet', undefined, 'type `master start --fleet /home/me/fleet`'],
])('the next step after `master init %s` with the unit %j is: %s', (fleet, unit, step) => {
  expect(nextStep(fleet, unit)).toBe(step)
})
