import { cmdRun } from './cmd/run.ts'
import type { State } from './define.ts'
import { fileAbsent } from './file/absent.ts'
import { fileDirectory } from './file/directory.ts'
import { fileManaged } from './file/managed.ts'
import { fileSymlink } from './file/symlink.ts'
import { groupAbsent } from './group/absent.ts'
import { groupMembers } from './group/members.ts'
import { groupPresent } from './group/present.ts'
import { mysqlDatabasePresent } from './mysql_database/present.ts'
import { mysqlGrantsPresent } from './mysql_grants/present.ts'
import { mysqlReplicaConfigured } from './mysql_replica/configured.ts'
import { mysqlUserPresent } from './mysql_user/present.ts'
import { pkgInstalled } from './pkg/installed.ts'
import { pkgRemoved } from './pkg/removed.ts'
import { serviceDead } from './service/dead.ts'
import { serviceRunning } from './service/running.ts'
import { sysctlPresent } from './sysctl/present.ts'
import { tlsCertificate } from './tls/certificate.ts'
import { userAbsent } from './user/absent.ts'
import { userPresent } from './user/present.ts'
import { valueRead } from './value/read.ts'

/** All bundled state types: to register one is to list it here. */
export const STATES: readonly State[] = [
  cmdRun,
  fileAbsent,
  fileDirectory,
  fileManaged,
  fileSymlink,
  groupAbsent,
  groupMembers,
  groupPresent,
  mysqlDatabasePresent,
  mysqlGrantsPresent,
  mysqlReplicaConfigured,
  mysqlUserPresent,
  pkgInstalled,
  pkgRemoved,
  serviceDead,
  serviceRunning,
  sysctlPresent,
  tlsCertificate,
  userAbsent,
  userPresent,
  valueRead,
]
