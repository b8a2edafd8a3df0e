/** Indexes for what is asked often: open runs of a job, runs that wait for their time, the newest run of a minion. */
export const GROWTH = `
CREATE INDEX runs_open_by_job ON runs (job, wave) WHERE state IN ('queued', 'sent', 'accepted', 'running');
CREATE INDEX runs_waiting_for_time ON runs (not_before) WHERE state = 'queued' AND not_before IS NOT NULL;
CREATE INDEX runs_finished ON runs (minion, finished_at, id) WHERE finished_at IS NOT NULL;
`
