import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './build-image.ts';

const OURS = /\bdazaar_[a-z_]+/g;

/** The metrics of ours that the dashboard's queries name. */
export function namesInDashboard(): Promise<string[]> {
  return namesIn('deploy/grafana/dashboards/dazaar.json');
}

/** The metrics of ours that the alerts name. */
export function namesInAlerts(): Promise<string[]> {
  return namesIn('deploy/prometheus/alerts.yml');
}

async function namesIn(path: string): Promise<string[]> {
  return [...new Set((await readFile(join(ROOT, path), 'utf8')).match(OURS))];
}
