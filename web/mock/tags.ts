/** The instruments of the mock: enough of the Tennessee Eastman plant to draw and try every page without a server. */

export type Kind = 'FLOW' | 'LEVEL' | 'PRESSURE' | 'TEMPERATURE' | 'COMPOSITION' | 'POWER' | 'POSITION';

export interface MockTag {
  key: string;
  name: string;
  unit: string;
  kind: Kind;
  unitOfMeasure: string;
  low: number;
  high: number;
  normal: number;
  resolution: number;
  sd: number;
  limits: [kind: 'HIGH_HIGH' | 'HIGH' | 'LOW' | 'LOW_LOW', value: number, severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL'][];
}

const rows: [string, string, string, Kind, string, number, number, number, number, number, MockTag['limits']?][] = [
  ['XMEAS_1', 'A feed flow', 'feed', 'FLOW', 'kscmh', 0, 1.017, 0.2505, 0.0001, 0.0015, [['HIGH', 0.5, 'MEDIUM'], ['LOW', 0.1, 'MEDIUM']]],
  ['XMEAS_2', 'D feed flow', 'feed', 'FLOW', 'kg/h', 0, 5811, 3664, 1, 20, [['LOW', 3200, 'MEDIUM']]],
  ['XMEAS_3', 'E feed flow', 'feed', 'FLOW', 'kg/h', 0, 8354, 4509, 1, 25, [['LOW', 4000, 'MEDIUM']]],
  ['XMEAS_4', 'A and C feed flow', 'feed', 'FLOW', 'kscmh', 0, 15.25, 9.348, 0.01, 0.06, [['LOW', 8, 'MEDIUM']]],
  ['XMEAS_5', 'Recycle flow', 'compressor', 'FLOW', 'kscmh', 0, 53, 26.9, 0.01, 0.22],
  ['XMEAS_6', 'Reactor feed rate', 'reactor', 'FLOW', 'kscmh', 0, 85, 42.34, 0.01, 0.22],
  ['XMEAS_7', 'Reactor pressure', 'reactor', 'PRESSURE', 'kPa gauge', 2000, 3100, 2705, 0.1, 3, [['HIGH_HIGH', 2950, 'CRITICAL'], ['HIGH', 2895, 'HIGH']]],
  ['XMEAS_8', 'Reactor level', 'reactor', 'LEVEL', '%', 0, 120, 75, 0.1, 0.5, [['HIGH', 100, 'HIGH'], ['LOW', 50, 'HIGH']]],
  ['XMEAS_9', 'Reactor temperature', 'reactor', 'TEMPERATURE', '°C', 0, 180, 120.4, 0.01, 0.03, [['HIGH_HIGH', 165, 'CRITICAL'], ['HIGH', 150, 'HIGH']]],
  ['XMEAS_10', 'Purge rate', 'separator', 'FLOW', 'kscmh', 0, 1, 0.3371, 0.0001, 0.01, [['HIGH', 0.8, 'LOW']]],
  ['XMEAS_11', 'Separator temperature', 'separator', 'TEMPERATURE', '°C', 0, 150, 80.11, 0.01, 0.2, [['HIGH', 95, 'MEDIUM']]],
  ['XMEAS_12', 'Separator level', 'separator', 'LEVEL', '%', 0, 140, 50, 0.1, 1, [['HIGH', 100, 'HIGH'], ['LOW', 30, 'HIGH']]],
  ['XMEAS_13', 'Separator pressure', 'separator', 'PRESSURE', 'kPa gauge', 2000, 3100, 2634, 0.1, 3, [['HIGH', 2830, 'MEDIUM']]],
  ['XMEAS_14', 'Separator underflow', 'separator', 'FLOW', 'm³/h', 0, 66, 25.16, 0.01, 0.8],
  ['XMEAS_15', 'Stripper level', 'stripper', 'LEVEL', '%', 0, 135, 50, 0.1, 1, [['HIGH', 100, 'HIGH'], ['LOW', 30, 'HIGH']]],
  ['XMEAS_16', 'Stripper pressure', 'stripper', 'PRESSURE', 'kPa gauge', 2000, 4000, 3102, 0.1, 3, [['HIGH', 3300, 'MEDIUM']]],
  ['XMEAS_17', 'Stripper underflow', 'product', 'FLOW', 'm³/h', 0, 50, 22.95, 0.01, 0.5],
  ['XMEAS_18', 'Stripper temperature', 'stripper', 'TEMPERATURE', '°C', 0, 130, 65.73, 0.01, 0.2, [['LOW', 60, 'LOW']]],
  ['XMEAS_19', 'Stripper steam flow', 'stripper', 'FLOW', 'kg/h', 0, 460, 230.3, 0.1, 3],
  ['XMEAS_20', 'Compressor work', 'compressor', 'POWER', 'kW', 0, 700, 341.4, 0.1, 1.2],
  ['XMEAS_21', 'Reactor cooling water outlet temperature', 'reactor', 'TEMPERATURE', '°C', 0, 150, 94.6, 0.01, 0.1],
  ['XMEAS_22', 'Condenser cooling water outlet temperature', 'condenser', 'TEMPERATURE', '°C', 0, 150, 77.3, 0.01, 0.2],
  ...(
    [
      [23, 'A in reactor feed', 32.19], [24, 'B in reactor feed', 8.893], [25, 'C in reactor feed', 26.38], [26, 'D in reactor feed', 6.882],
      [27, 'E in reactor feed', 18.78], [28, 'F in reactor feed', 1.657],
    ] as const
  ).map(([n, name, normal]): (typeof rows)[number] => [`XMEAS_${n}`, name, 'reactor', 'COMPOSITION', 'mol%', 0, 100, normal, 0.001, normal * 0.008]),
  ...(
    [
      [29, 'A in purge', 32.96], [30, 'B in purge', 13.82], [31, 'C in purge', 23.98], [32, 'D in purge', 1.257], [33, 'E in purge', 18.58],
      [34, 'F in purge', 2.263], [35, 'G in purge', 4.844], [36, 'H in purge', 2.299],
    ] as const
  ).map(([n, name, normal]): (typeof rows)[number] => [`XMEAS_${n}`, name, 'separator', 'COMPOSITION', 'mol%', 0, 100, normal, 0.001, normal * 0.008]),
  ...(
    [[37, 'D in product', 0.0179], [38, 'E in product', 0.836], [39, 'F in product', 0.0986], [40, 'G in product', 53.72], [41, 'H in product', 43.83]] as const
  ).map(([n, name, normal]): (typeof rows)[number] => [`XMEAS_${n}`, name, 'product', 'COMPOSITION', 'mol%', 0, 100, normal, 0.001, normal * 0.008]),
  ...(
    [
      [1, 'D feed valve', 'feed', 63.05], [2, 'E feed valve', 'feed', 53.98], [3, 'A feed valve', 'feed', 24.64], [4, 'A and C feed valve', 'feed', 61.3],
      [5, 'Compressor recycle valve', 'compressor', 22.21], [6, 'Purge valve', 'separator', 40.06], [7, 'Separator liquid valve', 'separator', 38.1],
      [8, 'Product valve', 'product', 46.53], [9, 'Stripper steam valve', 'stripper', 47.45], [10, 'Reactor cooling water valve', 'reactor', 41.11],
      [11, 'Condenser cooling water valve', 'condenser', 18.11], [12, 'Agitator speed', 'reactor', 50],
    ] as const
  ).map(([n, name, unit, normal]): (typeof rows)[number] => [`XMV_${n}`, name, unit, 'POSITION', '%', 0, 100, normal, 0.1, n === 12 ? 0 : 0.4]),
];

export const tags: MockTag[] = rows.map(([key, name, unit, kind, unitOfMeasure, low, high, normal, resolution, sd, limits]) => ({
  key, name, unit, kind, unitOfMeasure, low, high, normal, resolution, sd, limits: limits ?? [],
}));

export const units = [
  ['feed', 'Feed', 'Brings A, D, E and the A and C mixture into the plant.'],
  ['reactor', 'Reactor', 'Turns A, C, D and E into the products G and H; stirred and cooled.'],
  ['condenser', 'Condenser', 'Cools the reactor effluent so that the products condense.'],
  ['separator', 'Separator', 'Parts liquid products from gas; gas is recycled, a little is purged.'],
  ['compressor', 'Compressor', 'Returns unreacted gas to the feed.'],
  ['stripper', 'Stripper', 'Strips remaining reactants from the product with the A and C feed and steam.'],
  ['product', 'Product', 'Takes the product to storage downstream.'],
] as const;

/** Per disturbance: what it does, in standard deviations, to which tag; a second number is an oscillation. */
export const disturbances: [number: number, title: string, kind: string, effect: string, on: Record<string, number | [number, number]>][] = [
  [1, 'A/C feed ratio, B composition constant (stream 4)', 'step', 'Less A and more C in stream 4; the A feed opens to make up for it.', { XMEAS_1: 60, XMV_3: 50, XMEAS_4: -6, XMEAS_16: 13 }],
  [2, 'B composition, A/C ratio constant (stream 4)', 'step', 'More inert B enters; the purge has to open.', { XMEAS_10: 27, XMV_6: 27, XMEAS_30: 10 }],
  [3, 'D feed temperature (stream 2)', 'step', 'The D feed is 5 °C warmer; almost invisible in closed loop.', { XMEAS_21: 0.2 }],
  [4, 'Reactor cooling water inlet temperature', 'step', 'Cooling water is 5 °C warmer; the cooling valve opens to compensate.', { XMV_10: 12, XMEAS_9: 2 }],
  [5, 'Condenser cooling water inlet temperature', 'step', 'Condensation weakens; the separator warms for a while.', { XMEAS_11: 8, XMEAS_22: 8, XMV_11: 2 }],
  [6, 'A feed loss (stream 1)', 'step', 'The A feed stops. Pressures climb; a trip is likely unless somebody acts.', { XMEAS_1: -167, XMV_3: 180, XMEAS_7: 70, XMEAS_13: 68, XMEAS_16: 70 }],
  [7, 'C header pressure loss (stream 4)', 'step', 'One fifth of stream 4 is missing; its valve opens.', { XMV_4: 30, XMEAS_7: -8 }],
  [8, 'A, B, C feed composition (stream 4)', 'random', 'Composition of stream 4 wanders; pressures vary widely.', { XMEAS_7: [0, 9], XMEAS_16: [0, 9] }],
  [9, 'D feed temperature (stream 2)', 'random', 'Practically invisible.', {}],
  [10, 'C feed temperature (stream 4)', 'random', 'Stripper temperature and steam become restless.', { XMEAS_18: [0, 3], XMV_9: [0, 2] }],
  [11, 'Reactor cooling water inlet temperature', 'random', 'The cooling valve and the reactor temperature become restless.', { XMV_10: [0, 7], XMEAS_9: [0, 5] }],
  [12, 'Condenser cooling water inlet temperature', 'random', 'Separator temperature first, then the pressures.', { XMEAS_11: [0, 12], XMEAS_7: [0, 11] }],
  [13, 'Reaction kinetics', 'slow drift', 'The reaction slowly changes; products follow.', { XMEAS_7: [20, 8], XMEAS_40: -4 }],
  [14, 'Reactor cooling water valve', 'sticking', 'The valve sticks: a limit cycle in the reactor temperature.', { XMV_10: [0, 13], XMEAS_9: [0, 13] }],
  [15, 'Condenser cooling water valve', 'sticking', 'The valve sticks a little; barely visible.', { XMV_11: [0, 1] }],
  [16, 'Stripper steam heat transfer', 'random', 'Stripper temperature and steam become restless.', { XMEAS_18: [0, 2], XMEAS_19: [0, 2] }],
  [17, 'Reactor heat transfer', 'pulses', 'Heat transfer drops in episodes; the outlet turns cold while the valve opens.', { XMEAS_21: [-15, 6], XMV_10: 6 }],
  [18, 'Condenser heat transfer', 'pulses', 'Condenser cooling fades; valves saturate later.', { XMEAS_22: -12, XMV_5: 10 }],
  [19, 'Recycle, separator, stripper and steam valves', 'sticking', 'Four valves stick at once.', { XMEAS_5: [0, 3], XMV_5: [0, 3] }],
  [20, 'Reactor effluent flow resistance', 'pulses', 'Resistance between reactor and separator grows.', { XMV_5: -5, XMEAS_20: -3, XMEAS_13: -2 }],
];
