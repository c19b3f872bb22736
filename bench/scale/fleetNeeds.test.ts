import assert from 'node:assert/strict';
import test from 'node:test';
import { breakingPoints, cellNeeds, type FleetCosts, type FleetMachines, fleetNeeds } from './fleetNeeds.ts';

const COSTS: FleetCosts = {
  socketsMs: 0.5,
  gatewayQueueMs: 0.5,
  modelMs: 29,
  workerQueueMs: 1,
  natsTurnMs: 0.2,
  natsFrameMs: 0.2,
  natsBytes: 60_000,
  announcementNatsMs: 0.001,
  announcementMemberMs: 0.02,
};
const MACHINES: FleetMachines = {
  labelsPerSecond: 5,
  workerCores: 2,
  workerLoad: 0.75,
  gatewayLoad: 0.5,
  natsCores: 8,
  natsLoad: 0.5,
  natsNetworkBytes: 1.25e9,
  natsServers: 3,
  natsHops: 1,
  replicas: 1,
  modelBytes: 17e6,
  rolloutSeconds: 60,
  announcementShare: 0.1,
};

test('a thousand cameras take what one counts by hand', () => {
  const needs = fleetNeeds(1_000, COSTS, MACHINES);
  assert.equal(needs.labelsPerSecond, 5_000);
  // 150 s of processor a second; 1.5 a machine.
  assert.equal(needs.workers, 100);
  // 1 ms a label of half a core.
  assert.equal(needs.sessionsPerGateway, 100);
  assert.equal(needs.gateways, 10);
  assert.equal(needs.announcements, 275);
  // 300 MB/s of 625, 2 cores of 4.
  assert.equal(needs.natsServers, 1);
  // 5,000 x 0.2 ms of half a core.
  assert.equal(needs.shares.turns, 2);
  assert.equal(needs.shares.announcementsHeard, (275 * 0.02) / 100);
});

test('what is once in a fleet breaks at the number of cameras where its share is 1, the first one first', () => {
  const points = breakingPoints(COSTS, MACHINES);
  assert.equal(points[0]?.limit, 'turns');
  assert.equal(points[0]?.cameras, 500);
  for (const { limit, cameras } of points) {
    assert.ok(fleetNeeds(cameras, COSTS, MACHINES).shares[limit] <= 1, limit);
    assert.ok(fleetNeeds(cameras + 1, COSTS, MACHINES).shares[limit] > 1, limit);
  }
});

test('announcements grow with the square of the members, all else with the cameras', () => {
  const [one, ten] = [fleetNeeds(10_000, COSTS, MACHINES), fleetNeeds(100_000, COSTS, MACHINES)];
  const grows = (limit: keyof typeof one.shares) => ten.shares[limit] / one.shares[limit];
  assert.ok(Math.abs(grows('announcementsSent') - 100) < 0.1);
  for (const limit of ['announcementsHeard', 'turns', 'cluster', 'rollout'] as const)
    assert.ok(Math.abs(grows(limit) - 10) < 0.1, limit);
});

test('cells have the cameras among them, and each holds', () => {
  const { cells, cameras, shares } = cellNeeds(10_001, 500, COSTS, MACHINES);
  assert.equal(cells, 21);
  assert.ok(cells * cameras >= 10_001);
  assert.ok(Math.max(...Object.values(shares)) <= 1);
});
