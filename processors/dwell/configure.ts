import type { VersionedCamera } from '#processor';
import type { Line, Zone } from '#schemas';
import type { DwellState, FollowedTrack } from './state.ts';

/** FNV-1a, 32 bits, from a seed; two of them make a signature that tells geometries apart. */
const hash = (text: string, seed: number): string => {
  let value = seed;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(36);
};

/** Equal as long as nothing moved: name, class, role and times may change without forgetting who stands where. */
const signatureOf = (geometry: unknown): string => {
  const text = JSON.stringify(geometry);
  return `${hash(text, 0x811c9dc5)}.${hash(text, 0x2f0b4a27)}`;
};

const lineSignature = (line: Line): string =>
  signatureOf([line.a.x, line.a.y, line.b.x, line.b.y, line.triggeringAnchor]);
const zoneSignature = (zone: Zone): string =>
  signatureOf([zone.polygon.map(({ x, y }) => [x, y]), zone.triggeringAnchor]);

const remapLines = (track: FollowedTrack, newIndexOf: readonly number[], count: number): void => {
  const sides = new Array<number>(count).fill(0);
  track.sides.forEach((side, index) => {
    const to = newIndexOf[index] ?? -1;
    if (to >= 0) sides[to] = side;
  });
  track.sides = sides;
  track.crossings = track.crossings
    .map((open) => ({ ...open, lineIndex: newIndexOf[open.lineIndex] ?? -1 }))
    .filter((open) => open.lineIndex >= 0);
};

/** True when another version of the camera document holds than the one in the state. */
export const isChanged = (state: DwellState, camera: VersionedCamera | undefined): boolean =>
  state.configVersion !== (camera?.version ?? 0);

/**
 * Puts another version in force. Unmoved lines keep what they know of each track; moved and new ones begin anew,
 * so that moving a line over people counts nobody. Stays must have been closed before for zones that are gone or
 * moved (`lostZones`); the others keep theirs.
 */
export const applyVersion = (state: DwellState, camera: VersionedCamera | undefined): void => {
  const document = camera?.document;
  const lines = (document?.lines ?? []).map((line) => ({
    lineId: line.lineId,
    signature: lineSignature(line),
  }));
  const zones = (document?.zones ?? []).map((zone) => {
    const before = state.zones.find(({ zoneId }) => zoneId === zone.zoneId);
    return {
      zoneId: zone.zoneId,
      signature: zoneSignature(zone),
      occupancy: before?.occupancy ?? 0,
    };
  });
  const newLineOf = state.lines.map((old) =>
    lines.findIndex((line) => line.lineId === old.lineId && line.signature === old.signature),
  );
  const newZoneOf = state.zones.map((old) => zones.findIndex((zone) => zone.zoneId === old.zoneId));
  for (const track of state.tracks) {
    remapLines(track, newLineOf, lines.length);
    track.stays = track.stays
      .map((stay) => ({ ...stay, zoneIndex: newZoneOf[stay.zoneIndex] ?? -1 }))
      .filter((stay) => stay.zoneIndex >= 0);
  }
  state.lines = lines;
  state.zones = zones;
  state.configVersion = camera?.version ?? 0;
  if (document) state.siteId = document.siteId;
};

/** Indices of zones in force that the new version no longer has at that place. */
export const lostZones = (state: DwellState, camera: VersionedCamera | undefined): Set<number> => {
  const kept = new Map((camera?.document.zones ?? []).map((zone) => [zone.zoneId, zoneSignature(zone)]));
  const lost = new Set<number>();
  state.zones.forEach((zone, index) => {
    if (kept.get(zone.zoneId) !== zone.signature) lost.add(index);
  });
  return lost;
};
