import type { LiveSource } from './liveSource.ts';

/** What happens to a source while it is shown. */
export interface SourceEvents {
  /** The camera was unplugged or taken away, sharing was ended, or the file cannot be played on. */
  onEnded(): void;
  /** The system has paused the camera (a call, another app), or gives it back. */
  onInterrupted(interrupted: boolean): void;
  /** The video element stands still or goes on. */
  onPaused(paused: boolean): void;
}

/**
 * Shows a source in the video element.
 *
 * @returns the disposer, which leaves the element empty
 */
export function attachSource(video: HTMLVideoElement, source: LiveSource, events: SourceEvents): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const play = () => {
    // iOS in low power mode plays nothing automatically: the page then offers to continue.
    video.play().catch(() => {
      if (!signal.aborted) events.onPaused(true);
    });
  };
  // iOS starts only muted inline video automatically, and only once its metadata is loaded.
  video.addEventListener('loadedmetadata', play, { signal });
  video.addEventListener('play', () => events.onPaused(false), { signal });
  video.addEventListener('pause', () => events.onPaused(true), { signal });
  video.addEventListener('error', () => events.onEnded(), { signal });
  if (source.kind === 'video') {
    video.loop = true;
    video.src = source.url;
  } else {
    video.loop = false;
    video.srcObject = source.stream;
    for (const track of source.stream.getVideoTracks()) {
      track.addEventListener('ended', () => events.onEnded(), { signal });
      track.addEventListener('mute', () => events.onInterrupted(true), { signal });
      track.addEventListener('unmute', () => events.onInterrupted(false), { signal });
    }
  }
  return () => {
    listening.abort();
    video.pause();
    video.srcObject = null;
    video.removeAttribute('src');
    video.load();
  };
}
