/**
 * A function is named by the end of its path and its name, so that it can move to another folder.
 *
 * Where an apply comes in from outside: as words, as a request or as a message. Timers that look after something every second
 * are no part of an apply.
 */
export const ENTRIES: readonly string[] = [
  'master/main.ts main',
  'api/server.ts requestHandler',
  'minion-link.ts MinionLink.constructor',
  'link/client.ts LinkClient.#watch',
]

/** The steps of an apply, in order, each with the functions that perform it. */
export const STEPS: { readonly [step: string]: readonly string[] } = {
  'parse the command line': ['parse.ts parseCommand'],
  'send the request': ['api/client.ts post'],
  'check right and input': ['dispatch.ts createDispatch'],
  'take a snapshot of the fleet': ['snapshot.ts takeSnapshot'],
  'pick minions': ['pick-among.ts pickAmong'],
  'compile a catalog': ['compile.ts compileCatalog'],
  'seal its secrets': ['box.ts sealBox'],
  'store the job': ['jobs.ts createJobs.order'],
  'append an event to the log': ['log.ts createLog.append'],
  'sign catalog and order': ['protocol/order.ts signCatalog', 'protocol/order.ts signOrder'],
  'send to the minion': ['minion-link.ts MinionLink.send'],
  'verify the order, once': ['accept-order.ts acceptOrder'],
  'fetch catalog and secrets': ['blob-fetcher.ts BlobFetcher.fetch'],
  'open the catalog': ['open-catalog.ts openCatalog'],
  'take the lock of the host': ['apply-turn.ts takeApplyTurn'],
  'run the catalog': ['engine.ts applyCatalog'],
  'decide whether a state runs': ['decision.ts decide'],
  'run one state': ['apply/step.ts stepState'],
  'read the host': ['file/managed.ts read'],
  'plan actions': ['file/managed.ts plan'],
  'perform an action': ['linux.ts linuxSystem.perform'],
  'write the report': ['fit-report.ts fitReport', 'outbox.ts openOutbox.put'],
  'sign the report': ['protocol/order.ts signReport'],
  'send to the master': ['link/client.ts LinkClient.send'],
  'verify the report': ['protocol/order.ts verifyReport', 'report-intake.ts ReportIntake.judge'],
  'read the report': ['prepare-report.ts prepareReport'],
  'store the report': ['reports.ts createReports.save'],
  'say how a run ended': ['run-views.ts runOutcome'],
  'answer the request': ['api/server.ts requestHandler.write'],
  'show progress': ['progress.ts progressOf.on'],
  'show the result': ['render/apply.ts renderApply'],
  'choose the exit code': ['exit-codes.ts exitOfApply'],
  'write to the screen': ['master/main.ts terminal.out'],
}
