/**
 * Text that says what to type after `master init`. `unit`: where the package is installed, the settings file and fleet of its
 * systemd unit. Pure.
 */
export function nextStep(
  fleet: string,
  unit: { readonly settings: string; readonly fleet: string } | undefined,
): string {
  if (unit === undefined) return `type \`master start --fleet ${fleet}\``
  const setting = fleet === unit.fleet ? '' : `write \`fleet: ${fleet}\` into ${unit.settings} and `
  return `${setting}type \`systemctl enable --now saltern-master\``
}
