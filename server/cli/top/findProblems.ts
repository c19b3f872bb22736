import type { Gateway, Member, Worker } from '../../fleet/member.ts';
import { inNumber } from '../words.ts';
import { msText, spanText } from './cells.ts';
import type { FleetNow } from './fleetWatch.ts';
import { nameOf, shortVersion } from './names.ts';

/** What is wrong with a fleet, and what to do. */
export interface Problem {
  /** `bad`: people get no labels, or old ones. `warning`: to look after. */
  level: 'bad' | 'warning';
  text: string;
}

/** Pages draw no label that is older. */
const OLD_MS = 1_000;

/** In the order in which they are to be looked after. */
export function findProblems(now: FleetNow): Problem[] {
  const gateways = now.members.filter((one): one is Gateway => one.role === 'gateway');
  const workers = now.members.filter((one): one is Worker => one.role === 'worker');
  return [
    ...lostConnection(now),
    ...(now.isNew ? [] : missingRoles(now.members, gateways, workers)),
    ...refusals(workers),
    ...oldLabels(gateways),
    ...silent(now),
    ...[...groupsOf(workers)].flatMap(([group, all]) => differingModels(group, all)),
    ...differingProducts(now.members),
  ];
}

export function groupsOf(workers: readonly Worker[]): Map<string, Worker[]> {
  const groups = new Map<string, Worker[]>();
  for (const worker of workers) groups.set(worker.group, [...(groups.get(worker.group) ?? []), worker]);
  return groups;
}

function lostConnection({ lostSinceMs, nowMs }: FleetNow): Problem[] {
  if (lostSinceMs === undefined) return [];
  return [
    {
      level: 'bad',
      text: `No connection to the queue for ${spanText(nowMs - lostSinceMs)}. What is shown was heard before. Is nats-server running?`,
    },
  ];
}

function missingRoles(
  members: readonly Member[],
  gateways: readonly Gateway[],
  workers: readonly Worker[],
): Problem[] {
  if (members.length === 0) {
    return [
      {
        level: 'bad',
        text: 'No gateway and no worker announces itself here. Start them with the same QUEUE and QUEUE_NAME: "livelens serve --queue …" and "livelens worker --queue …".',
      },
    ];
  }
  const problems: Problem[] = [];
  const serving = workers.filter((one) => !one.isLeaving && one.serving.length > 0);
  if (workers.length === 0) {
    problems.push({
      level: 'bad',
      text: 'No worker: frames are not labelled. Start one: "livelens worker --queue …".',
    });
  } else if (serving.length === 0) {
    problems.push({
      level: 'bad',
      text: `No worker serves a model yet: ${inNumber(workers.length, 'worker')} ${workers.length === 1 ? 'is' : 'are'} loading, or leaving.`,
    });
  }
  if (!gateways.some(({ isLeaving }) => !isLeaving)) {
    problems.push({
      level: 'bad',
      text: 'No gateway: no one can connect. Start one: "livelens serve --queue …".',
    });
  }
  return problems;
}

const refusals = (workers: readonly Worker[]): Problem[] =>
  workers.flatMap((worker) =>
    worker.refused.map(
      ({ id, version, why }): Problem => ({
        level: 'bad',
        text: `Worker ${nameOf(worker)} refused ${id} ${shortVersion(version)}: ${why}`,
      }),
    ),
  );

const oldLabels = (gateways: readonly Gateway[]): Problem[] =>
  gateways.flatMap((gateway) => {
    const { p95 } = gateway.ageMs;
    if (p95 === null || p95 <= OLD_MS) return [];
    return {
      level: 'bad' as const,
      text: `Labels of gateway ${nameOf(gateway)} are old: p95 ${msText(p95)}. More workers are needed, or frames cannot get to them in time.`,
    };
  });

const silent = ({ departed, nowMs }: FleetNow): Problem[] =>
  departed
    .filter(({ didSay }) => !didSay)
    .map(({ member, atMs }) => ({
      level: 'warning',
      text: `${member.role === 'worker' ? 'Worker' : 'Gateway'} ${nameOf(member)} fell silent ${spanText(nowMs - atMs)} ago: it was killed, or its machine or network is gone.`,
    }));

/** Workers of one group are to serve the same versions; while a version is rolled out they hold it next to the old one first. */
function differingModels(group: string, workers: readonly Worker[]): Problem[] {
  // One that has just started loads all that is live before it serves any of it.
  const serving = workers.filter((one) => !one.isLeaving && one.serving.length > 0);
  const ids = new Set(serving.flatMap((one) => one.serving.map(({ id }) => id)));
  return [...ids].sort().flatMap((id) => {
    const holders = new Map<string, Worker[]>();
    const lacking: Worker[] = [];
    for (const worker of serving) {
      const version = worker.serving.find((one) => one.id === id)?.version;
      if (version === undefined) lacking.push(worker);
      else holders.set(version, [...(holders.get(version) ?? []), worker]);
    }
    const problems: Problem[] = [];
    if (holders.size > 1) {
      const each = [...holders].map(([version, all]) => `${shortVersion(version)} on ${namesOf(all)}`);
      problems.push({
        level: 'warning',
        text: `Versions of ${id} differ in group ${group}: ${each.join('; ')}. That is right for a moment while workers switch.`,
      });
    }
    if (lacking.length > 0) {
      problems.push({
        level: 'warning',
        text: `${namesOf(lacking)} of group ${group} ${lacking.length === 1 ? 'does' : 'do'} not serve ${id}, which others of it do.`,
      });
    }
    return problems;
  });
}

function differingProducts(members: readonly Member[]): Problem[] {
  const products = new Map<string, Member[]>();
  for (const one of members) products.set(one.product, [...(products.get(one.product) ?? []), one]);
  if (products.size < 2) return [];
  const each = [...products].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  return [
    {
      level: 'warning',
      text: `Versions of Livelens differ: ${each.map(([product, all]) => `${product} on ${namesOf(all)}`).join('; ')}. Update the older ones.`,
    },
  ];
}

const MOST_NAMES = 3;

function namesOf(members: readonly Member[]): string {
  const names = members.map(nameOf).sort();
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}
