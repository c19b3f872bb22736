/** Width and height in pixels. */
export interface SizePx {
  width: number;
  height: number;
}

/** A picture taken from the source, at its full size. Whoever gets it closes the picture. */
export interface GrabbedFrame {
  picture: ImageBitmap | VideoFrame;
  /** When the picture was captured, in ms of the page's clock. */
  capturedAtMs: number;
}

/** Where captured frames go. */
export interface FrameSink {
  /** Whether a frame pushed now would be used. Ask before capturing: nothing may queue in the page. */
  wantsFrame(): boolean;
  /** Hands a frame over; the sink closes its picture. */
  push(frame: GrabbedFrame): void;
}
