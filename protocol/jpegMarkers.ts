/** Markers of a JPEG: the byte behind an FF (ITU-T T.81, table B.1). */
export const SOI = 0xd8;
export const EOI = 0xd9;
export const SOS = 0xda;

/** RST0 to RST7, which stand in scans. */
export const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** No segment follows: TEM and restarts. SOI and EOI do not count here. */
export const isStandalone = (marker: number): boolean => marker === 0x01 || isRestart(marker);

/** SOF0 to SOF15, without the three of that range that are other things (DHT, JPG, DAC). */
export const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
