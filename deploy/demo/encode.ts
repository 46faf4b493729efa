import { Encoder, Muxer } from 'node-av/api';
import {
  AV_LOG_QUIET,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBX264,
  SWS_BILINEAR,
} from 'node-av/constants';
import { FFmpegError, Frame, Log, Rational, SoftwareScaleContext } from 'node-av/lib';

// FFmpeg's own words would stand between the lines of progress.
Log.setLevel(AV_LOG_QUIET);

/** The one door of the demo to FFmpeg: RGBA pictures in, an H.264 file out. */
export interface FilmWriter {
  /** Frames in order; the bytes are free again when this returns. */
  write(rgba: Uint8ClampedArray): Promise<void>;
  /** Ends the file. Without it there is none. */
  finish(): Promise<void>;
}

/**
 * One thread and no frame reordering: the same pictures give the same bytes. A key frame every two seconds, so
 * that a looped camera starts at once.
 */
export const createFilmWriter = async (
  path: string,
  size: { readonly width: number; readonly height: number },
  fps: number,
): Promise<FilmWriter> => {
  const { width, height } = size;
  const muxer = await Muxer.open(path, { format: 'mp4' });
  const encoder = await Encoder.create(FF_ENCODER_LIBX264, {
    context: { gopSize: fps * 2, maxBFrames: 0, threadCount: 1 },
    options: { preset: 'veryfast', crf: 21 },
  });
  const stream = muxer.addStream(encoder);
  const scaler = new SoftwareScaleContext();
  scaler.getContext(width, height, AV_PIX_FMT_RGBA, width, height, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
  const timeBase = new Rational(1, fps);
  let written = 0n;

  const drain = async (frame: Frame | null): Promise<void> => {
    // Not encodeAllSync: with node-av 6.1 the process dies of a double free when it ends.
    for (const packet of await encoder.encodeAll(frame)) {
      await muxer.writePacket(packet, stream);
      packet.free();
    }
  };
  return {
    async write(rgba) {
      const source = Frame.fromVideoBuffer(Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength), {
        width,
        height,
        format: AV_PIX_FMT_RGBA,
        timeBase,
      });
      const target = new Frame();
      target.alloc();
      target.width = width;
      target.height = height;
      target.format = AV_PIX_FMT_YUV420P;
      FFmpegError.throwIfError(target.allocBuffer(), 'allocBuffer');
      scaler.scaleFrameSync(target, source);
      target.pts = written++;
      target.timeBase = timeBase;
      await drain(target);
      source.free();
      target.free();
    },
    async finish() {
      await drain(null);
      await muxer.close();
      encoder.close();
      scaler.freeContext();
    },
  };
};
