/** Answers of the server, as documents.ts asks for them. The SDL in schemas/graphql says what they mean. */

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  lineId: string;
  name: string;
  a: Point;
  b: Point;
  role: string;
  classes: string[];
  triggeringAnchor: string;
}

export interface Zone {
  zoneId: string;
  name: string;
  polygon: Point[];
  classes: string[];
  triggeringAnchor: string;
}

export interface Camera {
  readonly cameraId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly version: number;
  readonly sourceKind: string;
  readonly sourceUrl: string;
  readonly modelId: string;
  readonly site: { readonly name: string; readonly timeZone: string } | null;
  readonly lines: readonly Line[];
  readonly zones: readonly Zone[];
}

export interface Verdict {
  readonly state: string;
  readonly headline: string;
  readonly detail: string;
  readonly advice: string;
  readonly sinceUs: number | null;
}

export interface Outage {
  readonly part: string;
  readonly detail: string;
  readonly advice: string;
  readonly sinceUs: number;
}

export interface CameraListEntry {
  readonly cameraId: string;
  readonly name: string;
  readonly siteName: string;
  readonly verdict: Verdict;
  readonly outages: readonly Outage[];
  readonly objects: number | null;
  readonly inToday: number;
  readonly outToday: number;
  readonly lineCount: number;
}

export interface LineCount {
  readonly lineId: string;
  readonly in: number;
  readonly out: number;
  readonly lastCrossedAtUs: number | null;
}

export interface CameraLive {
  readonly camera: Camera;
  readonly atUs: number;
  readonly verdict: Verdict;
  readonly outages: readonly Outage[];
  readonly objects: number | null;
  readonly lines: readonly LineCount[];
  readonly zones: readonly { readonly zoneId: string; readonly count: number | null }[];
  readonly totalsComplete: boolean;
  readonly dayFromUs: number;
  readonly stream: Stream | null;
}

export interface Stream {
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  readonly fpsIn: number;
  readonly fpsOut: number;
  readonly dropped: number;
  readonly reconnects: number;
  readonly position: number | null;
}

export interface LineHour {
  readonly lineId: string;
  readonly hourAtUs: number;
  readonly in: number;
  readonly out: number;
  readonly observedMs: number;
}

export interface Hours {
  readonly dayFromUs: number;
  readonly dayToUs: number;
  readonly timeZone: string;
  readonly hours: readonly LineHour[];
}

export interface Model {
  readonly modelId: string;
  readonly classes: readonly string[];
}

export interface Person {
  readonly name: string;
  readonly email: string;
}
