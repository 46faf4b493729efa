/** Every operation of the pages; a test checks each against the SDL. */
const verdict = 'verdict { state headline detail advice sinceUs } outages { part detail advice sinceUs }';
const geometry = `
  lines { lineId name a { x y } b { x y } role classes triggeringAnchor }
  zones { zoneId name polygon { x y } classes triggeringAnchor }`;
const camera = `cameraId name enabled version sourceKind sourceUrl modelId site { name timeZone } ${geometry}`;

export const documents = {
  cameraList: `subscription { cameraList { cameraId name siteName ${verdict} objects inToday outToday lineCount } }`,
  cameraLive: `subscription ($cameraId: ID!) {
    cameraLive(cameraId: $cameraId) {
      camera { ${camera} } atUs ${verdict} objects totalsComplete dayFromUs
      lines { lineId in out lastCrossedAtUs }
      zones { zoneId count }
      stream { width height codec fpsIn fpsOut dropped reconnects position }
    }
  }`,
  camera: `query ($cameraId: ID!) { camera(cameraId: $cameraId) { ${camera} } models { modelId classes } }`,
  models: 'query { models { modelId classes } sites { siteId name timeZone } }',
  hoursToday: `query ($cameraId: ID!) {
    hoursToday(cameraId: $cameraId) { dayFromUs dayToUs timeZone hours { lineId hourAtUs in out observedMs } }
  }`,
  addCamera: 'mutation ($camera: CameraInput!) { addCamera(camera: $camera) { cameraId } }',
  setCameraEnabled: `mutation ($cameraId: ID!, $enabled: Boolean!) {
    setCameraEnabled(cameraId: $cameraId, enabled: $enabled) { cameraId enabled }
  }`,
  removeCamera: 'mutation ($cameraId: ID!) { removeCamera(cameraId: $cameraId) }',
  setGeometry: `mutation ($cameraId: ID!, $expectedVersion: Long!, $lines: [LineInput!]!, $zones: [ZoneInput!]!) {
    setGeometry(cameraId: $cameraId, expectedVersion: $expectedVersion, lines: $lines, zones: $zones) { ${camera} }
  }`,
} as const;
